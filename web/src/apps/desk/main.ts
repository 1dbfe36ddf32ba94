import { createApp } from 'vue'
import { makeI18n } from '@/i18n'
import en from '@/i18n/desk/en.json'
import zh from '@/i18n/desk/zh-CN.json'
import App from '@/apps/desk/App.vue'
import { router } from '@/apps/desk/router'
import 'element-plus/theme-chalk/base.css'
import '@/apps/desk/desk.css'

createApp(App).use(makeI18n(zh, en)).use(router).mount('#app')
