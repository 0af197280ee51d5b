// Start: language, which site, who is signed in, then the page.
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, useStoredLanguage } from './i18n'
import { router } from './router'
import { learnSites } from './state/sites'
import './styles/tokens.css'
import './styles/base.css'

void Promise.all([useStoredLanguage(), learnSites()]).then(() => createApp(App).use(i18n).use(router).mount('#app'))
