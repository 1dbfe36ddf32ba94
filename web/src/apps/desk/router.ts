// Addresses of the desk. Everything behind the first page is loaded when it is opened (FE-02).
import { createRouter, createWebHashHistory } from 'vue-router'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('@/apps/desk/pages/Home.vue') },
    { path: '/bodies', name: 'bodies', component: () => import('@/apps/desk/pages/Bodies.vue') },
    { path: '/staff', name: 'staff', component: () => import('@/apps/desk/pages/Staff.vue') },
    { path: '/devices', name: 'devices', component: () => import('@/apps/desk/pages/Devices.vue') },
    { path: '/roster', name: 'roster', component: () => import('@/apps/desk/pages/Roster.vue') },
    {
      path: '/roster/import',
      name: 'roster-import',
      component: () => import('@/apps/desk/pages/RosterImport.vue'),
    },
    {
      path: '/meetings',
      name: 'meetings',
      component: () => import('@/apps/desk/pages/Meetings.vue'),
    },
    {
      path: '/meetings/new',
      name: 'meeting-new',
      component: () => import('@/apps/desk/pages/MeetingNew.vue'),
    },
    {
      path: '/meetings/:meeting/:part?',
      name: 'meeting',
      component: () => import('@/apps/desk/pages/Meeting.vue'),
    },
    { path: '/packs', name: 'packs', component: () => import('@/apps/desk/pages/Packs.vue') },
    { path: '/results', name: 'results', component: () => import('@/apps/desk/pages/Results.vue') },
    {
      path: '/settings',
      name: 'settings',
      component: () => import('@/apps/desk/pages/Settings.vue'),
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
