import { describe, expect, it } from 'vitest'
import { bytes, decimals, distance, figure, inUnit, signed, ticks } from '../src/lib/number'

describe('figures', () => {
  it('groups thousands and keeps the declared decimals', () => {
    expect(figure(1275.3, 2)).toBe('1,275.30')
    expect(figure(186204)).toBe('186,204')
    expect(figure('947.474', 3)).toBe('947.474')
  })
  it('shows nothing for nothing and text for what is no number', () => {
    expect(figure(null)).toBe('')
    expect(figure(undefined)).toBe('')
    expect(figure('不详')).toBe('不详')
  })
  it('uses a real minus', () => {
    expect(figure(-5.4, 1)).toBe('−5.4')
    expect(signed('-5.4')).toBe('−5.4')
    expect(signed('5.4', true)).toBe('+5.4')
    expect(signed('0.0', true)).toBe('0.0')
    expect(signed(null)).toBe('')
    expect(distance('-5.4')).toBe('5.4')
    expect(distance('−5.4')).toBe('5.4')
  })
  it('counts the decimals that are there', () => {
    expect(decimals(1275.3, 4)).toBe(1)
    expect(decimals(947.474, 4)).toBe(3)
    expect(decimals(100, 4)).toBe(0)
    expect(decimals(null, 4)).toBe(0)
  })
  it('draws percentages in per cent', () => {
    expect(inUnit(0.346, '%')).toBeCloseTo(34.6)
    expect(inUnit(1831.4, '亿元')).toBe(1831.4)
  })
  it('names sizes', () => {
    expect(bytes(900)).toBe('900 B')
    expect(bytes(48 * 1024)).toBe('48 KB')
    expect(bytes(20 * 1024 * 1024)).toBe('20.0 MB')
  })
})

describe('axis', () => {
  it('takes round steps that cover the values', () => {
    const t = ticks(34.6, 52.1)
    expect(t[0]).toBeLessThanOrEqual(34.6)
    expect(t[t.length - 1]).toBeGreaterThanOrEqual(52.1)
    expect(t.every((v) => v % 5 === 0)).toBe(true)
  })
  it('survives one value', () => {
    expect(ticks(3, 3)).toEqual([3])
  })
})
