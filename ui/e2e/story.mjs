// The story in the browser: a number leaves its target, the item is there by itself, the work is done,
// the number comes back, the item closes; every screen photographed and checked.
//   node ui/e2e/story.mjs --base http://127.0.0.1:8330 --out DIR [--password demo]
// The server is started by someone else on fresh demonstration data.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, launch, options, Story, text, until } from './browser.mjs'
import { decisions } from './decisions.mjs'
import { byKeyboard } from './keyboard.mjs'
import { processes } from './processes.mjs'
import { everyScreen } from './screens.mjs'

const opt = options(process.argv.slice(2), {
  base: 'http://127.0.0.1:8330', out: 'story', password: 'demo', supervisor: 'dukao', bureau: 'shangwu', statistics: 'tongji', admin: 'admin', auditor: 'shenji',
  indicator: 'trade.market_growth', type: 'trade.figure', csv: '', screens: '1', keyboard: '1', decisions: '1', processes: '1',
})
const REVISED = 'series,period,value,status,released_on,source,note\nMODE1039,2022-05,1331.2,revised,2022-06-17,义乌海关（演示）,补录集中申报 55.9 亿元\n'
const folder = mkdtempSync(join(tmpdir(), 'story-'))
const csv = opt.csv || join(folder, 'revised-2022-05.csv')
if (!opt.csv) writeFileSync(csv, REVISED)
const evidence = join(folder, '集中申报清单.csv')
writeFileSync(evidence, '企业,申报额\n示例外综服一,1.2\n示例外综服二,0.8\n')

const browser = await launch()
const s = new Story(browser, opt)
const card = `[data-test="card-${opt.indicator}"]`
let item = ''

// ---- the supervision officer finds it there already
const officer = await s.person(opt.supervisor)
await s.step('a wrong password is refused with a sentence', async () => {
  await officer.goto(`${opt.base}/`)
  await officer.fill('[data-test=user]', opt.supervisor)
  await officer.fill('[data-test=password]', 'not-the-password')
  await officer.click('[data-test=sign-in]')
  expect('a sentence', (await text(officer, '[data-test=problem]')).length > 4)
})
await s.seen(officer, 'sign-in')
await s.step('the supervision officer signs in and sees the cockpit', async () => {
  await s.signIn(officer, opt.supervisor)
  await officer.waitForSelector('[data-test=cards]')
})
await s.step('one indicator is below its target, said by colour, shape and word', async () => {
  expect('not met', (await officer.getAttribute(card, 'data-met')) === 'false')
  expect('34.6', (await text(officer, `${card} [data-test=figure]`)) === '34.6', await text(officer, card))
  expect('a red badge', await officer.isVisible(`${card} [data-tone=red] svg`))
})
await s.step('the item is there by itself and is linked from its card', async () => {
  item = (await officer.getAttribute(`${card} [data-test=card-item]`, 'href')) ?? ''
  expect('an item', /^\/items\/\d+$/.test(item), item)
})
await s.seen(officer, 'cockpit')
await s.step('the item shows the frozen value, target and the records behind it', async () => {
  const page = await s.person(opt.supervisor)
  await s.signIn(page, opt.supervisor)
  await page.goto(opt.base + item)
  await page.waitForSelector('[data-test=facts-strip]')
  const frozen = await text(page, '[data-test=frozen]')
  expect('34.6 and 40', frozen.includes('34.6') && frozen.includes('40'), frozen)
  expect('evidence', await page.isVisible('[data-test=evidence]'))
  expect('the diagram', await page.isVisible('[data-test=diagram]'))
  await s.seen(page, 'item-opened')
  await page.context().close()
})

// ---- the commerce bureau signs for it and reports measures with a file
const bureau = await s.person(opt.bureau)
await s.step('the bureau finds the task in its work and signs for it', async () => {
  await s.signIn(bureau, opt.bureau)
  await bureau.click('[data-test=nav-tasks]')
  await bureau.click('[data-test=task] [data-test=open-task]')
  await bureau.waitForSelector('[data-test=task] [data-test=complete]')
})
await s.seen(bureau, 'my-work')
await s.step('signing for it leads to the next step', async () => {
  await bureau.click('[data-test=task] [data-test=complete]')
  await bureau.goto(opt.base + item)
  await bureau.waitForSelector('[data-test=my-task] [data-test=field-measures]')
})
await s.step('measures are required: the form says so beside the field', async () => {
  await bureau.click('[data-test=my-task] [data-test=complete]')
  await bureau.waitForSelector('[data-test=field-measures] .fault')
})
await s.seen(bureau, 'item-form-fault')
await s.step('measures are reported with a file as evidence', async () => {
  await bureau.fill('[data-test=field-measures] textarea', '组织 18 家外综服企业集中申报，预计本月补录 55.9 亿元。')
  await bureau.setInputFiles('[data-test=field-evidence] [data-test=file-input]', evidence)
  await bureau.waitForSelector('[data-test=field-evidence] [data-test=file]')
  await bureau.fill('[data-test=my-task] [data-test=comment]', '已会同海关、市场集团落实')
  await bureau.click('[data-test=my-task] [data-test=complete]')
  await bureau.waitForSelector('[data-test=timeline] [data-test=file]')
})
await s.seen(bureau, 'item-reported')

