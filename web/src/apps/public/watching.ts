// A view for as long as the component that shows it lives.
import { onBeforeUnmount, type ShallowRef } from 'vue'
import type { Views } from '@/gen/protocol'
import type { Link } from '@/link/socket'

export function useView<V extends keyof Views>(
  link: Link,
  view: V,
  key: string,
): ShallowRef<Views[V] | null | undefined> {
  const seen = link.watch(view, key)
  onBeforeUnmount(() => seen.stop())
  return seen.body
}
