// Where a chart's points lie: shared by the small line and the trend.
import { ticks } from './number'

export interface Domain { low: number; high: number; lines: number[] }

/** A range that holds all values with room, and round lines in it. */
export function domain(values: number[], zero = false, most = 5): Domain {
  const seen = values.filter((v) => Number.isFinite(v))
  if (!seen.length) return { low: 0, high: 1, lines: [0, 1] }
  let low = Math.min(...seen)
  let high = Math.max(...seen)
  if (zero) { low = Math.min(0, low); high = Math.max(0, high) }
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1
    low -= zero && low === 0 ? 0 : room
    high += room
  }
  const lines = ticks(low, high, most)
  // room below the lowest point for its figure, unless the axis stands at zero
  const step = lines.length > 1 ? lines[1] - lines[0] : 0
  if (!zero && step && low - lines[0] < step * 0.4) lines.unshift(Number((lines[0] - step).toPrecision(12)))
  return { low: Math.min(low, lines[0]), high: Math.max(high, lines[lines.length - 1]), lines }
}

export const at = (v: number, low: number, high: number, from: number, to: number): number =>
  high === low ? (from + to) / 2 : from + ((v - low) / (high - low)) * (to - from)

export interface Dot { x: number; y: number }
/** An SVG path through dots; null breaks the line. */
export function path(dots: (Dot | null)[]): string {
  let out = ''
  let pen = false
  for (const d of dots) {
    if (!d) { pen = false; continue }
    out += `${pen ? 'L' : 'M'}${d.x.toFixed(1)} ${d.y.toFixed(1)}`
    pen = true
  }
  return out
}
