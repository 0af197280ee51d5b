// Live pages: one stream of changes for the whole window; it reconnects by itself.
import { onScopeDispose, reactive } from 'vue'
import { url } from './client'

export interface ChangeEvent {
  seq: number
  types: string[]
  records?: { type: string; id: number }[]
  indicators: string[]
  items: boolean
  tasks: boolean
}
type Listener = (e: ChangeEvent) => void

export const live = reactive({ connected: false, seq: 0, lost: false })
const listeners = new Set<Listener>()
let source: EventSource | null = null
let retry = 0
let wait = 1000

/** After an interruption nobody knows what was missed: everything is looked at again. */
const everything = (): ChangeEvent => ({ seq: live.seq, types: ['*'], indicators: ['*'], items: true, tasks: true })

function tell(e: ChangeEvent): void {
  for (const l of [...listeners]) l(e)
}

function read(text: string): ChangeEvent | null {
  try {
    const e = JSON.parse(text) as Partial<ChangeEvent> & { items?: unknown }
    const items = Array.isArray(e.items) ? e.items.length > 0 : Boolean(e.items)
    return { seq: e.seq ?? 0, types: e.types ?? [], records: e.records, indicators: e.indicators ?? [], items, tasks: Boolean(e.tasks) }
  } catch {
    return null
  }
}

export function startLive(): void {
  if (source) return
  source = new EventSource(url('/live'))
  source.onopen = () => {
    if (live.lost) tell(everything())
    live.connected = true
    live.lost = false
    wait = 1000
  }
  source.addEventListener('change', (m) => {
    const e = read((m as MessageEvent<string>).data)
    if (!e) return
    live.seq = Math.max(live.seq, e.seq)
    tell(e)
  })
  source.onerror = () => {
    live.connected = false
    live.lost = true
    if (source?.readyState !== EventSource.CLOSED) return
    source = null
    clearTimeout(retry)
    retry = window.setTimeout(startLive, wait)
    wait = Math.min(wait * 2, 30000)
  }
}

export function stopLive(): void {
  clearTimeout(retry)
  source?.close()
  source = null
  live.connected = false
  live.lost = false
}

/** Calls f for every change until the component goes away. */
export function onChange(f: Listener): void {
  listeners.add(f)
  onScopeDispose(() => listeners.delete(f))
}

export const touches = (e: ChangeEvent, type: string): boolean => e.types.includes('*') || e.types.includes(type)
export const moves = (e: ChangeEvent, indicator: string): boolean =>
  e.indicators.includes('*') || e.indicators.includes(indicator)
