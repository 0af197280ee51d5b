// Periods: 2022-05, 2022Q2, 2022, and their names. A cumulative month means from January to it.
import type { Lang } from './dates'

const QUARTERS = ['一', '二', '三', '四']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export interface Period { year: number; month?: number; quarter?: number }

export function readPeriod(text: string): Period | null {
  let m = /^(\d{4})-(\d{2})$/.exec(text)
  if (m && Number(m[2]) >= 1 && Number(m[2]) <= 12) return { year: Number(m[1]), month: Number(m[2]) }
  m = /^(\d{4})-?Q([1-4])$/.exec(text)
  if (m) return { year: Number(m[1]), quarter: Number(m[2]) }
  m = /^(\d{4})$/.exec(text)
  return m ? { year: Number(m[1]) } : null
}

export function periodTitle(text: string | null | undefined, lang: Lang, cumulative = false): string {
  const p = text ? readPeriod(text) : null
  if (!p) return text ?? ''
  if (p.month) {
    if (lang === 'en') return `${cumulative && p.month > 1 ? 'Jan–' : ''}${MONTHS[p.month - 1]} ${p.year}`
    return `${p.year} 年 ${cumulative && p.month > 1 ? '1–' : ''}${p.month} 月`
  }
  if (p.quarter) return lang === 'en' ? `Q${p.quarter} ${p.year}` : `${p.year} 年${QUARTERS[p.quarter - 1]}季度`
  return lang === 'en' ? String(p.year) : `${p.year} 年`
}

/** On an axis: 1–5, 5月, 二季度. */
export function periodShort(text: string, lang: Lang, cumulative = false): string {
  const p = readPeriod(text)
  if (!p) return text
  if (p.month) {
    if (lang === 'en') return `${cumulative && p.month > 1 ? 'Jan–' : ''}${MONTHS[p.month - 1]}`
    return cumulative && p.month > 1 ? `1–${p.month}月` : `${p.month}月`
  }
  if (p.quarter) return lang === 'en' ? `Q${p.quarter}` : `${QUARTERS[p.quarter - 1]}季度`
  return String(p.year)
}

/** The same period a year earlier. */
export function yearBefore(text: string): string {
  return text.replace(/^\d{4}/, (y) => String(Number(y) - 1).padStart(4, '0'))
}
