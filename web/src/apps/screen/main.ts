import { createApp } from 'vue'
import { makeI18n } from '@/i18n'
import en from '@/i18n/screen/en.json'
import zh from '@/i18n/screen/zh-CN.json'
import App from '@/apps/screen/App.vue'

createApp(App).use(makeI18n(zh, en)).mount('#app')
