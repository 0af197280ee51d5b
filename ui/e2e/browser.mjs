// What the stories share: a browser, people in it, screenshots at two widths, axe, counted steps.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }

/** --name value pairs, with defaults. */
export function options(argv, defaults) {
  const out = { ...defaults }
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].replace(/^--/, '')
    if (!argv[i].startsWith('--') || !(name in out)) throw new Error(`unknown option ${argv[i]}; known: ${Object.keys(out).map((k) => `--${k}`).join(' ')}`)
    out[name] = argv[++i]
  }
  return out
}

export async function launch() {
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: quiet })
}

export class Story {
  constructor(browser, opt) {
    this.browser = browser
    this.opt = opt
    this.passed = 0
    this.failed = 0
    this.shot = 0
    this.noise = []
    mkdirSync(opt.out, { recursive: true })
  }

  /** One step: counted, and told when it fails; the story goes on. */
  async step(name, f) {
    try {
      await f()
      this.passed++
      console.log(`ok    ${name}`)
    } catch (e) {
      this.failed++
      console.log(`FAIL  ${name}: ${String(e?.message ?? e).split('\n').slice(0, 6).join(' | ')}`)
    }
  }

  /** A person in a window of their own. */
  async person(user, { phone = false, language = 'zh' } = {}) {
    const context = await this.browser.newContext({ viewport: phone ? PHONE : WIDE, locale: 'zh-CN', reducedMotion: 'no-preference' })
    if (language === 'en') await context.addInitScript(() => localStorage.setItem('bihuan.language', '"en"'))
    const page = await context.newPage()
    page.setDefaultTimeout(15000)
    page.on('pageerror', (e) => this.noise.push(`${user}: ${e.message}`))
    page.on('console', (m) => {
      // a refusal the story provokes is logged by the browser itself
      if (m.type() === 'error' && !/status of (401|403|404|409|412|422)/.test(m.text())) this.noise.push(`${user}: ${m.text()}`)
    })
    return page
  }

  async signIn(page, user) {
    await page.goto(`${this.opt.base}/sign-in`)
    await page.fill('[data-test=user]', user)
    await page.fill('[data-test=password]', this.opt.password)
    await page.click('[data-test=sign-in]')
    await page.waitForURL((u) => !u.pathname.startsWith('/sign-in'))
    await page.waitForSelector('[data-test=title]')
  }

  /** A picture at both widths, then back to where it was. */
  async picture(page, name) {
    const before = page.viewportSize()
    const number = String(++this.shot).padStart(2, '0')
    let wide = ''
    for (const size of [WIDE, PHONE]) {
      await page.setViewportSize(size)
      await page.waitForTimeout(350)
      await page.screenshot({ path: join(this.opt.out, `${number}-${name}-${size.width}.png`), fullPage: true })
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (over > 0) wide += `${name} is ${over} px wider than ${size.width} `
    }
    await page.setViewportSize(before)
    if (wide) throw new Error(wide)
  }

  /** WCAG 2.2 AA on the screen as it stands. */
  async axe(page) {
    await page.evaluate(AXE)
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
    const faults = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
    if (faults.length) throw new Error(faults.join(' || '))
  }

  async seen(page, name) {
    await this.step(`picture: ${name}`, () => this.picture(page, name))
    await this.step(`axe: ${name}`, () => this.axe(page))
  }

  end() {
    for (const n of [...new Set(this.noise)].slice(0, 12)) console.log(`noise ${n}`)
    console.log(`${this.passed} passed, ${this.failed} failed`)
    return this.failed ? 1 : 0
  }
}

export const text = async (page, selector) => ((await page.textContent(selector)) ?? '').replace(/\s+/g, ' ').trim()

/** Asks again until it holds: polling inside the page would need eval, which the content policy forbids. */
export async function until(page, what, holds, most = 15000) {
  const end = Date.now() + most
  while (Date.now() < end) {
    if (await holds()) return
    await page.waitForTimeout(100)
  }
  throw new Error(`never: ${what}`)
}

export function expect(what, ok, got) {
  if (!ok) throw new Error(`${what}${got === undefined ? '' : `, but: ${JSON.stringify(got)}`}`)
}
