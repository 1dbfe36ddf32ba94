import { createRouter, createWebHashHistory } from 'vue-router'
import FollowPage from '@/apps/console/pages/FollowPage.vue'
import MeetingsPage from '@/apps/console/pages/MeetingsPage.vue'

export function makeRouter() {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', component: MeetingsPage },
      { path: '/meeting/:meeting', component: FollowPage, props: true },
      { path: '/:rest(.*)', redirect: '/' },
    ],
  })
}
