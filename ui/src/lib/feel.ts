// The console's help in writing FEEL: what fits at the caret, which call it stands in, where a fault is.
import { BUILTINS, type Builtin } from './builtins'

export type OfferKind = 'name' | 'function' | 'keyword'
export interface Offer { text: string; insert: string; kind: OfferKind; detail: string }
export interface Offers { from: number; list: Offer[] }

const KEYWORDS = [
  'and', 'between', 'else', 'every', 'external', 'false', 'for', 'function', 'if', 'in', 'instance of', 'null', 'or', 'return', 'satisfies', 'some', 'then', 'true',
]
const MOST = 40
const LETTER = /[\p{L}\p{N}_]/u

export const signature = (b: Builtin, form = 0): string => `${b.name}(${b.forms[form]}) → ${b.result}`

const isContext = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)
export function typeName(v: unknown): string {
  if (v === null || v === undefined) return 'null'
  if (Array.isArray(v)) return 'list'
  return typeof v === 'object' ? ('text' in v && !isPlain(v) ? 'number' : 'context') : typeof v
}
const isPlain = (v: object): boolean => Object.getPrototypeOf(v) === Object.prototype

/** The names after a dot: those of what stands before it, as far as the context tells. */
function namesAfter(before: string, context: unknown): Record<string, unknown> | null {
  let here = context
  const path: string[] = []
  let rest = before
  while (rest.endsWith('.')) {
    rest = rest.slice(0, -1)
    const known = longestName(rest)
    path.unshift(known)
    rest = rest.slice(0, rest.length - known.length).replace(/\s+$/, '')
  }
  for (let i = 0; i < path.length; i++) {
    // a name may hold blanks: the longest ending that is one
    let words = path[i].trim()
    while (isContext(here) && words && !(words in here)) words = words.replace(/^\S+\s*/, '')
    here = isContext(here) && words ? here[words] : undefined
    if (Array.isArray(here)) here = here[0]
  }
  return isContext(here) ? here : null
}
const longestName = (text: string): string => /[\p{L}\p{N}_ ]*$/u.exec(text)?.[0] ?? ''

/** Is the caret inside a string or a comment? Nothing is offered there. */
function quiet(before: string): boolean {
  let i = 0
  while (i < before.length) {
    if (before[i] === '"') {
      for (i++; i < before.length && before[i] !== '"'; i++) if (before[i] === '\\') i++
      if (i >= before.length) return true
    } else if (before.startsWith('//', i)) {
      i = before.indexOf('\n', i)
      if (i < 0) return true
    } else if (before.startsWith('/*', i)) {
      i = before.indexOf('*/', i)
      if (i < 0) return true
    }
    i++
  }
  return false
}

function all(context: Record<string, unknown>): Offer[] {
  const names = Object.entries(context).map(([k, v]): Offer => ({ text: k, insert: k, kind: 'name', detail: typeName(v) }))
  const functions = BUILTINS.map((b): Offer => ({ text: b.name, insert: `${b.name}(`, kind: 'function', detail: signature(b).slice(b.name.length) }))
  return [...names, ...functions, ...KEYWORDS.map((k): Offer => ({ text: k, insert: k, kind: 'keyword', detail: '' }))]
}

