// Status is colour, shape and word at once; this says which.
import type { Reading, Tone } from '../api/types'

export type State = Tone | 'none'

export function stateOf(r: Pick<Reading, 'met'>): State {
  if (r.met === null || r.met === undefined) return 'none'
  return r.met ? 'green' : 'red'
}

const ORDER: State[] = ['none', 'green', 'amber', 'red']
export const worst = (states: State[]): State =>
  states.reduce<State>((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'none')

/** How far along the way to the target, 0 … 1, for the small bar; null where it says nothing. */
export function progressOf(r: Pick<Reading, 'value' | 'target' | 'better'>): number | null {
  if (r.value === null || r.target === null || r.value === undefined || r.target === undefined) return null
  if (r.better === 'lower') return r.value <= 0 ? 1 : Math.max(0, Math.min(1, r.target / r.value))
  return r.target <= 0 ? null : Math.max(0, Math.min(1, r.value / r.target))
}
