// The main way through without a mouse: sign in, find, open, fill, leave; focus is always in sight.
import { expect, text } from './browser.mjs'

/** Presses Tab until what has the focus fits. */
async function tabTo(page, selector, most = 90) {
  for (let i = 0; i < most; i++) {
    const here = await page.evaluate((q) => {
      const e = document.activeElement
      if (!e || !e.matches(q)) return ''
      const shown = (x) => { const c = getComputedStyle(x); return c.outlineStyle !== 'none' && parseFloat(c.outlineWidth) > 0 }
      return shown(e) || (e.parentElement && shown(e.parentElement)) || [...e.children].some((c) => getComputedStyle(c).stroke !== 'none') ? 'shown' : 'hidden'
    }, selector)
    if (here === 'shown') return
    if (here === 'hidden') throw new Error(`the focus on ${selector} cannot be seen`)
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never reached ${selector}`)
}

export async function byKeyboard(s) {
  const { opt } = s
  const page = await s.person(opt.supervisor)
  await s.step('keyboard: sign in', async () => {
    await page.goto(`${opt.base}/sign-in`)
    await page.waitForSelector('[data-test=user]:focus')
    await page.keyboard.type(opt.supervisor)
    await tabTo(page, '[data-test=password]')
    await page.keyboard.type(opt.password)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=cards]')
  })
  await s.step('keyboard: the first Tab offers to skip to the content', async () => {
    await page.reload()
    await page.waitForSelector('[data-test=cards]')
    await page.keyboard.press('Tab')
    expect('the skip link', await page.evaluate(() => document.activeElement?.classList.contains('skip')))
    await page.keyboard.press('Enter')
    expect('the content has the focus', await page.evaluate(() => document.activeElement?.id === 'main'))
  })
  await s.step('keyboard: ? shows the keys, Escape closes them', async () => {
    await page.keyboard.press('?')
    await page.waitForSelector('[data-test=key-help]')
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-test=key-help]', { state: 'detached' })
  })
  await s.step('keyboard: g i goes to the items, Tab and Enter open one', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('i')
    await page.waitForSelector('[data-test=items]')
    await tabTo(page, '[data-test=item-line] a')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=facts-strip]')
  })
  await s.step('keyboard: / searches, the arrows choose, Enter opens', async () => {
    await page.keyboard.press('/')
    await page.waitForSelector('[data-test=search-input]:focus')
    await page.keyboard.type('市场采购出口增速')
    await page.waitForSelector('[data-test=search-hit]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=answer]')
  })
  await s.step('keyboard: every point of a chart can be reached and picked', async () => {
    await tabTo(page, '[data-test=point]')
    await page.keyboard.press('Enter')
    await page.waitForURL(/period=/)
  })
  await s.step('keyboard: the table of the chart', async () => {
    await tabTo(page, '[data-test=as-table]')
    await page.keyboard.press('Enter')
    expect('a table', await page.isVisible('[data-test=trend] table'))
  })
  await page.context().close()
  await formByKeyboard(s)
}

async function formByKeyboard(s) {
  const { opt } = s
  const stamp = String(Date.now())
  const page = await s.person(opt.statistics)
  await s.step('keyboard: a record is filled in without a mouse', async () => {
    await s.signIn(page, opt.statistics)
    await page.goto(`${opt.base}/records/${opt.type}/new`)
    await tabTo(page, '[data-test=field-series] input')
    await page.keyboard.type('非洲')
    await page.waitForSelector('[data-test=field-series] [data-test=choice]')
    await page.keyboard.press('Enter')
    await tabTo(page, '[data-test=field-period] select')
    await page.keyboard.type('2022')
    await page.keyboard.press('Tab')
    await page.keyboard.type('4')
    await tabTo(page, '[data-test=field-value] input')
    await page.keyboard.type('241.5')
    await tabTo(page, '[data-test=field-status] input')
    await page.keyboard.type('示意')
    await page.waitForSelector('[data-test=field-status] [data-test=choice]')
    await page.keyboard.press('Enter')
    await tabTo(page, '[data-test=save]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=history]')
  })
  await s.step('keyboard: a draft is kept when one leaves, after a question', async () => {
    await page.goto(`${opt.base}/records/${opt.type}/new`)
    await tabTo(page, '[data-test=field-source] input')
    await page.keyboard.type('草稿')
    await tabTo(page, '[data-test=save]')
    await page.click('[data-test=nav-cockpit]')
    await page.waitForSelector('[data-test=confirm-yes]')
    await page.click('[data-test=confirm-yes]')
    await page.waitForSelector('[data-test=cards]')
    await page.goto(`${opt.base}/records/${opt.type}/new`)
    await page.waitForSelector('[data-test=field-source] input')
    expect('what was typed', (await page.inputValue('[data-test=field-source] input')) === '草稿')
  })
  await s.step('keyboard: two people on one record: the other change is shown, the choice is mine', async () => {
    await page.goto(`${opt.base}/records/${opt.type}?f=period:eq:2022-05&sort=value`)
    await page.click('[data-test=record-row] a')
    await page.waitForSelector('[data-test=history]')
    const path = new URL(page.url()).pathname
    const other = await s.person(opt.statistics)
    await s.signIn(other, opt.statistics)
    for (const p of [page, other]) {
      await p.goto(`${opt.base}${path}/edit`)
      await p.waitForSelector('[data-test=field-value] input')
    }
    await other.fill('[data-test=field-source] input', `乙方 ${stamp}`)
    await other.click('[data-test=save]')
    await other.waitForSelector('[data-test=history]')
    await page.fill('[data-test=field-source] input', `甲方 ${stamp}`)
    await page.click('[data-test=save]')
    await page.waitForSelector('[data-test=conflict]')
    await s.seen(page, 'conflict')
    await page.click('[data-test=keep-mine]')
    await page.waitForSelector('[data-test=history]')
    expect('mine', (await text(page, '[data-test=facts] [data-field=source] dd')) === `甲方 ${stamp}`)
    await other.context().close()
  })
  await page.context().close()
}
