// The state of an instance as the server tells it, read with care: what is missing is empty.
import type { components } from '../api/schema'

type TaskAction = components['schemas']['TaskAction']
export interface Token { node: string; state: string; at?: string; round?: number }
export interface Waiting { node: string; what: string; at?: string; left?: string }
export interface Called { instance: number; process: string; state: string; node: string }
export interface Trouble { id: number; node: string; slug: string; detail: string; times: number }
export interface Open { id: number; node: string; name: string; state: string; by: string; role: string; kind: string; outcome: string; done_by: string; done_at?: string; due?: string }
export interface InstanceState { variables: Record<string, unknown>; tokens: Token[]; tasks: Open[]; timers: Waiting[]; messages: Waiting[]; incidents: Trouble[]; called: Called[] }

type Loose = Record<string, unknown>
const list = (x: unknown): Loose[] => (Array.isArray(x) ? x.filter((e): e is Loose => typeof e === 'object' && e !== null) : [])
const text = (...xs: unknown[]): string => String(xs.find((x) => x !== undefined && x !== null && x !== '') ?? '')
const node = (e: Loose): string => text(e.node, e.element)

export function instanceState(raw: unknown): InstanceState {
  const s = (raw ?? {}) as Loose
  return {
    variables: (s.variables ?? {}) as Record<string, unknown>,
    tokens: list(s.tokens).map((e) => ({ node: node(e), state: text(e.state), at: text(e.at, e.entered_at) || undefined, round: typeof e.round === 'number' ? e.round : undefined })),
    tasks: list(s.tasks).map((e) => ({ id: Number(e.id), node: node(e), name: text(e.name, node(e)), state: text(e.state), by: text(e.claimed_by, e.by), role: text(e.role), kind: text(e.kind) || 'main', outcome: text(e.outcome), done_by: text(e.done_by), done_at: text(e.done_at) || undefined, due: text(e.due) || undefined })),
    timers: list(s.timers).map((e) => ({ node: node(e), what: text(e.name, e.kind, e.note), at: text(e.due_at, e.due, e.at) || undefined })),
    messages: list(s.messages).map((e) => ({ node: node(e), what: [text(e.name, e.message), text(e.key)].filter(Boolean).join(' · ') })),
    incidents: list(s.incidents).map((e) => ({ id: Number(e.id), node: node(e), slug: text(e.slug), detail: text(e.detail), times: Number(e.times ?? 1) })),
    called: list(s.called).map((e) => ({ instance: Number(e.instance ?? e.id), process: text(e.process), state: text(e.state), node: node(e) })),
  }
}

/** The light of an instance; its incidents have their own. */
export const stateTone = (state: string): 'green' | 'amber' | 'red' | 'none' =>
  state === 'failed' ? 'red' : state === 'active' ? 'green' : state === 'suspended' ? 'amber' : 'none'

/** How each finished task was answered, in words. */
export const outcomesOf = (tasks: Open[], model: Map<string, { outcomes?: Record<string, string> }>): Map<number, string> =>
  new Map(tasks.filter((x) => x.outcome).map((x) => [x.id, model.get(x.node)?.outcomes?.[x.outcome] ?? x.outcome]))

/** What happened, from the beginning: starting, and tasks done without a word, leave no act of their own. */
export function wholeHistory(actions: TaskAction[], line: { started_at: string; by: string; by_name: string } | undefined, tasks: Open[]): TaskAction[] {
  if (!line) return actions
  const blank = { by_name: '', on_behalf_of: '', to: '', reason: '', from_node: '', to_node: '' }
  const told = new Set(actions.filter((a) => a.act === 'complete' || a.act === 'answer').map((a) => a.task))
  const silent = tasks.filter((x) => x.state === 'done' && x.done_at && !told.has(x.id))
    .map((x) => ({ ...blank, task: x.id, at: x.done_at!, act: 'complete', by: x.done_by, from_node: x.node }))
  const start = { ...blank, task: 0, at: line.started_at, act: 'start', by: line.by, by_name: line.by_name }
  return [start, ...[...actions, ...silent].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))]
}
