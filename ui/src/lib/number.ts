// Figures as people read them.

/** 1275.3, scale 2 → 1,275.30; scale undefined keeps what is there. */
export function figure(value: unknown, scale?: number): string {
  if (value === null || value === undefined || value === '') return ''
  const n = typeof value === 'number' ? value : Number(value)
  if (!Number.isFinite(n)) return String(value)
  return n.toLocaleString('en-US', {
    minimumFractionDigits: scale ?? 0,
    maximumFractionDigits: scale ?? 9,
  }).replace('-', '−')
}

/** Decimals that are really there, at most the declared ones. */
export function decimals(value: unknown, scale = 9): number {
  if (value === null || value === undefined || value === '') return 0
  const text = Number(value).toFixed(scale)
  return /\.(\d*?)0*$/.exec(text)?.[1].length ?? 0
}

/** What a chart or a bar counts in: percentages are kept as ratios and drawn in per cent. */
export const inUnit = (value: number, unit: string): number => (unit === '%' ? value * 100 : value)

/** "-5.4" → "−5.4"; with plus: "5.4" → "+5.4". */
export function signed(shown: string | null | undefined, plus = false): string {
  if (!shown) return ''
  if (shown.startsWith('-')) return `−${shown.slice(1)}`
  return plus && Number(shown) > 0 ? `+${shown}` : shown
}

/** Distance without its sign: the word beside it says on which side. */
export const distance = (shown: string | null | undefined): string => (shown ?? '').replace(/^[-−+]/, '')

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  if (n < 1024 * 1024) return `${Math.round(n / 1024)} KB`
  return `${(n / 1024 / 1024).toFixed(1)} MB`
}

/** Round steps for an axis: at most `most` lines that cover low … high. */
export function ticks(low: number, high: number, most = 5): number[] {
  if (!(high > low)) return [low]
  const raw = (high - low) / Math.max(1, most - 1)
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw - 1e-12) ?? raw
  const out: number[] = []
  for (let k = Math.floor(low / step + 1e-9); k * step <= high + step * 0.999; k++) {
    out.push(Number((k * step).toPrecision(12)))
  }
  return out
}
