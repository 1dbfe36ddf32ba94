// Short addresses that stay: #/c/COUNCIL, #/p/POLL, #/about. Nothing a visitor types is ever in one.
import { onBeforeUnmount, shallowRef, type ShallowRef } from 'vue'

export type Route =
  | { page: 'home' }
  | { page: 'about' }
  | { page: 'council'; key: string }
  | { page: 'poll'; key: string }

const ID = /^[1-9A-HJ-NP-Za-km-z]{14,22}$/

export function parseRoute(hash: string): Route {
  const [kind, key = ''] = hash.replace(/^#\/?/, '').split('/')
  if (kind === 'c' && ID.test(key)) return { page: 'council', key }
  if (kind === 'p' && ID.test(key)) return { page: 'poll', key }
  return kind === 'about' ? { page: 'about' } : { page: 'home' }
}

export function useRoute(): ShallowRef<Route> {
  const route = shallowRef<Route>(parseRoute(location.hash))
  const follow = () => {
    route.value = parseRoute(location.hash)
    scrollTo(0, 0)
  }
  addEventListener('hashchange', follow)
  onBeforeUnmount(() => removeEventListener('hashchange', follow))
  return route
}
