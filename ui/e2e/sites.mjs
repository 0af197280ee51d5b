// Several sites on one server in the browser: the first page, one site beside another, the province's cockpit.
//   node ui/e2e/sites.mjs --base http://127.0.0.1:8330 --out DIR --password P --token T
// Sites: 330702 and 330782 with the demonstration, 330703 empty, 330799 a damaged file.
import { expect, launch, options, Story, text, until } from './browser.mjs'

const opt = options(process.argv.slice(2), { base: 'http://127.0.0.1:8330', out: 'sites', password: 'demo', token: '', user: 'dukao', indicator: 'trade.market_growth' })
const browser = await launch()
const s = new Story(browser, opt)
const at = (code) => ({ ...opt, base: `${opt.base}/s/${code}` })
const path = (page) => new URL(page.url()).pathname
const signIn = async (page, code) => {
  await page.fill('[data-test=user]', opt.user)
  await page.fill('[data-test=password]', opt.password)
  await page.click('[data-test=sign-in]')
  await page.waitForURL((u) => !u.pathname.includes('/sign-in'))
  expect('in its site', path(page).startsWith(`/s/${code}/`), path(page))
}

// ---- the first page
const page = await s.person(opt.user)
await s.step('the first page lists the sites, each with its state in words', async () => {
  await page.goto(`${opt.base}/`)
  await page.waitForSelector('[data-test=sites]')
  expect('four sites', (await page.locator('[data-test=site]').count()) === 4)
  const rows = await page.locator('[data-test=site]').allInnerTexts()
  expect('in order', rows.some((r) => r.includes('义乌市') && r.includes('正常')), rows)
  expect('one does not open', rows.some((r) => r.includes('330799') && r.includes('打不开')), rows)
  expect('shape too', (await page.locator('[data-test=site] [data-tone=red] svg').count()) === 1)
})
await s.seen(page, 'sites')
await s.step('an address without a site leads to the first page', async () => {
  await page.goto(`${opt.base}/indicators/${opt.indicator}`)
  await page.waitForSelector('[data-test=sites]')
  expect('the first page', path(page) === '/', path(page))
})
await s.step('pinyin initials find a site, Enter enters it', async () => {
  await page.fill('[data-test=site-find]', 'yws')
  expect('one', (await page.locator('[data-test=site]').count()) === 1)
  await page.fill('[data-test=site-find]', '3307')
  expect('four', (await page.locator('[data-test=site]').count()) === 4)
  await page.fill('[data-test=site-find]', 'nowhere')
  await page.waitForSelector('[data-test=empty]')
  await page.fill('[data-test=site-find]', '义乌')
  await page.press('[data-test=site-find]', 'Enter')
  await page.waitForSelector('[data-test=user]')
  expect('its sign-in', path(page) === '/s/330782/sign-in', path(page))
})

// ---- one site
await s.step('signing in leads to its cockpit', async () => {
  await signIn(page, '330782')
  await page.waitForSelector('[data-test=cards]')
  expect('its name', (await text(page, '[data-test=site-switch]')).includes('义乌市'))
  await until(page, 'live', async () => (await text(page, '[data-test=live]')).includes('实时'))
})
await s.seen(page, 'site-cockpit')
await s.step('a deep link and a reload stay in the site', async () => {
  await page.goto(`${opt.base}/s/330782/indicators/${opt.indicator}`)
  await page.waitForSelector('[data-test=answer]')
  await page.reload()
  await page.waitForSelector('[data-test=answer]')
  expect('34.6', (await text(page, '[data-test=answer]')) === '34.6')
  await page.click('[data-test=nav-items]')
  await page.click('[data-test=items] a')
  await page.waitForSelector('[data-test=facts-strip]')
  expect('in the site', path(page).startsWith('/s/330782/items/'), path(page))
  await until(page, 'the diagram is drawn', () => page.locator('[data-test=diagram]').evaluate((i) => i.naturalWidth > 0))
})
await s.step('the header changes to another site, where one has to sign in', async () => {
  await page.click('[data-test=site-switch]')
  await page.waitForSelector('[data-test=site-picker] [data-test=site]')
  await s.axe(page)
  await page.fill('[data-test=site-picker] [data-test=site-find]', 'wcq')
  await page.press('[data-test=site-picker] [data-test=site-find]', 'Enter')
  await page.waitForSelector('[data-test=user]')
  expect('the other', path(page) === '/s/330702/sign-in', path(page))
  await signIn(page, '330702')
  await page.waitForSelector('[data-test=cards]')
})
await s.step('signing out of one leaves the other', async () => {
  await page.click('[data-test=sign-out]')
  await page.waitForSelector('[data-test=user]')
  await page.goto(`${at('330782').base}/cockpit`)
  await page.waitForSelector('[data-test=cards]')
})
await s.step('back to all sites', async () => {
  await page.click('[data-test=site-switch]')
  await page.click('[data-test=all-sites]')
  await page.waitForSelector('[data-test=sites]')
})

// ---- the province
await s.step('the province asks for its token, and refuses another', async () => {
  await page.fill('[data-test=province-token]', 'not-the-token-of-the-province')
  await page.click('[data-test=province-enter]')
  await page.waitForSelector('[data-test=problem]')
})
await s.seen(page, 'province-refused')
await s.step('the token opens the sums; who is silent is named', async () => {
  await page.fill('[data-test=province-token]', opt.token)
  await page.click('[data-test=province-enter]')
  await page.waitForSelector('[data-test=province-indicators]')
  expect('silent', (await text(page, '[data-test=silent]')).includes('330799'))
  const total = Number(await text(page, '[data-test="province-trade.exports"] [data-test=province-total]'))
  expect('a sum', total > 2000, total)
  expect('a rate of the sums', (await text(page, `[data-test="province-${opt.indicator}"] [data-test=province-total]`)) === '34.6')
  expect('no sum of rates', (await text(page, '[data-test="province-trade.export_lead"]')).includes('不可相加'))
})
await s.step('those off course, site by site', async () => {
  await page.click('[data-test=province-off]')
  await page.click(`[data-test="province-${opt.indicator}"] .fold`)
  await page.waitForSelector('[data-test=province-sites]')
  expect('two', (await page.locator('[data-test=province-sites] li[data-met=false]').count()) === 2)
})
await s.seen(page, 'province')
await s.step('a reload keeps it, in English too', async () => {
  await page.reload()
  await page.waitForSelector('[data-test=province-indicators]')
  await page.click('[data-test=language]')
  await until(page, 'English', async () => (await text(page, '[data-test=province-indicators] thead')).includes('Total'))
})
await s.seen(page, 'province-en')
await s.step('a site leads to its own page', async () => {
  await page.click(`[data-test="province-${opt.indicator}"] .fold`)
  await page.click('[data-test=province-sites] li:has-text("义乌市") a')
  await page.waitForSelector('[data-test=answer]')
  expect('there', path(page) === `/s/330782/indicators/${opt.indicator}`, path(page))
})
await s.step('left, it is locked again', async () => {
  await page.goto(`${opt.base}/`)
  await page.click('[data-test=province-leave]')
  await page.waitForSelector('[data-test=province-token]')
})
await s.step('no page has thrown or logged an error', async () => expect('quiet', s.noise.length === 0, s.noise.slice(0, 3)))
const code = s.end()
await browser.close()
process.exit(code)
