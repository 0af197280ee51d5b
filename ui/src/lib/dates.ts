// Days and moments in the words of the office: 6 月 17 日, 今天 15:08, 剩 6 个工作日.
export type Lang = 'zh' | 'en'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
let offset = 0

/** The server's clock is the clock: a demonstration lives in its own time. */
export function setServerNow(iso: string, received = Date.now()): void {
  const at = Date.parse(iso)
  if (!Number.isNaN(at)) offset = at - received
}
export const now = (): Date => new Date(Date.now() + offset)

interface Parts { y: number; m: number; d: number; h: string; min: string }

/** Always Beijing time, wherever the browser stands. */
function parts(iso: string): Parts | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso)
  if (day) return { y: Number(day[1]), m: Number(day[2]), d: Number(day[3]), h: '', min: '' }
  const t = Date.parse(iso)
  if (Number.isNaN(t)) return null
  const b = new Date(t + 8 * 3600000)
  const two = (n: number): string => String(n).padStart(2, '0')
  return { y: b.getUTCFullYear(), m: b.getUTCMonth() + 1, d: b.getUTCDate(), h: two(b.getUTCHours()), min: two(b.getUTCMinutes()) }
}

const key = (p: Parts): string => `${p.y}-${String(p.m).padStart(2, '0')}-${String(p.d).padStart(2, '0')}`
export const today = (at = now()): string => key(parts(at.toISOString()) as Parts)

export function day(iso: string | null | undefined, lang: Lang, at = now()): string {
  const p = iso ? parts(iso) : null
  if (!p) return ''
  const same = p.y === (parts(at.toISOString()) as Parts).y
  if (lang === 'en') return `${p.d} ${MONTHS[p.m - 1]}${same ? '' : ` ${p.y}`}`
  return `${same ? '' : `${p.y} 年 `}${p.m} 月 ${p.d} 日`
}

export function moment(iso: string | null | undefined, lang: Lang, at = now()): string {
  const p = iso ? parts(iso) : null
  if (!p || !iso) return ''
  if (!p.h) return day(iso, lang, at)
  const clock = `${p.h}:${p.min}`
  if (key(p) === today(at)) return `${lang === 'en' ? 'today' : '今天'} ${clock}`
  if (key(p) === today(new Date(at.getTime() - 86400000))) return `${lang === 'en' ? 'yesterday' : '昨天'} ${clock}`
  return `${day(iso, lang, at)} ${clock}`
}

/** 2022-06-17 16:42:08 */
export function exact(iso: string): string {
  const p = parts(iso)
  if (!p) return iso
  const s = /:(\d{2})(?:[.Z+]|$)/.exec(iso.slice(14))
  return `${key(p)} ${p.h}:${p.min}${s ? `:${s[1]}` : ''}`
}

/** due_in_days counts working days, as the server sent it. */
export function remaining(days: number | null | undefined, lang: Lang): string {
  if (days === null || days === undefined) return lang === 'en' ? 'no deadline' : '无期限'
  if (lang === 'en') {
    if (days === 0) return 'due today'
    const n = Math.abs(days)
    const unit = n === 1 ? 'working day' : 'working days'
    return days > 0 ? `${n} ${unit} left` : `${n} ${unit} overdue`
  }
  if (days === 0) return '今天到期'
  return days > 0 ? `剩 ${days} 个工作日` : `逾期 ${-days} 个工作日`
}

/** How urgent: the groups of my work. */
export type Urgency = 'overdue' | 'today' | 'soon' | 'later'
export function urgency(days: number | null | undefined): Urgency {
  if (days === null || days === undefined) return 'later'
  if (days < 0) return 'overdue'
  if (days === 0) return 'today'
  return days <= 3 ? 'soon' : 'later'
}
