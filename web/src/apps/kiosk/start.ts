import { createApp, type Component } from 'vue'
import { makeI18n } from '@/i18n'
import App from '@/apps/kiosk/App.vue'
import '@/apps/kiosk/kiosk.css'
import en from '@/i18n/kiosk/en.json'
import zh from '@/i18n/kiosk/zh-CN.json'

export function start(camera?: Component): void {
  createApp(App, camera ? { camera } : {}).use(makeI18n(zh, en)).mount('#app')
}
