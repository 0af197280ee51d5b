// Processes and tasks: variables as fields of a form, what an act needs, durations, which step is slow.
import type { components } from '../api/schema'
import type { Field, Values } from '../api/types'
import { kindOf, toSent } from './inputs'

type Schemas = components['schemas']
type Variable = Schemas['FormVariable'] & { title?: string }

/* ---- what is filled in ---- */
const isList = (type: string): boolean => /^(list|collection)\b/.test(type.replace(/^feel:/, ''))
/** Names of people, papers, places: one a line. */
export const toLines = (v: unknown): string | null => (Array.isArray(v) ? v.map(String).join('\n') || null : typeof v === 'string' ? v : null)
export const fromLines = (v: unknown): string[] => String(v ?? '').split(/[\n,，、;；]+/).map((x) => x.trim()).filter(Boolean)

const titled = (v: Variable): Field['title'] => ({ zh: v.title || v.name, en: v.title || v.name })
/** Lists are no fields of records: forms know them by this. */
export type FormField = Field & { list?: boolean }
/** A variable of a process as a field of our forms; lists are kept as lines. */
export function fieldOf(v: Variable, required: boolean): FormField {
  const kind = kindOf(v.type)
  const base = { name: v.name, title: titled(v), required, readonly: false, search: false, indexed: false }
  if (isList(v.type)) return { ...base, kind: 'text', list: true }
  if (kind === 'number') return { ...base, kind: 'number' }
  if (kind === 'boolean') return { ...base, kind: 'boolean' }
  if (kind === 'date') return { ...base, kind: 'date' }
  if (kind === 'moment') return { ...base, kind: 'moment' }
  return { ...base, kind: 'text', multiline: /reason|note|opinion|text|content|事由|意见|说明|内容|备注/.test(v.name) }
}
export const startOf = (list: Variable[]): Values =>
  Object.fromEntries(list.map((v) => [v.name, isList(v.type) ? toLines(v.value) : typeof v.value === 'object' && v.value !== null ? JSON.stringify(v.value) : v.value]))
/** What a form holds, as the process wants it: numbers as numbers, lines as a list. */
export function sentOf(list: Variable[], changed: Values): Values {
  const out: Values = {}
  for (const v of list) {
    if (!(v.name in changed)) continue
    const x = changed[v.name]
    if (isList(v.type)) out[v.name] = fromLines(x)
    else if (x === null || x === undefined || x === '') out[v.name] = null
    else if (kindOf(v.type) === 'number') {
      const sent = toSent('number', String(x))
      out[v.name] = sent.ok ? sent.value : x
    } else out[v.name] = x
  }
  return out
}
/** A value to be read. */
export function shownValue(v: unknown, yes: string, no: string): string {
  if (v === null || v === undefined || v === '') return '—'
  if (typeof v === 'boolean') return v ? yes : no
  if (Array.isArray(v)) return v.map((x) => shownValue(x, yes, no)).join('、') || '—'
  return typeof v === 'object' ? JSON.stringify(v) : String(v)
}

/* ---- drafts ---- */
export interface Draft { values: Values; comment: string }
export const writeDraft = (d: Draft): string => JSON.stringify(d)
export function readDraft(text: string | null | undefined): Draft | null {
  if (!text) return null
  try {
    const d = JSON.parse(text) as Partial<Draft>
    return d && typeof d === 'object' && d.values && typeof d.values === 'object' ? { values: d.values, comment: String(d.comment ?? '') } : null
  } catch {
    return null
  }
}

/* ---- what one may do with a task beside completing it ---- */
export interface ActNeeds { to?: 'one' | 'many'; node?: boolean; reason?: 'must' | 'may'; text?: boolean; weight?: boolean; plain?: boolean }
export const ACTS: Record<string, ActNeeds> = {
  return: { node: true, reason: 'must' },
  'take-back': { reason: 'may' },
  reassign: { to: 'one', reason: 'must' },
  delegate: { to: 'one', reason: 'must' },
  resolve: { reason: 'may' },
  'sign-before': { to: 'one', reason: 'may' },
  'sign-after': { to: 'one', reason: 'may' },
  'sign-beside': { to: 'one', reason: 'may', weight: true },
  'sign-remove': { to: 'one', reason: 'must' },
  copy: { to: 'many', reason: 'may' },
  ask: { to: 'many', reason: 'must' },
  answer: { reason: 'must' },
  urge: { reason: 'may' },
  read: { plain: true },
}
/** Acts after which somebody else has the task. */
export const takesAway = (act: string): boolean => ['return', 'take-back', 'reassign', 'delegate', 'resolve', 'sign-before', 'answer'].includes(act)
/** In the order of the menu; what nobody here knows and the draft, which has its own button, left out. */
export const menuOf = (acts: string[]): string[] => Object.keys(ACTS).filter((a) => acts.includes(a))
export const actReady = (act: string, to: string[], node: string, reason: string): boolean => {
  const n = ACTS[act]
  return Boolean(n) && (!n.to || to.length > 0) && (!n.node || Boolean(node)) && (n.reason !== 'must' || Boolean(reason.trim()))
}

