import { describe, expect, it } from 'vitest'
import { periodShort, periodTitle, readPeriod, yearBefore } from '../src/lib/period'

describe('periods', () => {
  it('are read', () => {
    expect(readPeriod('2022-05')).toEqual({ year: 2022, month: 5 })
    expect(readPeriod('2022Q2')).toEqual({ year: 2022, quarter: 2 })
    expect(readPeriod('2022')).toEqual({ year: 2022 })
    expect(readPeriod('2022-13')).toBeNull()
    expect(readPeriod('May')).toBeNull()
  })
  it('have names', () => {
    expect(periodTitle('2022-05', 'zh')).toBe('2022 年 5 月')
    expect(periodTitle('2022-05', 'zh', true)).toBe('2022 年 1–5 月')
    expect(periodTitle('2022-01', 'zh', true)).toBe('2022 年 1 月')
    expect(periodTitle('2022Q2', 'zh')).toBe('2022 年二季度')
    expect(periodTitle('2022-05', 'en', true)).toBe('Jan–May 2022')
    expect(periodTitle('what', 'zh')).toBe('what')
    expect(periodTitle(null, 'zh')).toBe('')
  })
  it('have short names for an axis', () => {
    expect(periodShort('2022-05', 'zh', true)).toBe('1–5月')
    expect(periodShort('2022-05', 'zh')).toBe('5月')
    expect(periodShort('2022Q4', 'zh')).toBe('四季度')
  })
  it('know the year before', () => {
    expect(yearBefore('2022-05')).toBe('2021-05')
    expect(yearBefore('2000')).toBe('1999')
  })
})
