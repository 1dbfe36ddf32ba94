import { createApp } from 'vue'
import { makeI18n } from '@/i18n'
import en from '@/i18n/public/en.json'
import zh from '@/i18n/public/zh-CN.json'
import App from '@/apps/public/App.vue'
import '@/apps/public/public.css'

createApp(App).use(makeI18n(zh, en)).mount('#app')
