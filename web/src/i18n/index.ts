// Languages of a page: its own sentences and the common ones. Sentences of rejects: link/reject.ts.
import { createI18n } from 'vue-i18n'
import commonEn from '@/i18n/common/en.json'
import commonZh from '@/i18n/common/zh-CN.json'

export type Language = 'zh-CN' | 'en'
type Tree = { [key: string]: string | Tree }

const STORED = 'tongsheng.language'

/** The language asked for: `?lang=en`, what this device chose last, else Chinese. */
export function preferredLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang')
  let stored: string | null = null
  try {
    stored = localStorage.getItem(STORED)
  } catch {
    // a browser without storage keeps its choice for as long as the page is open
  }
  return (asked ?? stored) === 'en' ? 'en' : 'zh-CN'
}

export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // as above
  }
}

/** `zh` and `en` are the sentences of one app. */
export function makeI18n(zh: Tree, en: Tree) {
  const locale = preferredLanguage()
  document.documentElement.lang = locale
  return createI18n({
    legacy: false,
    locale,
    fallbackLocale: false,
    missingWarn: true,
    warnHtmlMessage: false,
    messages: {
      'zh-CN': { ...commonZh, ...zh },
      en: { ...commonEn, ...en },
    },
  })
}
