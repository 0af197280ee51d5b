// A series beside the one of the year before.
import type { Point } from '../api/types'
import { inUnit } from './number'
import { yearBefore } from './period'

export interface Row {
  period: string
  value: number
  shown: string
  target: number | null
  shownTarget: string
  prior: number | null
  priorShown: string
  met: boolean | null
  provisional: boolean
}

/** The last `most` points in the unit, each with its target and what stood there a year earlier. */
/** A cumulative indicator starts anew each January: only the latest year is drawn, the year before behind it. */
export function rows(series: Point[], unit: string, most = 17, cumulative = false): Row[] {
  const year = series[series.length - 1]?.period.slice(0, 4)
  const drawn = cumulative ? series.filter((p) => p.period.startsWith(year ?? '')) : series
  const by = new Map(series.map((p) => [p.period, p]))
  return drawn.slice(-most).map((p) => {
    const before = by.get(yearBefore(p.period))
    const prior = p.prior ?? before?.value ?? null
    const target = p.target ?? null
    return {
      period: p.period,
      value: inUnit(p.value, unit),
      shown: p.shown,
      target: target === null ? null : inUnit(target, unit),
      shownTarget: p.shown_target ?? (target === null ? '' : String(Number(inUnit(target, unit).toFixed(6)))),
      prior: prior === null ? null : inUnit(prior, unit),
      priorShown: p.prior_shown ?? before?.shown ?? '',
      met: p.met ?? null,
      provisional: p.provisional,
    }
  })
}