/* ---- durations, and which step is slow ---- */
const MINUTE = 60e6
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const round = (n: number): string => (n >= 10 ? String(Math.round(n)) : String(Math.round(n * 10) / 10))
export function spell(us: number, lang: 'zh' | 'en'): string {
  const [zh, en] = lang === 'en' ? [false, true] : [true, false]
  if (!us || us < 1e6) return zh ? '不到 1 秒' : 'under 1 s'
  if (us < MINUTE) return `${round(us / 1e6)}${zh ? ' 秒' : ' s'}`
  if (us < HOUR) return `${round(us / MINUTE)}${zh ? ' 分钟' : ' min'}`
  if (us < 2 * DAY) return `${round(us / HOUR)}${zh ? ' 小时' : ' h'}`
  return `${round(us / DAY)}${zh ? ' 天' : en ? ' days' : ''}`
}
type HeatElement = Schemas['Heat']['elements'][number]
export interface HeatMark extends HeatElement { level: 0 | 1 | 2 | 3; slow: boolean; heap: boolean }
/** How hot a step is: its p95 against the slowest; the slowest and the one where most wait are said so. */
export function heatMarks(elements: HeatElement[], steps: (id: string) => boolean): HeatMark[] {
  const on = elements.filter((e) => steps(e.id))
  const most = Math.max(0, ...on.map((e) => e.p95_us))
  const heap = Math.max(0, ...on.map((e) => e.active))
  return on.map((e) => {
    const part = most > 0 ? e.p95_us / most : 0
    return { ...e, level: most < MINUTE ? 0 : part > 0.66 ? 3 : part > 0.33 ? 2 : part > 0.05 ? 1 : 0, slow: most >= MINUTE && e.p95_us === most, heap: heap > 1 && e.active === heap }
  })
}

/* ---- diagrams ---- */
export interface ModelElement { id: string; name: string; kind: string; outcomes?: Record<string, string> }
const STEP = /(Task|task|callActivity|subProcess|transaction|adHocSubProcess)$/
export const isStep = (e: ModelElement | undefined): boolean => Boolean(e && STEP.test(e.kind))
/** Elements of a BPMN file by id: enough to name them, without the whole modeler. */
export function elementsOf(xml: string): Map<string, ModelElement> {
  const out = new Map<string, ModelElement>()
  for (const m of xml.matchAll(/<(?:[\w-]+:)?([a-z]\w*)\b([^>]*)>/g)) {
    const [, kind, rest] = m
    if (!/(Task|task|Gateway|Event|callActivity|ubProcess|transaction|sequenceFlow|dataObjectReference|dataStoreReference|participant|lane|process)$/.test(kind)) continue
    const id = /(?:^|\s)id="([^"]*)"/.exec(rest)?.[1]
    if (!id) continue
    const name = /(?:^|\s)name="([^"]*)"/.exec(rest)?.[1] ?? ''
    const outcomes = /\soutcomes="([^"]*)"|:outcomes="([^"]*)"/.exec(rest)
    out.set(id, { id, name: unescape(name), kind, ...(outcomes ? { outcomes: outcomesIn(unescape(outcomes[1] ?? outcomes[2])) } : {}) })
  }
  return out
}
const outcomesIn = (text: string): Record<string, string> => Object.fromEntries(text.split(',').map((x) => x.split(':').map((y) => y.trim())).map(([code, title]) => [code, title || code]))
const ENTITY: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const unescape = (s: string): string => s.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex: string, dec: string, name: string) =>
  hex ? String.fromCodePoint(parseInt(hex, 16)) : dec ? String.fromCodePoint(Number(dec)) : ENTITY[name] ?? all).replace(/\s+/g, ' ')

/** Where running instances may go: every place they may stand in, and the one of the same id if there is one. */
export interface Mapping { from: ModelElement; to: string; same: boolean }
export function mappingOf(from: Map<string, ModelElement>, to: Map<string, ModelElement>): Mapping[] {
  const waits = (e: ModelElement): boolean => isStep(e) || /(EventBasedGateway|eventBasedGateway|CatchEvent|CatchEvent|parallelGateway|inclusiveGateway|complexGateway)$/.test(e.kind) || e.kind === 'intermediateCatchEvent'
  return [...from.values()].filter(waits).map((e) => {
    const found = to.get(e.id)
    const same = Boolean(found && found.kind === e.kind)
    const named = same ? undefined : [...to.values()].find((x) => x.kind === e.kind && x.name && x.name === e.name && !from.has(x.id))
    return { from: e, to: same ? e.id : named?.id ?? '', same }
  })
}
/** Only what does not go to its own id is said to the server. */
export const mapOf = (list: Mapping[]): Record<string, string> =>
  Object.fromEntries(list.filter((m) => m.to && m.to !== m.from.id).map((m) => [m.from.id, m.to]))
