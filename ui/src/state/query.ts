// A question to the server: loading, answer, refusal; what was shown stays while it is asked again.
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Problem } from '../api/client'
import { onChange, type ChangeEvent } from '../api/live'

export interface Query<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<Problem | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}
interface How {
  on?: () => unknown
  live?: (e: ChangeEvent) => boolean
  /** true when the new question is about something else: what was shown is cleared */
  fresh?: boolean
}

export function useQuery<T>(ask: (signal: AbortSignal) => Promise<T>, how: How = {}): Query<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<Problem | null>(null)
  const loading = ref(true)
  let turn: AbortController | null = null

  async function reload(): Promise<void> {
    turn?.abort()
    const mine = (turn = new AbortController())
    loading.value = true
    try {
      const answer = await ask(mine.signal)
      if (turn !== mine) return
      data.value = answer
      error.value = null
    } catch (e) {
      if (turn !== mine || (e as Error).name === 'AbortError') return
      error.value = asProblem(e)
    } finally {
      if (turn === mine) loading.value = false
    }
  }

  if (how.on) {
    watch(how.on, () => {
      if (how.fresh) data.value = null
      void reload()
    })
  }
  if (how.live) {
    const wanted = how.live
    let timer = 0
    onChange((e) => {
      if (!wanted(e)) return
      clearTimeout(timer)
      timer = window.setTimeout(() => void reload(), 120)
    })
  }
  void reload()
  return { data, error, loading, reload }
}

export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  const detail = e instanceof Error ? e.message : String(e)
  return new Problem(0, { type: '/problems/page', title: detail, status: 0, detail })
}
