// Every screen once, in Chinese and English: photographed at both widths, checked by axe.
import { expect, text } from './browser.mjs'

export async function everyScreen(s) {
  const { opt } = s
  for (const language of ['zh', 'en']) {
    const at = (name) => (language === 'zh' ? name : `${name}-en`)
    const page = await s.person(opt.statistics, { language })
    await s.step(`${at('screens')}: sign in`, () => s.signIn(page, opt.statistics))
    const visit = async (name, path, wait, then) => {
      await s.step(`${at(name)}: opens`, async () => {
        await page.goto(opt.base + path)
        await page.waitForSelector(wait)
        if (then) await then()
      })
      await s.seen(page, at(name))
    }
    await visit('cockpit', '/cockpit', '[data-test=cards]')
    await visit('tasks-empty', '/tasks', '[data-test=empty]')
    await visit('items', '/items', '[data-test=items]')
    await visit('indicators', '/indicators', '[data-test=indicators]')
    await visit('records', `/records/${opt.type}`, '[data-test=record-row]', async () => {
      expect('a count', /\d/.test(await text(page, '[data-test=total]')))
    })
    await visit('records-filtered', `/records/${opt.type}?f=period:eq:2022-05&sort=-value`, '[data-test=chip]')
    await visit('records-none', `/records/${opt.type}?f=period:eq:1999-01`, '[data-test=empty]')
    await visit('record-new-fault', `/records/${opt.type}/new`, '[data-test=save]', async () => {
      await page.click('[data-test=save]')
      await page.waitForSelector('.fault')
    })
    await visit('record', `/records/${opt.type}?f=period:eq:2022-05`, '[data-test=record-row] a', async () => {
      await page.click('[data-test=record-row] a')
      await page.waitForSelector('[data-test=history]')
    })
    await visit('work-board', '/work?view=board', '[data-test=board]')
    await visit('work-group', '/work?view=group&by=lead', '[data-test=group]')
    await visit('search', '/search?q=%E5%B8%82%E5%9C%BA', '[data-test=title]')
    await visit('nowhere', '/no/such/page', '[data-test=empty]')
    await visit('account', '/account', '[data-test=title]')
    await s.step(`${at('denied')}: a refusal is a designed page`, async () => {
      await page.goto(`${opt.base}/ledger`)
      await page.waitForSelector('[data-test=problem]')
    })
    await page.context().close()
  }
  const admin = await s.person(opt.admin)
  await s.step('administration: users', async () => {
    await s.signIn(admin, opt.admin)
    await admin.goto(`${opt.base}/admin/users`)
    await admin.waitForSelector('[data-test=users]')
  })
  await s.seen(admin, 'users')
  await s.step('administration: a user in a dialog', async () => {
    await admin.click('[data-test=users] tbody tr:first-child button')
    await admin.waitForSelector('[data-test=user-save]')
  })
  await s.seen(admin, 'user-dialog')
  await s.step('administration: roles', async () => {
    await admin.goto(`${opt.base}/admin/roles`)
    await admin.waitForSelector('[data-test=roles]')
  })
  await s.seen(admin, 'roles')
  await admin.context().close()
}
