import { describe, expect, it } from 'vitest'
import type { Point } from '../src/api/types'
import { domain, path } from '../src/lib/scale'
import { rows } from '../src/lib/series'
import { progressOf, worst } from '../src/lib/tone'

const p = (period: string, value: number, more: Partial<Point> = {}): Point => ({ period, value, shown: String(value), provisional: false, ...more })

describe('a series', () => {
  it('finds what stood there a year before', () => {
    const r = rows([p('2021-05', 10), p('2022-05', 12)], '亿元')
    expect(r[1]).toMatchObject({ value: 12, prior: 10, priorShown: '10' })
    expect(r[0].prior).toBeNull()
  })
  it('draws only the latest year of a cumulative figure', () => {
    const r = rows([p('2021-04', 9), p('2021-05', 10), p('2022-04', 11), p('2022-05', 12)], '亿元', 17, true)
    expect(r.map((x) => x.period)).toEqual(['2022-04', '2022-05'])
    expect(r[1].prior).toBe(10)
  })
  it('puts ratios and targets into per cent', () => {
    expect(rows([p('2022-05', 0.346, { target: 0.4 })], '%')[0]).toMatchObject({ target: 40, shownTarget: '40' })
  })
})

describe('drawing', () => {
  it('keeps room for all values', () => {
    const d = domain([34.6, 52.1, 40])
    expect(d.low).toBeLessThan(34.6)
    expect(d.high).toBeGreaterThanOrEqual(52.1)
    expect(domain([5, 9], true).low).toBe(0)
    expect(domain([])).toMatchObject({ low: 0, high: 1 })
  })
  it('breaks a line where nothing is known', () => {
    expect(path([{ x: 0, y: 1 }, null, { x: 2, y: 3 }])).toBe('M0.0 1.0M2.0 3.0')
  })
})

it('says the worst light and how far along', () => {
  expect(worst(['green', 'red', 'amber'])).toBe('red')
  expect(worst([])).toBe('none')
  expect(progressOf({ value: 0.3, target: 0.4, better: 'higher' })).toBeCloseTo(0.75)
  expect(progressOf({ value: 10, target: 5, better: 'lower' })).toBeCloseTo(0.5)
  expect(progressOf({ value: null, target: 5, better: 'lower' })).toBeNull()
})
