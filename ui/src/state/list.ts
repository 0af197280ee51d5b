// A record list: filters, sort, search and columns live in the address; pages come as one scrolls.
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, url, type Problem } from '../api/client'
import { onChange, touches } from '../api/live'
import type { Field, Rec, TypeDecl } from '../api/types'
import { readFilter, readSort, writeFilter, writeSort, type Filter, type Sort } from '../lib/filters'
import { asProblem } from './query'
import { remember, remembered, searches } from './session'

const PAGE = 100

export function useList(decl: ComputedRef<TypeDecl | undefined>) {
  const route = useRoute()
  const router = useRouter()
  const name = decl.value?.name ?? ''
  const all = (k: string): string[] => {
    const v = route.query[k]
    return (Array.isArray(v) ? v : v ? [v] : []).filter((x): x is string => Boolean(x))
  }
  // what was open yesterday opens as it was left
  if (!Object.keys(route.query).length) {
    const left = remembered<Record<string, string | string[]>>(`list.${name}`, {})
    if (Object.keys(left).length) void router.replace({ query: left })
  }
  const filters = computed<Filter[]>(() => all('f').map(readFilter).filter((f): f is Filter => Boolean(f)))
  const sort = computed<Sort | null>(() => readSort(String(route.query.sort ?? '')))
  const q = computed(() => String(route.query.q ?? ''))
  const chosen = ref<string[]>(remembered<string[]>(`columns.${name}`, []))
  const columns = computed<Field[]>(() => {
    const fields = decl.value?.fields ?? []
    const names = chosen.value.length ? chosen.value : decl.value?.list ?? []
    return names.map((n) => fields.find((f) => f.name === n)).filter((f): f is Field => Boolean(f))
  })
  function go(patch: Record<string, string | string[] | undefined>): void {
    const query = { ...route.query, ...patch } as Record<string, string | string[]>
    for (const k of Object.keys(query)) if (!query[k] || query[k].length === 0) delete query[k]
    remember(`list.${name}`, query)
    void router.replace({ query })
  }
  const query = computed(() => ({ filter: filters.value.map(writeFilter), q: searches(name) ? q.value : '', sort: writeSort(sort.value) }))

  const records = shallowRef<Rec[]>([])
  const total = ref<number | null>(null)
  const next = ref<string | null>(null)
  const loading = ref(true)
  const more = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const fresh = ref(0)
  let turn: AbortController | null = null

  async function load(keep = false): Promise<void> {
    turn?.abort()
    const mine = (turn = new AbortController())
    loading.value = true
    if (!keep) { records.value = []; total.value = null }
    try {
      const limit = keep ? Math.min(500, Math.max(PAGE, records.value.length)) : PAGE
      const page = await api.get('/records/{type}', { path: { type: name }, query: { ...query.value, limit, count: 1 }, signal: mine.signal })
      if (turn !== mine) return
      records.value = page.records
      next.value = page.next
      total.value = page.total ?? null
      problem.value = null
      fresh.value = 0
    } catch (e) {
      if (turn !== mine || (e as Error).name === 'AbortError') return
      problem.value = asProblem(e)
    } finally {
      if (turn === mine) loading.value = false
    }
  }
  async function loadMore(): Promise<void> {
    if (!next.value || more.value || loading.value) return
    more.value = true
    const mine = turn
    try {
      const page = await api.get('/records/{type}', { path: { type: name }, query: { ...query.value, limit: PAGE, after: next.value } })
      if (turn !== mine) return
      const have = new Set(records.value.map((r) => r.id))
      records.value = [...records.value, ...page.records.filter((r) => !have.has(r.id))]
      next.value = page.next
    } catch (e) {
      problem.value = asProblem(e)
    } finally {
      more.value = false
    }
  }
  watch(query, (a, b) => { if (JSON.stringify(a) !== JSON.stringify(b)) void load() })
  let timer = 0
  onChange((e) => {
    if (!touches(e, name)) return
    clearTimeout(timer)
    // a long list is not pulled away under the reader: it says that there is something new
    timer = window.setTimeout(() => { if (records.value.length <= 500) void load(true); else fresh.value++ }, 250)
  })
  void load()

  return {
    filters, sort, q, columns, records, total, next, loading, more, problem, fresh, load, loadMore,
    setFilters: (list: Filter[]) => go({ f: list.map(writeFilter) }),
    setSort: (s: Sort | null) => go({ sort: writeSort(s) }),
    setSearch: (text: string) => go({ q: text || undefined }),
    setColumns: (names: string[]) => { chosen.value = names; remember(`columns.${name}`, names) },
    clear: () => go({ f: [], q: undefined, sort: undefined }),
    exportUrl: (format: string) => url('/records/{type}/export.{format}', {
      path: { type: name, format }, query: { ...query.value, columns: columns.value.map((c) => c.name).join(',') },
    }),
  }
}
export type List = ReturnType<typeof useList>