/** What could be meant at the caret. `asked`: also when nothing is typed yet. */
export function offersAt(text: string, caret: number, context: unknown, asked = false): Offers {
  const none: Offers = { from: caret, list: [] }
  const before = text.slice(0, caret)
  if (quiet(before)) return none
  const dot = /\.\s*([\p{L}_][\p{L}\p{N}_ ]*)?$/u.exec(before)
  if (dot && !/\d\.\d*$/.test(before) && !before.slice(0, dot.index + 1).endsWith('..')) {
    const typed = dot[1] ?? ''
    const names = namesAfter(before.slice(0, dot.index + 1), context)
    if (!names) return none
    const list = all(names).filter((o) => o.kind === 'name' && fits(o.text, typed))
    return { from: caret - typed.length, list: list.filter((o) => o.text !== typed) }
  }
  const known = all(isContext(context) ? context : {})
  const run = /[\p{L}_][\p{L}\p{N}_ ]*$/u.exec(before)?.[0] ?? ''
  if (!run || /\s$/.test(run) && !asked && !known.some((o) => o.text.includes(' ') && ending(run).some((e) => e && fits(o.text, e)))) {
    return asked ? { from: caret, list: known.slice(0, MOST) } : none
  }
  // the longest ending of what was typed that begins a known name
  for (const typed of ending(run)) {
    const list = known.filter((o) => fits(o.text, typed) && o.text !== typed)
    if (typed.trim() && list.length) return { from: caret - typed.length, list: list.slice(0, MOST) }
    if (known.some((o) => o.text === typed && o.kind !== 'function')) return none
  }
  return asked ? { from: caret, list: known.slice(0, MOST) } : none
}
/** All endings that begin with a word, the longest first. */
function ending(run: string): string[] {
  const out: string[] = []
  for (let i = 0; i < run.length; i++) if (run[i] !== ' ' && (i === 0 || !LETTER.test(run[i - 1]))) out.push(run.slice(i))
  return out
}
const fits = (name: string, typed: string): boolean => name.toLowerCase().startsWith(typed.toLowerCase())

export function accept(text: string, caret: number, from: number, o: Offer): { text: string; caret: number } {
  const after = text.slice(caret)
  const insert = o.kind === 'function' && after.startsWith('(') ? o.text : o.insert
  return { text: text.slice(0, from) + insert + after, caret: from + insert.length }
}

/** The builtin whose parentheses the caret stands in, and which argument is being written. */
export function callAt(text: string, caret: number): { builtin: Builtin; argument: number } | null {
  let depth = 0
  let argument = 0
  const code = text.slice(0, caret).replace(/"(?:[^"\\]|\\.)*"?/g, (s) => '_'.repeat(s.length))
  for (let i = code.length - 1; i >= 0; i--) {
    const c = code[i]
    if (c === ')' || c === ']' || c === '}') depth++
    else if (c === '[' || c === '{') { if (depth) depth--; else argument = 0 }
    else if (c === ',' && !depth) argument++
    else if (c === '(') {
      if (depth) { depth--; continue }
      const name = longestName(code.slice(0, i).trimEnd())
      const found = BUILTINS.filter((b) => name === b.name || name.endsWith(` ${b.name}`)).sort((a, b) => b.name.length - a.name.length)[0]
      if (found) return { builtin: found, argument }
      argument = 0
    }
  }
  return null
}

export interface Place { line: number; column: number }
/** Line and column (from 1, columns in characters) as an offset of the text. */
export function offsetOf(text: string, at: Place): number {
  let from = 0
  for (let line = 1; line < at.line; line++) {
    const end = text.indexOf('\n', from)
    if (end < 0) return text.length
    from = end + 1
  }
  const end = text.indexOf('\n', from)
  const chars = Array.from(end < 0 ? text.slice(from) : text.slice(from, end))
  return from + chars.slice(0, Math.max(0, at.column - 1)).join('').length
}

export interface Span { from: number; to: number }
/** What is underlined for a fault: the word or sign that begins there; at the end, what stands before. */
export function spanAt(text: string, at: Place): Span {
  let from = offsetOf(text, at)
  while (from < text.length && /\s/.test(text[from])) from++
  if (from >= text.length) {
    const last = text.trimEnd().length
    return { from: Math.max(0, last - 1), to: last }
  }
  const word = /^(?:"(?:[^"\\]|\\.)*"?|[\p{L}\p{N}_]+|[*]{2}|[<>!]=|\.\.|.)/su.exec(text.slice(from))?.[0] ?? ''
  return { from, to: from + Math.max(1, word.length) }
}

/** The text in pieces, some underlined; spans may overlap. */
export function pieces(text: string, spans: Span[]): { text: string; bad: boolean }[] {
  const cuts = [...new Set([0, text.length, ...spans.flatMap((s) => [s.from, s.to])])].sort((a, b) => a - b)
  const out: { text: string; bad: boolean }[] = []
  for (let i = 0; i + 1 < cuts.length; i++) {
    if (cuts[i] >= text.length) break
    out.push({ text: text.slice(cuts[i], cuts[i + 1]), bad: spans.some((s) => s.from <= cuts[i] && cuts[i + 1] <= s.to) })
  }
  return out
}
