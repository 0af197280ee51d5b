import { describe, expect, it } from 'vitest'
import { day, exact, moment, now, remaining, setServerNow, urgency } from '../src/lib/dates'

const at = new Date('2022-06-17T16:42:08+08:00')

describe('days', () => {
  it('leaves out the year when it is this one', () => {
    expect(day('2022-06-27', 'zh', at)).toBe('6 月 27 日')
    expect(day('2021-12-31', 'zh', at)).toBe('2021 年 12 月 31 日')
    expect(day('2022-06-27', 'en', at)).toBe('27 Jun')
    expect(day('2021-12-31', 'en', at)).toBe('31 Dec 2021')
    expect(day(null, 'zh', at)).toBe('')
    expect(day('no day', 'zh', at)).toBe('')
  })
})

describe('moments', () => {
  it('are near when they are near, in Beijing time', () => {
    expect(moment('2022-06-17T15:08:00+08:00', 'zh', at)).toBe('今天 15:08')
    expect(moment('2022-06-17T07:08:00Z', 'zh', at)).toBe('今天 15:08')
    expect(moment('2022-06-16T15:06:00+08:00', 'zh', at)).toBe('昨天 15:06')
    expect(moment('2022-06-10T09:30:00+08:00', 'zh', at)).toBe('6 月 10 日 09:30')
    expect(moment('2022-06-16T15:06:00+08:00', 'en', at)).toBe('yesterday 15:06')
  })
  it('knows that an evening in London is the next day in Beijing', () => {
    expect(moment('2022-06-16T18:00:00Z', 'zh', at)).toBe('今天 02:00')
  })
  it('can be exact', () => {
    expect(exact('2022-06-17T16:42:08+08:00')).toBe('2022-06-17 16:42:08')
  })
})

describe('deadlines in working days', () => {
  it('are said in words', () => {
    expect(remaining(6, 'zh')).toBe('剩 6 个工作日')
    expect(remaining(0, 'zh')).toBe('今天到期')
    expect(remaining(-4, 'zh')).toBe('逾期 4 个工作日')
    expect(remaining(null, 'zh')).toBe('无期限')
    expect(remaining(1, 'en')).toBe('1 working day left')
    expect(remaining(-2, 'en')).toBe('2 working days overdue')
  })
  it('group my work', () => {
    expect([-1, 0, 3, 4, null].map(urgency)).toEqual(['overdue', 'today', 'soon', 'later', 'later'])
  })
})

it('lives by the clock of the server', () => {
  setServerNow('2022-06-17T09:00:00+08:00')
  expect(Math.abs(now().getTime() - Date.parse('2022-06-17T09:00:00+08:00'))).toBeLessThan(5000)
})
