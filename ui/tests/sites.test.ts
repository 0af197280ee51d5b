// Which site an address names; how sites are found and sorted.
import { expect, it } from 'vitest'
import { placeOf } from '../src/lib/place'
import { offCount, siteFits, siteTone, siteWord, worstFirst } from '../src/lib/sites'
import type { SiteReading } from '../src/api/types'

it('takes the site from the address', () => {
  expect(placeOf('/s/330782/indicators/trade.exports')).toBe('/s/330782')
  expect(placeOf('/s/330782')).toBe('/s/330782')
  for (const other of ['/', '/cockpit', '/s/', '/s/x/', '/s/0330782/', '/s/330782x/', '/records/s/330782/']) expect(placeOf(other)).toBe('')
})

it('finds a site by name, initials or code', () => {
  const site = { code: 330782, name: '义乌市', initials: 'yws' }
  for (const q of ['', ' ', '义乌', '乌', 'yw', 'YWS', 'ws', '3307']) expect(siteFits(site, q)).toBe(true)
  for (const q of ['782', '东阳', 'dys', '330783']) expect(siteFits(site, q)).toBe(false)
})

it('says each state by a shape and a word', () => {
  expect(siteTone({ state: 'open' })).toBe('green')
  expect(siteTone({ state: 'closed' })).toBe('red')
  expect(siteWord({ state: 'cut-off' })).toBe('sites.is.cut')
})

it('puts the worst first', () => {
  const one = (code: number, value: number | null, met: boolean | null): SiteReading => ({ code, value, met, target: 1, gap: null, shown: null, shown_target: null, shown_gap: null, provisional: false })
  const sites = [one(1, 5, true), one(2, 3, false), one(3, null, null), one(4, 1, false)]
  expect(worstFirst({ sites, better: 'higher' }).map((s) => s.code)).toEqual([4, 2, 1, 3])
  expect(worstFirst({ sites, better: 'lower' }).map((s) => s.code)).toEqual([2, 4, 1, 3])
  expect(offCount({ sites })).toBe(2)
})
