// Where a found thing is opened.
import type { Hit } from '../api/types'
import { recordPath } from '../state/session'

export function hitPath(h: Hit): string {
  if (h.type === 'indicator') return `/indicators/${h.id}`
  if (h.type === 'task') return `/tasks?open=${h.id}`
  return recordPath(h.type, h.id)
}
