// Which sites this server has, and which of them this window is in.
import { computed, reactive } from 'vue'
import { api } from '../api/client'
import type { Sites } from '../api/types'

export const sites = reactive<Sites>({ here: null, sites: [], province: 'closed' })

/** Before the first page: of a server that cannot be reached the page itself will say so. */
export async function learnSites(): Promise<void> {
  const answer = await api.get('/sites').catch(() => null)
  if (answer) Object.assign(sites, answer)
}
export const several = computed(() => sites.sites.length > 1)
/** The first page of a server with several sites: no site is chosen yet. */
export const aboveSites = (): boolean => several.value && !sites.here
