// Values of fields: between what the server sends, what a form holds and what a person reads.
import type { Field, FileInfo, RefValue, Values } from '../api/types'
import { figure } from './number'

export const isRef = (v: unknown): v is RefValue => typeof v === 'object' && v !== null && 'id' in v && 'label' in v
export const isMasked = (v: unknown): v is { masked: true; shown: string } =>
  typeof v === 'object' && v !== null && (v as { masked?: unknown }).masked === true
export const isFiles = (v: unknown): v is FileInfo[] => Array.isArray(v)
export const isEmpty = (v: unknown): boolean =>
  v === null || v === undefined || v === '' || (Array.isArray(v) && v.length === 0)

/** What an input shows for a stored value. */
export function toForm(f: Field, v: unknown): unknown {
  if (isMasked(v)) return v
  if (f.kind === 'files') return isFiles(v) ? v : []
  if (v === null || v === undefined) return null
  if (f.kind === 'number' && typeof v === 'number') return figure(v, undefined).replace(/,/g, '').replace('−', '-')
  if (f.kind === 'integer') return String(v)
  return v
}

/** What is sent for what was typed. Numbers go as they were typed: exactly. */
export function toServer(f: Field, v: unknown): unknown {
  if (isEmpty(v)) return f.kind === 'files' ? [] : null
  if (isRef(v)) return v.id
  if (isFiles(v)) return v.map((x) => x.hash)
  if (f.kind === 'number' || f.kind === 'integer') return String(v).trim().replace(/[,\uff0c]/g, '').replace('−', '-')
  return v
}

/** Only what differs from the start; masked fields that were not touched are never sent. */
export function changes(fields: Field[], start: Values, now: Values): Values {
  const out: Values = {}
  for (const f of fields) {
    if (isMasked(now[f.name])) continue
    const a = toServer(f, start[f.name])
    const b = toServer(f, now[f.name])
    if (JSON.stringify(a) !== JSON.stringify(b)) out[f.name] = b
  }
  return out
}

export type Fault = 'required' | 'number' | 'integer' | 'scale' | 'low' | 'high' | 'long'

/** What can be said before the server is asked; the server checks everything again. */
export function fault(f: Field, v: unknown, required: boolean): Fault | null {
  if (isMasked(v)) return null
  if (isEmpty(v)) return required ? 'required' : null
  if (f.kind === 'text' && f.length_max && [...String(v)].length > f.length_max) return 'long'
  if (f.kind !== 'number' && f.kind !== 'integer') return null
  const text = String(toServer(f, v))
  if (!/^-?\d+(\.\d+)?$/.test(text)) return 'number'
  const digits = /\.(\d+)$/.exec(text)?.[1].replace(/0+$/, '').length ?? 0
  if (f.kind === 'integer' && digits) return 'integer'
  if (f.kind === 'number' && f.scale !== undefined && digits > f.scale) return 'scale'
  const n = Number(text)
  if (typeof f.min === 'number' && n < f.min) return 'low'
  if (typeof f.max === 'number' && n > f.max) return 'high'
  return null
}

export const isNumeric = (f: Field): boolean => f.kind === 'number' || f.kind === 'integer'
