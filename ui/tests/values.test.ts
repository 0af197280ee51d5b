import { describe, expect, it } from 'vitest'
import type { Field } from '../src/api/types'
import { changes, fault, toForm, toServer } from '../src/lib/values'

const f = (x: Partial<Field>): Field => ({ name: 'value', title: { zh: '值', en: 'value' }, kind: 'text', required: false, readonly: false, search: false, indexed: false, ...x })

describe('values of a form', () => {
  it('sends numbers exactly as typed', () => {
    expect(toServer(f({ kind: 'number' }), ' 1,275.30 ')).toBe('1275.30')
    expect(toServer(f({ kind: 'number' }), '1\uff0c275.3')).toBe('1275.3')
    expect(toServer(f({ kind: 'number' }), '−5.4')).toBe('-5.4')
    expect(toServer(f({ kind: 'number' }), '')).toBeNull()
  })
  it('sends a reference by its id and files by their hashes', () => {
    expect(toServer(f({ kind: 'ref' }), { id: 3, key: 'X', label: '出口' })).toBe(3)
    expect(toServer(f({ kind: 'files' }), [{ hash: 'ab', name: 'a', bytes: 1, media_type: 'x' }])).toEqual(['ab'])
    expect(toServer(f({ kind: 'files' }), [])).toEqual([])
  })
  it('shows a stored number without grouping', () => {
    expect(toForm(f({ kind: 'number', scale: 4 }), 1275.3)).toBe('1275.3')
    expect(toForm(f({ kind: 'files' }), null)).toEqual([])
  })
  it('sends only what was changed, and never a masked value', () => {
    const fields = [f({ name: 'a' }), f({ name: 'b', kind: 'number' }), f({ name: 'c' })]
    const start = { a: 'x', b: '1.50', c: { masked: true, shown: '李**' } }
    expect(changes(fields, start, { ...start })).toEqual({})
    expect(changes(fields, start, { ...start, a: '' })).toEqual({ a: null })
    expect(changes(fields, start, { ...start, b: '1.51' })).toEqual({ b: '1.51' })
  })
})

describe('faults before the server is asked', () => {
  it('finds what is missing, no number, too fine, out of range, too long', () => {
    expect(fault(f({}), '', true)).toBe('required')
    expect(fault(f({}), '', false)).toBeNull()
    expect(fault(f({ kind: 'number' }), 'abc', false)).toBe('number')
    expect(fault(f({ kind: 'integer' }), '1.5', false)).toBe('integer')
    expect(fault(f({ kind: 'integer' }), '1.0', false)).toBeNull()
    expect(fault(f({ kind: 'number', scale: 2 }), '1.234', false)).toBe('scale')
    expect(fault(f({ kind: 'number', scale: 2, min: 0, max: 100 }), '-1', false)).toBe('low')
    expect(fault(f({ kind: 'number', scale: 2, min: 0, max: 100 }), '101', false)).toBe('high')
    expect(fault(f({ length_max: 2 }), '三个字', false)).toBe('long')
    expect(fault(f({ length_max: 2 }), '𠮷𠮷', false)).toBeNull()
  })
})
