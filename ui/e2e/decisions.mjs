// Decisions in the browser: found, drawn, tried, edited and downloaded; the FEEL console; what was decided
// about a record. Part of the story (--decisions 0 leaves it out).
import { readFileSync } from 'node:fs'
import { expect, text, until } from './browser.mjs'

const NAME = '督办等级'
const PAGE = `/decisions/reform/${encodeURIComponent(NAME)}`
const count = (page, selector) => page.locator(selector).count()
const matched = (page) => page.locator('[data-test=board] tr[data-marks~=matched] td.rule-index').allInnerTexts()

async function list(s, page) {
  const { opt } = s
  await s.step('decisions: the list by application, reached by keyboard', async () => {
    await page.goto(`${opt.base}/cockpit`)
    await page.waitForSelector('[data-test=cards]')
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.waitForSelector('[data-test=decision-row]')
    expect('its application', (await text(page, '[data-test=decision-app]')).includes('深化改革'))
  })
  await s.seen(page, 'decisions')
  await s.step('decisions: pinyin initials find one, nonsense none', async () => {
    await page.fill('[data-test=decision-find]', 'zzzz')
    await page.waitForSelector('[data-test=empty]')
    await page.fill('[data-test=decision-find]', 'dbdj')
    expect('one', (await count(page, '[data-test=decision-row]')) === 1)
    expect('in the address', page.url().includes('q=dbdj'), page.url())
    await page.press('[data-test=decision-find]', 'Enter')
    await page.waitForSelector('[data-test=board].ready td.rule-index')
  })
}

async function one(s, page) {
  const { opt } = s
  await s.step('a decision: its table is drawn, the mark of dmn-js in sight, the check said', async () => {
    await page.goto(opt.base + PAGE)
    await page.waitForSelector('[data-test=board].ready td.rule-index')
    expect('six rules', (await count(page, '[data-test=board] tbody td.rule-index')) === 6)
    expect('its annotations', (await text(page, '[data-test=board]')).includes('批示件提一级'))
    expect('in Chinese', (await text(page, '[data-test=board] .hit-policy')).includes('唯一'))
    expect('the mark', await page.locator('[data-test=board] .powered-by a, [data-test=board] .bjs-powered-by').first().isVisible())
    expect('checked', (await text(page, '[data-test=findings]')).includes('没有'))
  })
  await s.step('tried by keyboard: result and matched rule while typing', async () => {
    await page.focus('#try-0')
    await page.keyboard.type('12')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.waitForSelector('[data-test=try-value]')
    await until(page, 'red', async () => (await text(page, '[data-test=try-value]')).includes('red'))
    expect('why', (await text(page, '[data-test=matched]')).includes('批示件提一级'), await text(page, '[data-test=matched]'))
    await until(page, 'row 5 is marked', async () => (await matched(page)).join().startsWith('5'))
    const sign = await page.locator('[data-test=board] tr[data-marks~=matched] td.rule-index').getAttribute('data-sign')
    expect('sign and word', sign === '● 命中', sign)
  })
  await s.seen(page, 'decision-tried')
  await s.step('another value moves the mark', async () => {
    await page.fill('#try-0', '3')
    await until(page, 'row 3', async () => (await matched(page)).join().startsWith('3'))
  })
  await s.step('what is not given is said; what is no number is refused in place', async () => {
    await page.click('[data-test=try-clear]')
    await until(page, 'nothing marked', async () => (await matched(page)).length === 0)
    await page.fill('#try-0', '-1')
    await page.waitForSelector('[data-test=try] [data-test=warnings]')
    await page.fill('#try-0', '12x')
    await page.waitForSelector('#try-0[aria-invalid=true]')
    expect('no result', (await count(page, '[data-test=try-value]')) === 0)
  })
  await s.seen(page, 'decision-refused')
  await s.step('edited, and downloaded as XML with its own namespaces', async () => {
    await page.click('[data-test=edit-decision]')
    await page.waitForSelector('[data-test=publish-how]')
    await page.waitForSelector('[data-test=board].ready.editing td.rule-index')
    await page.locator('[data-test=board] td.output-cell').first().click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('"yellow"')
    await page.locator('[data-test=board] td.rule-index').first().click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=download]')])
    const xml = readFileSync(await file.path(), 'utf8')
    expect('its name', file.suggestedFilename() === 'grade.dmn', file.suggestedFilename())
    expect('what was typed', /<outputEntry id="grade_1_grade">\s*<text>"yellow"<\/text>/.test(xml), xml.slice(0, 200))
    expect('annotations as they were', xml.includes('<annotationEntry>') && !xml.includes('<description>'))
    expect('the namespace', xml.includes('https://www.omg.org/spec/DMN/20191111/MODEL/'))
  })
  await s.seen(page, 'decision-edited')
  await s.step('a decision that is not there', async () => {
    await page.goto(`${opt.base}/decisions/reform/none`)
    await page.waitForSelector('[data-test=empty]')
  })
}