// ---- closing on words is refused
const checker = await s.person(opt.supervisor)
await s.step('closing while the number is not back is refused; an inspector is offered to sign', async () => {
  await s.signIn(checker, opt.supervisor)
  await checker.goto(opt.base + item)
  await checker.click('[data-test=my-task] [data-test=outcome-pass]')
  await checker.waitForSelector('[data-test=problem]')
  await checker.waitForSelector('[data-test=sign-panel]')
})
await s.seen(checker, 'item-not-back')

// ---- the statistics officer imports the revised figure; the other window changes by itself
const stats = await s.person(opt.statistics)
await s.step('the statistics officer tries the revised csv without writing', async () => {
  await s.signIn(stats, opt.statistics)
  await stats.goto(`${opt.base}/records/${opt.type}`)
  await stats.click('[data-test=import]')
  await stats.setInputFiles('[data-test=import-file]', csv)
  await stats.waitForSelector('[data-test=import-preview]')
  expect('one corrected', (await text(stats, '[data-test=import-corrected]')) === '1')
  expect('none wrong', (await text(stats, '[data-test=import-errors]')) === '0')
})
await s.seen(stats, 'import-preview')
await s.step('the import commits and the open cockpit in the other window updates by itself', async () => {
  await officer.waitForSelector('[data-test=live]')
  await officer.evaluate((selector) => {
    window.blinked = false
    new MutationObserver(() => { window.blinked ||= Boolean(document.querySelector(`${selector} .changed`)) })
      .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['class'] })
  }, card)
  await stats.click('[data-test=import-commit]')
  await officer.waitForSelector(`${card}[data-met=true]`)
  const now = await text(officer, `${card} [data-test=figure]`)
  expect('40 or more', Number(now) >= 40, now)
  await until(officer, 'the figure blinks', () => officer.evaluate(() => window.blinked))
})
await s.seen(officer, 'cockpit-after')
await s.step('the item proposes its own closing', async () => {
  await checker.waitForSelector('[data-test=proposed]')
})
await s.seen(checker, 'item-proposed')
await s.step('the supervision officer inspects and closes it', async () => {
  await checker.fill('[data-test=my-task] [data-test=field-opinion] textarea', '已核对修订数据和申报清单。')
  await checker.click('[data-test=my-task] [data-test=outcome-pass]')
  await checker.waitForSelector('[data-test=my-task]', { state: 'detached' })
  await checker.waitForSelector('[data-test=item-badge][data-tone=green]')
})
await s.seen(checker, 'item-closed')
await s.step('the old figure is still there as known at the earlier day', async () => {
  await checker.goto(`${opt.base}/indicators/${opt.indicator}`)
  await checker.waitForSelector('[data-test=answer]')
  const now = await text(checker, '[data-test=answer]')
  const slider = checker.locator('[data-test=known-slider]')
  const stops = Number(await slider.getAttribute('max'))
  expect('a revision', stops >= 1, stops)
  await slider.focus()
  await checker.keyboard.press('Home')
  await checker.waitForSelector('[data-test=as-known]')
  await until(checker, `another figure than ${now}`, async () => (await text(checker, '[data-test=answer]')) !== now)
  expect('34.6', (await text(checker, '[data-test=answer]')) === '34.6', await text(checker, '[data-test=answer]'))
})
await s.seen(checker, 'indicator-as-known')
await s.step('the ledger proves that nothing was altered', async () => {
  const page = await s.person(opt.auditor)
  await s.signIn(page, opt.auditor)
  await page.goto(`${opt.base}/ledger`)
  await page.click('[data-test=verify]')
  await page.waitForSelector('[data-test=verified][data-broken="0"]')
  await s.seen(page, 'ledger')
  await page.context().close()
})

if (opt.screens === '1') await everyScreen(s)
if (opt.decisions === '1') await decisions(s)
if (opt.processes === '1') await processes(s)
if (opt.keyboard === '1') await byKeyboard(s)
await s.step('no page has thrown or logged an error', async () => expect('quiet', s.noise.length === 0, s.noise.slice(0, 3)))
const code = s.end()
await browser.close()
process.exit(code)
