// Sites as people look for them: by name, pinyin initials or code.
import type { ProvinceIndicator, Site, SiteReading } from '../api/types'
import type { State } from './tone'

export function siteFits(s: Pick<Site, 'code' | 'name' | 'initials'>, typed: string): boolean {
  const q = typed.trim().toLowerCase()
  return !q || s.name.toLowerCase().includes(q) || s.initials.includes(q) || String(s.code).startsWith(q)
}
export const siteName = (s: Pick<Site, 'code' | 'name'>): string => s.name || String(s.code)
export const sitePath = (code: number): string => `/s/${code}/`

const TONES: Record<Site['state'], State> = { open: 'green', standby: 'amber', 'cut-off': 'red', closed: 'red' }
export const siteTone = (s: Pick<Site, 'state'>): State => TONES[s.state] ?? 'none'
/** The key of the word for a state. */
export const siteWord = (s: Pick<Site, 'state'>): string => `sites.is.${s.state === 'cut-off' ? 'cut' : s.state}`

export const offCount = (i: Pick<ProvinceIndicator, 'sites'>): number => i.sites.filter((s) => s.met === false).length

/** Those off course first, the worst on top; then those without a target or a value. */
export function worstFirst(i: Pick<ProvinceIndicator, 'sites' | 'better'>): SiteReading[] {
  const rank = (s: SiteReading): number => (s.met === false ? 0 : s.met === null ? 2 : 1)
  const sign = i.better === 'lower' ? -1 : 1
  return [...i.sites].sort((a, b) => rank(a) - rank(b) || sign * ((a.value ?? 0) - (b.value ?? 0)) || a.code - b.code)
}
