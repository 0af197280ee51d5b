// Chinese first; English is fetched when it is asked for.
import { createI18n } from 'vue-i18n'
import { ref } from 'vue'
import { setLanguage } from '../api/client'
import { zh } from './zh'

export type Locale = 'zh' | 'en'
const stored = (): Locale => {
  try {
    return localStorage.getItem('bihuan.language') === '"en"' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}
export const locale = ref<Locale>('zh')
export const i18n = createI18n({ legacy: false, locale: 'zh', fallbackLocale: 'zh', messages: { zh } as Record<string, typeof zh> })
export const t = i18n.global.t

export async function useLanguage(to: Locale): Promise<void> {
  if (to === 'en') i18n.global.setLocaleMessage('en', (await import('./en')).en)
  i18n.global.locale.value = to
  locale.value = to
  setLanguage(to)
  document.documentElement.lang = to === 'en' ? 'en' : 'zh-CN'
  try {
    localStorage.setItem('bihuan.language', JSON.stringify(to))
  } catch {
    // not remembered, still switched
  }
}
export const useStoredLanguage = (): Promise<void> => useLanguage(stored())
