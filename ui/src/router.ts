// Addresses of screens. Every view is loaded when it is opened, the cockpit aside.
import { createRouter, createWebHistory } from 'vue-router'
import { place } from './lib/place'
import { resume, session, whenExpired } from './state/session'
import { aboveSites } from './state/sites'

export const router = createRouter({
  history: createWebHistory(`${place}/`),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: () => import('./views/SitesView.vue'), meta: { bare: true }, beforeEnter: () => aboveSites() || '/cockpit' },
    { path: '/sign-in', name: 'signin', component: () => import('./views/SignIn.vue'), meta: { bare: true } },
    { path: '/cockpit', component: () => import('./views/CockpitView.vue') },
    { path: '/tasks', component: () => import('./views/TasksView.vue') },
    { path: '/tasks/:id(\\d+)', component: () => import('./views/TaskView.vue') },
    { path: '/start', component: () => import('./views/StartView.vue') },
    { path: '/start/:name', component: () => import('./views/StartForm.vue') },
    { path: '/instances/:id(\\d+)', component: () => import('./views/InstanceView.vue') },
    { path: '/processes', component: () => import('./views/ProcessesView.vue') },
    { path: '/processes/:name', component: () => import('./views/ProcessView.vue') },
    { path: '/processes/:name/model', component: () => import('./views/ModelView.vue') },
    { path: '/items', component: () => import('./views/ItemsView.vue') },
    { path: '/items/:id(\\d+)', component: () => import('./views/ItemView.vue') },
    { path: '/work', component: () => import('./views/WorkView.vue') },
    { path: '/indicators', component: () => import('./views/IndicatorsView.vue') },
    { path: '/indicators/:name', component: () => import('./views/IndicatorView.vue') },
    { path: '/records/:type', component: () => import('./views/RecordsView.vue') },
    { path: '/records/:type/new', component: () => import('./views/RecordEdit.vue') },
    { path: '/records/:type/:id(\\d+)', component: () => import('./views/RecordView.vue') },
    { path: '/records/:type/:id(\\d+)/edit', component: () => import('./views/RecordEdit.vue') },
    { path: '/decisions', component: () => import('./views/DecisionsView.vue') },
    { path: '/decisions/:app/:name', component: () => import('./views/DecisionView.vue') },
    { path: '/feel', component: () => import('./views/FeelView.vue') },
    { path: '/search', component: () => import('./views/SearchView.vue') },
    { path: '/ledger', component: () => import('./views/LedgerView.vue') },
    { path: '/admin/:tab(users|roles)', component: () => import('./views/AdminView.vue') },
    { path: '/admin', redirect: '/admin/users' },
    { path: '/account', component: () => import('./views/AccountView.vue') },
    { path: '/:rest(.*)*', component: () => import('./views/NowhereView.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (aboveSites()) return to.path === '/' || '/'
  if (to.meta.bare) return true
  if (session.me) return true
  try {
    if (await resume()) return true
  } catch {
    return { path: '/sign-in', query: { to: to.fullPath, lost: '1' } }
  }
  return { path: '/sign-in', query: to.fullPath === '/' || to.fullPath === '/cockpit' ? {} : { to: to.fullPath } }
})

whenExpired(() => {
  const here = router.currentRoute.value
  if (!here.meta.bare) void router.replace({ path: '/sign-in', query: { to: here.fullPath, expired: '1' } })
})