async function feel(s, page) {
  const { opt } = s
  const box = '[data-test=feel-text]'
  await s.step('FEEL: all digits of a third, its type, kept in the history', async () => {
    await page.goto(`${opt.base}/feel?e=${encodeURIComponent('1 / 3')}`)
    await until(page, 'the value', async () => (await text(page, '[data-test=feel-result]')).includes('0.3333333333333333333333333333333333'))
    expect('a number', (await text(page, '[data-test=feel-type]')) === 'number')
    await page.focus(box)
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('[data-test=feel-history] li')
  })
  await s.step('FEEL: names and functions are offered and taken by keyboard', async () => {
    await page.fill('[data-test=feel-context]', '{"信用分": 86, "Monthly income": 1200.5}')
    await page.fill(box, '')
    await page.focus(box)
    await page.keyboard.type('2 * mon')
    await until(page, 'the name', async () => (await text(page, '[data-test=feel-offers] [aria-selected=true]')).includes('Monthly income'))
    await s.axe(page)
    await page.keyboard.press('Enter')
    expect('taken', (await page.inputValue(box)) === '2 * Monthly income', await page.inputValue(box))
    await until(page, '2401', async () => (await text(page, '[data-test=feel-result]')).includes('2401'))
    await page.keyboard.type(' + abs(')
    await until(page, 'the signature', async () => (await text(page, '[data-test=feel-signature]')).includes('abs(n)'))
  })
  await s.step('FEEL: a fault is underlined where it is, the nearest name offered', async () => {
    await page.fill(box, '1 +\n  信用份')
    await page.waitForSelector('[data-test=feel-problem]')
    await until(page, 'underlined', async () => (await count(page, '.editor mark')) === 1 && (await text(page, '.editor mark')) === '信用份')
    expect('the place', (await text(page, '[data-test=feel-problem]')).includes('第 2 行第 3 列'), await text(page, '[data-test=feel-problem]'))
    expect('the nearest', (await text(page, '[data-test=feel-problem]')).includes('信用分'))
  })
  await s.seen(page, 'feel-fault')
  await s.step('FEEL: null says why; a context that is none is refused', async () => {
    await page.fill(box, '1 / 0')
    await page.waitForSelector('[data-test=feel-result] [data-test=warnings]')
    await page.fill('[data-test=feel-context]', '[1]')
    await page.waitForSelector('[data-test=feel-context][aria-invalid=true]')
  })
  await s.seen(page, 'feel')
}

/** An item that is overdue when it is accepted is graded at once: by a decision, whose reason is kept. */
async function overdueItem(page, other) {
  const call = (p, method, path, body) => p.evaluate(async ([m, u, b]) => {
    const me = await (await fetch('/api/v1/me')).json()
    const r = await fetch(`/api/v1${u}`, { method: m, headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf }, body: b && JSON.stringify(b) })
    return r.json()
  }, [method, path, body])
  const { id } = await call(page, 'POST', '/records/reform.item', { fields: { title: '超期件', source: 'instruction' } })
  for (const [p, fields] of [[page, { lead: 'commerce_bureau', order_text: '速办', due: '2022-06-14' }], [other, {}]]) {
    const { tasks } = await call(p, 'GET', '/tasks?mine=1')
    const task = tasks.find((x) => x.subject.id === id)
    await call(p, 'POST', `/tasks/${task.id}/complete`, { fields })
  }
  return id
}

export async function decisions(s) {
  const { opt } = s
  const page = await s.person(opt.supervisor)
  await s.step('decisions: sign in', () => s.signIn(page, opt.supervisor))
  await list(s, page)
  await one(s, page)
  await feel(s, page)
  await s.step('what was decided about an item stands on its page, with rule and words', async () => {
    const other = await s.person(opt.bureau)
    await s.signIn(other, opt.bureau)
    await page.goto(`${opt.base}/cockpit`)
    const id = await overdueItem(page, other)
    await other.context().close()
    await page.goto(`${opt.base}/items/${id}`)
    await page.waitForSelector('[data-test=kept-decisions]')
    expect('yellow', (await text(page, '[data-test=kept-decisions] [data-test=kept-value]')).includes('yellow'))
    expect('the rule', (await text(page, '[data-test=kept-decisions]')).includes('规则 3'), await text(page, '[data-test=kept-decisions]'))
    expect('in its words', (await text(page, '[data-test=kept-decisions]')).includes('批示件提一级'))
  })
  await s.seen(page, 'item-decided')
  await page.context().close()
  const english = await s.person(opt.supervisor, { language: 'en' })
  await s.step('decisions in English', async () => {
    await s.signIn(english, opt.supervisor)
    await english.goto(opt.base + PAGE)
    await english.waitForSelector('[data-test=board].ready td.rule-index')
    expect('dmn-js too', (await text(english, '[data-test=board] .hit-policy')).includes('Unique'))
  })
  await s.seen(english, 'decision-en')
  await s.step('FEEL in English', async () => {
    await english.goto(`${opt.base}/feel`)
    await english.waitForSelector('[data-test=feel-value]')
  })
  await s.seen(english, 'feel-en')
  await english.context().close()
}
