// What a column of figures needs: the same number of decimals in every row.
import type { Field, Rec } from '../api/types'
import { decimals } from './number'

export function digitsOf(columns: Field[], records: Rec[]): Record<string, number> {
  const out: Record<string, number> = {}
  for (const c of columns) {
    if (c.kind !== 'number') continue
    out[c.name] = Math.max(0, ...records.map((r) => decimals(r.fields[c.name], c.scale)))
  }
  return out
}
