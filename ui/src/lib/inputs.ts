// Inputs of a decision: which field a type gets, what its text becomes for the server.
export type InputKind = 'number' | 'string' | 'boolean' | 'date' | 'moment' | 'time' | 'duration' | 'json'
export interface Choice { key: string; label: string; value: unknown }
/** Numbers are sent as they were typed, all 34 digits of them, where the browser can. */
const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON

const KINDS: Record<string, InputKind> = {
  number: 'number', string: 'string', boolean: 'boolean', date: 'date', 'date and time': 'moment', dateTime: 'moment', time: 'time',
  'days and time duration': 'duration', 'years and months duration': 'duration', dayTimeDuration: 'duration', yearMonthDuration: 'duration',
}
export const kindOf = (type: string | null | undefined): InputKind => KINDS[(type ?? '').replace(/^feel:/, '')] ?? 'json'

const LITERAL = /^(?:"((?:[^"\\]|\\.)*)"|([-+]?\d+(?:\.\d+)?)|(true|false))$/
/** Values to choose from, if that is what is allowed: a list, or "a", "b" as in a file; else none. */
export function choicesOf(allowed: unknown): Choice[] {
  if (Array.isArray(allowed)) return allowed.map((v) => ({ key: JSON.stringify(v), label: String(v), value: v }))
  if (typeof allowed !== 'string') return []
  const out: Choice[] = []
  for (const part of allowed.match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? []) {
    const text = part.trim()
    if (!text) continue
    const m = LITERAL.exec(text)
    if (!m) return []
    const value: unknown = m[1] !== undefined ? JSON.parse(text) : m[2] !== undefined ? number(m[2]) : m[3] === 'true'
    out.push({ key: text, label: m[1] !== undefined ? String(value) : text, value })
  }
  return out
}

function number(text: string): unknown {
  const n = Number(text)
  return String(n) === text || !raw ? n : raw(text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1').replace(/^(-?)\./, '$10.').replace(/\.$/, ''))
}

/** Of an input: what its model allows, else what its file says as it is drawn; a list is no choice. */
export function choicesFor(input: { type: string; allowed?: string; values?: unknown[] }, drawn: string | undefined): Choice[] {
  if (/^(list|range)\b/.test(input.type)) return []
  return input.allowed ? choicesOf(input.values ?? []) : choicesOf(drawn)
}

export type Sent = { ok: true; value: unknown } | { ok: false }
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
/** What is sent for a text; empty: null, the input is not given. */
export function toSent(kind: InputKind, typed: string): Sent {
  const text = typed.trim()
  if (!text) return { ok: true, value: null }
  switch (kind) {
    case 'number': {
      const plain = text.replace(/[,，\s_]/g, '').replace(/[−－]/g, '-').replace(/．/g, '.')
      return NUMBER.test(plain) ? { ok: true, value: number(plain) } : { ok: false }
    }
    case 'boolean': return { ok: true, value: text === 'true' }
    case 'string': return { ok: true, value: typed }
    case 'date': return /^[-+]?\d{4,9}-\d\d-\d\d$/.test(text) ? { ok: true, value: text } : { ok: false }
    case 'time': return /^\d\d:\d\d(:\d\d)?/.test(text) ? { ok: true, value: text.length === 5 ? `${text}:00` : text } : { ok: false }
    case 'duration': return /^-?P(?=.)/.test(text) ? { ok: true, value: text } : { ok: false }
    case 'moment': return { ok: true, value: text }
    default:
      try {
        return { ok: true, value: parseExact(text) }
      } catch {
        return { ok: false }
      }
  }
}

/** A number of more digits than the browser counts with, kept as it was written. */
export class Exact {
  constructor(readonly text: string) {}
  toString(): string { return this.text }
  toJSON(): unknown { return raw ? raw(this.text) : Number(this.text) }
}

/** JSON.parse that loses no digit. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, function (this: unknown, _key: string, value: unknown, at?: { source?: string }) {
    if (typeof value !== 'number' || !at?.source || String(value) === at.source) return value
    const digits = at.source.replace(/[eE].*$/, '').replace(/\D/g, '').replace(/^0+/, '')
    return digits.length > 15 || !Number.isFinite(value) ? new Exact(at.source) : value
  } as (k: string, v: unknown) => unknown)
}
