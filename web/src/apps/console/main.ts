import { createApp } from 'vue'
import { makeI18n } from '@/i18n'
import en from '@/i18n/console/en.json'
import zh from '@/i18n/console/zh-CN.json'
import App from '@/apps/console/App.vue'
import '@/apps/console/session' // takes a card's code out of the address before the router reads it
import { makeRouter } from '@/apps/console/router'
import 'element-plus/es/components/base/style/css'
import '@/apps/console/console.css'

createApp(App).use(makeI18n(zh, en)).use(makeRouter()).mount('#app')
