// Who is signed in, what the city has declared, what the person prefers.
import { computed, reactive, shallowRef } from 'vue'
import { api, onExpired, setCsrf, setLanguage } from '../api/client'
import { startLive, stopLive } from '../api/live'
import type { Catalogue, Code, Field, IndicatorHead, ItemLine, Me, OrgRef, Page, Title, TypeDecl } from '../api/types'
import { locale } from '../i18n'
import { setServerNow, type Lang } from '../lib/dates'

export const session = reactive<{ me: Me | null; counts: { tasks: number; items: number } }>({
  me: null,
  counts: { tasks: 0, items: 0 },
})
export const catalogue = shallowRef<Catalogue | null>(null)
/** Names of organisations by key, for the places where only a key is known. */
const orgNames = reactive<Record<string, string>>({})
export const lang = computed<Lang>(() => (locale.value === 'en' ? 'en' : 'zh'))

async function enter(me: Me): Promise<void> {
  setCsrf(me.csrf)
  setServerNow(me.now)
  catalogue.value = await api.get('/catalogue')
  session.me = me
  startLive()
  if (mayDo('core.org', 'read')) void nameOrgs()
}

async function nameOrgs(): Promise<void> {
  const page = await api.get('/records/{type}', { path: { type: 'core.org' }, query: { limit: 500 } }).catch(() => null)
  const key = typeOf('core.org')?.key[0] ?? 'code'
  for (const r of page?.records ?? []) orgNames[String(r.fields[key] ?? r.id)] = r.label
}
export const orgLabel = (org: OrgRef | string | null | undefined): string =>
  !org ? '' : typeof org === 'string' ? orgNames[org] ?? '' : org.label

/** Continues the session of the cookie; false when there is none. */
export async function resume(): Promise<boolean> {
  setLanguage(lang.value)
  if (session.me) return true
  try {
    await enter(await api.get('/me'))
    return true
  } catch (e) {
    if ((e as { status?: number }).status === 401) return false
    throw e
  }
}

export async function signIn(user: string, password: string): Promise<void> {
  setLanguage(lang.value)
  const s = await api.post('/session', { user, password })
  setCsrf(s.csrf)
  await enter(await api.get('/me'))
}

export async function signOut(): Promise<void> {
  await api.remove('/session').catch(() => undefined)
  leave()
}

export function leave(): void {
  stopLive()
  session.me = null
  catalogue.value = null
  setCsrf('')
}
export const whenExpired = (f: () => void): void => onExpired(() => { leave(); f() })

/* ---- what was declared ---- */
export const say = (t: Title | string | null | undefined): string =>
  !t ? '' : typeof t === 'string' ? t : (lang.value === 'en' ? t.en : t.zh) || t.zh || t.en

export const typeOf = (name: string): TypeDecl | undefined => catalogue.value?.types[name]
export const fieldOf = (type: string, field: string): Field | undefined =>
  typeOf(type)?.fields.find((f) => f.name === field)
export const mayDo = (type: string, act: string): boolean => Boolean(typeOf(type)?.may.includes(act as 'read'))
/** Does the server search this type by text? */
export const searches = (type: string): boolean => Boolean(typeOf(type)?.fields.some((f) => f.search))
export const codesOf = (list: string | undefined): Code[] => (list && catalogue.value?.codes[list]?.items) || []
export const codeTitle = (list: string | undefined, code: unknown): string => {
  const found = codesOf(list).find((c) => c.code === code)
  return found ? say(found.title) : String(code ?? '')
}
export const roleTitle = (name: string | null | undefined): string =>
  say(catalogue.value?.roles.find((r) => r.name === name)?.title)
export const indicatorHead = (name: string): IndicatorHead | undefined =>
  catalogue.value?.indicators.find((i) => i.name === name)

/** Records a watch opens have a page of their own. */
export const isItem = (type: string): boolean => Boolean(typeOf(type)?.item) || type === 'reform.item'
export const recordPath = (type: string, id: number | string): string =>
  isItem(type) ? `/items/${id}` : `/records/${type}/${id}`
/** The type of the work list, if some application has one. */
export const workType = (): TypeDecl | undefined => {
  for (const [name, page] of Object.entries(catalogue.value?.pages ?? {})) {
    const type = page.kind === 'board' ? pageType(name, page) : undefined
    if (type && !isItem(type.name)) return type
  }
  return typeOf('reform.work')
}
/** A page says "work" where it means a type of its own application. */
export const pageType = (name: string, page: Page): TypeDecl | undefined =>
  page.type ? typeOf(page.type) ?? typeOf(`${name.split('.')[0]}.${page.type}`) : undefined
export const cockpitTitle = (): string => say(Object.values(catalogue.value?.pages ?? {}).find((p) => p.kind === 'cockpit')?.title)
export const isClosed = (i: ItemLine): boolean => Boolean(i.closed_at) || i.state === 'closed' || i.status === 'closed'

/* ---- what the person prefers, kept in this browser ---- */
export function remembered<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`bihuan.${key}`)
    return text === null ? fallback : (JSON.parse(text) as T)
  } catch {
    return fallback
  }
}
export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`bihuan.${key}`, JSON.stringify(value))
  } catch {
    // a browser without storage forgets; nothing else depends on it
  }
}
