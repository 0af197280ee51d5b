// Every key a screen asks for has its sentence, in both languages, with the same slots.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { en } from '../src/i18n/en'
import { zh } from '../src/i18n/zh'

type Tree = { [k: string]: string | Tree }
function flat(t: Tree, before = ''): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [k, v] of Object.entries(t)) {
    if (typeof v === 'string') out[before + k] = v
    else Object.assign(out, flat(v, `${before}${k}.`))
  }
  return out
}
const files = (dir: string): string[] =>
  readdirSync(dir).flatMap((f) => (statSync(join(dir, f)).isDirectory() ? files(join(dir, f)) : [join(dir, f)]))
const slots = (s: string): string => (s.match(/\{\w+\}/g) ?? []).sort().join()

it('has every sentence the screens ask for', () => {
  const known = flat(zh as Tree)
  const asked = new Set<string>()
  for (const f of files(join(__dirname, '../src')).filter((x) => /\.(vue|ts)$/.test(x) && !x.includes('i18n'))) {
    for (const m of readFileSync(f, 'utf8').matchAll(/\bt\((?:[^'`()]*\?\s*)?'([a-z]+\.[\w.]+)'(?:\s*:\s*'([a-z]+\.[\w.]+)')?/g)) {
      asked.add(m[1])
      if (m[2]) asked.add(m[2])
    }
  }
  expect(asked.size).toBeGreaterThan(200)
  expect([...asked].filter((k) => !(k in known))).toEqual([])
})

it('says the same in English, with the same slots', () => {
  const a = flat(zh as Tree)
  const b = flat(en as Tree)
  expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort())
  expect(Object.keys(a).filter((k) => slots(a[k]) !== slots(b[k]))).toEqual([])
})

it('leaves no English sentence in Chinese', () => {
  const a = flat(zh as Tree)
  expect(Object.entries(a).filter(([k, v]) => !/[\u4e00-\u9fff\uff0c\uff1a\u3001]/.test(v) && k !== 'app.comma').map(([k]) => k)).toEqual([])
})
