// Nobody touches the wall: what does not fit goes by page after page.
import { computed, onBeforeUnmount, shallowRef, watch, type ComputedRef } from 'vue'

const PAGE_MS = 10_000

export function usePages(pages: () => number): {
  page: ComputedRef<number>
  pages: ComputedRef<number>
} {
  const turn = shallowRef(0)
  const count = computed(() => Math.max(1, pages()))
  const timer = setInterval(() => (turn.value = (turn.value + 1) % count.value), PAGE_MS)
  watch(count, () => (turn.value = 0))
  onBeforeUnmount(() => clearInterval(timer))
  return { page: computed(() => turn.value % count.value), pages: count }
}

/** Width and height of the page in rem, kept up to date. */
export function useSize(): { width: ComputedRef<number>; height: ComputedRef<number> } {
  const box = shallowRef({ width: innerWidth, height: innerHeight })
  const measure = () => (box.value = { width: innerWidth, height: innerHeight })
  addEventListener('resize', measure)
  onBeforeUnmount(() => removeEventListener('resize', measure))
  const rem = computed(() => box.value.height / 24)
  return {
    width: computed(() => box.value.width / rem.value),
    height: computed(() => box.value.height / rem.value),
  }
}
