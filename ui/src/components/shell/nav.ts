// What stands in the navigation, for this person and these applications.
import { computed } from 'vue'
import { t } from '../../i18n'
import { catalogue, isItem, mayDo, say, session, workType } from '../../state/session'

export interface NavLink { to: string; text: string; key?: string; count?: number; urgent?: boolean; icon?: 'home' | 'task' | 'plus' | 'item' | 'chart' | 'file'; test: string }
export interface NavGroup { title: string; links: NavLink[] }

export const mainLinks = computed<NavLink[]>(() => {
  const out: NavLink[] = [
    { to: '/cockpit', text: t('nav.cockpit'), key: 'c', icon: 'home', test: 'nav-cockpit' },
    { to: '/tasks', text: t('nav.tasks'), key: 't', count: session.counts.tasks, urgent: true, icon: 'task', test: 'nav-tasks' },
    { to: '/start', text: t('nav.start'), key: 's', icon: 'plus', test: 'nav-start' },
    { to: '/items', text: t('nav.items'), key: 'i', count: session.counts.items, icon: 'item', test: 'nav-items' },
  ]
  if (workType() && mayDo(workType()!.name, 'read')) out.push({ to: '/work', text: t('nav.work'), key: 'w', icon: 'file', test: 'nav-work' })
  out.push({ to: '/indicators', text: t('nav.indicators'), key: 'n', icon: 'chart', test: 'nav-indicators' })
  return out
})

export const groups = computed<NavGroup[]>(() => {
  const c = catalogue.value
  const me = session.me
  if (!c || !me) return []
  const out: NavGroup[] = []
  for (const app of c.apps) {
    const links = app.types
      .filter((n) => mayDo(n, 'read') && !isItem(n) && n !== workType()?.name)
      .map((n) => ({ to: `/records/${n}`, text: say(c.types[n].title), test: `nav-type-${n}` }))
    if (links.length) out.push({ title: say(app.title), links })
  }
  out.push({
    title: t('nav.rules'),
    links: [{ to: '/decisions', text: t('nav.decisions'), key: 'd', test: 'nav-decisions' }, { to: '/feel', text: t('nav.feel'), key: 'f', test: 'nav-feel' }],
  })
  const care: NavLink[] = []
  if (me.audits) care.push({ to: '/ledger', text: t('nav.ledger'), key: 'l', test: 'nav-ledger' })
  if (me.administers) care.push({ to: '/processes', text: t('nav.processes'), key: 'p', test: 'nav-processes' })
  if (me.administers) care.push({ to: '/admin/users', text: t('nav.users'), key: 'u', test: 'nav-users' })
  if (care.length) out.push({ title: t('nav.care'), links: care })
  return out
})
