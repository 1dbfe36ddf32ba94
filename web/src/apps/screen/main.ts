import { createApp } from 'vue'
import { makeI18n } from '@/i18n'
import en from '@/i18n/screen/en.json'
import zh from '@/i18n/screen/zh-CN.json'
import App from '@/apps/screen/App.vue'
import '@/apps/screen/screen.css'

// A new link opened in the same tab changes nothing but the fragment.
addEventListener('hashchange', () => location.reload())

createApp(App).use(makeI18n(zh, en)).mount('#app')
