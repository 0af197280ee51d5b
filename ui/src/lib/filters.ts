// Filters of a list: kept in the address, sent to the server, shown as chips.
import type { Field } from '../api/types'

export type Op = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'contains' | 'in' | 'null' | 'notnull'
export interface Filter { field: string; op: Op; value: string }

const OPS: Op[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'in', 'null', 'notnull']

/** field:op:value — the value may hold colons itself. */
export function readFilter(text: string): Filter | null {
  const a = text.indexOf(':')
  if (a <= 0) return null
  const b = text.indexOf(':', a + 1)
  const op = (b < 0 ? text.slice(a + 1) : text.slice(a + 1, b)) as Op
  if (!OPS.includes(op)) return null
  return { field: text.slice(0, a), op, value: b < 0 ? '' : text.slice(b + 1) }
}

export function writeFilter(f: Filter): string {
  return f.op === 'null' || f.op === 'notnull' ? `${f.field}:${f.op}:` : `${f.field}:${f.op}:${f.value}`
}

/** Which comparisons make sense for a field, the likeliest first. */
export function opsOf(f: Field): Op[] {
  switch (f.kind) {
    case 'text': return ['contains', 'eq', 'ne', 'null', 'notnull']
    case 'code': return ['in', 'ne', 'null', 'notnull']
    case 'boolean': return ['eq', 'null']
    case 'ref': return ['eq', 'ne', 'null', 'notnull']
    case 'files': return ['null', 'notnull']
    default: return ['eq', 'ge', 'le', 'gt', 'lt', 'ne', 'null', 'notnull']
  }
}

export interface Sort { field: string; descending: boolean }
export function readSort(text: string | null | undefined): Sort | null {
  const one = (text ?? '').split(',')[0]
  if (!one) return null
  return one.startsWith('-') ? { field: one.slice(1), descending: true } : { field: one, descending: false }
}
export const writeSort = (s: Sort | null): string | undefined =>
  s ? `${s.descending ? '-' : ''}${s.field}` : undefined

/** A click on a head: ascending, descending, as the list comes. */
export function nextSort(now: Sort | null, field: string): Sort | null {
  if (now?.field !== field) return { field, descending: false }
  return now.descending ? null : { field, descending: true }
}
