import { describe, expect, it } from 'vitest'
import type { Field } from '../src/api/types'
import { nextSort, opsOf, readFilter, readSort, writeFilter, writeSort } from '../src/lib/filters'

describe('filters in the address', () => {
  it('go there and back', () => {
    for (const t of ['status:in:final|revised', 'value:ge:100', 'note:contains:补录', 'parent:null:']) {
      expect(writeFilter(readFilter(t)!)).toBe(t)
    }
  })
  it('keep a colon in the value', () => {
    expect(readFilter('at:ge:2022-06-17T09:00')).toEqual({ field: 'at', op: 'ge', value: '2022-06-17T09:00' })
  })
  it('are dropped when they are none', () => {
    expect(readFilter('value')).toBeNull()
    expect(readFilter(':eq:1')).toBeNull()
    expect(readFilter('value:like:1')).toBeNull()
  })
  it('offer what fits the kind', () => {
    const f = (kind: Field['kind']): Field => ({ kind }) as Field
    expect(opsOf(f('text'))[0]).toBe('contains')
    expect(opsOf(f('code'))[0]).toBe('in')
    expect(opsOf(f('number'))).toContain('ge')
    expect(opsOf(f('files'))).toEqual(['null', 'notnull'])
  })
})

describe('sorting', () => {
  it('goes up, down, and as the list comes', () => {
    const a = nextSort(null, 'due')
    const b = nextSort(a, 'due')
    expect([writeSort(a), writeSort(b), writeSort(nextSort(b, 'due'))]).toEqual(['due', '-due', undefined])
    expect(writeSort(nextSort(b, 'no'))).toBe('no')
  })
  it('is read', () => {
    expect(readSort('-due,no')).toEqual({ field: 'due', descending: true })
    expect(readSort('')).toBeNull()
  })
})
