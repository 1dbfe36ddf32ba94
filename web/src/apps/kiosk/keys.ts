// By keys and switches (KU-32): next, previous, choose. One switch is enough with scanning, which
// offers each button in turn. The order is that of the document, and so is the order read aloud.
import { onBeforeUnmount, watch, type Ref, type ShallowRef } from 'vue'
import type { Screen } from '@/gen/screen'

const NEXT = ['ArrowRight', 'ArrowDown']
const BEFORE = ['ArrowLeft', 'ArrowUp']

/** What can be reached now: nothing behind a cover, nothing on another page. */
export function reachable(): HTMLElement[] {
  const scope = document.querySelector('.cover') ?? document.querySelector('.panel-sheet') ?? document
  return [...scope.querySelectorAll<HTMLElement>('button:not([disabled]):not([data-skip])')].filter(
    (element) => !element.closest('[inert]') && getComputedStyle(element).visibility === 'visible',
  )
}

function move(by: number): void {
  // The frame's tools come last: content first, then what leads on, then help and settings.
  const all = reachable()
  if (all.length === 0) return
  const at = all.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? (by > 0 ? first(all) : all.length - 1) : (at + by + all.length) % all.length
  all[next]?.focus()
}

/** Where a new screen begins: its content, not the tools above it. */
function first(all: HTMLElement[]): number {
  const content = all.findIndex((element) => element.closest('.middle, .cover, .panel-sheet'))
  if (content >= 0) return content
  const onward = all.findIndex((element) => element.closest('.onward'))
  return Math.max(0, onward)
}

export function useKeys(screen: ShallowRef<Screen | undefined>, panel: Ref<boolean>): void {
  const onKey = (event: KeyboardEvent) => {
    if (NEXT.includes(event.key) || BEFORE.includes(event.key)) {
      event.preventDefault()
      move(NEXT.includes(event.key) ? 1 : -1)
    } else if (event.key === 'Escape' && panel.value) {
      panel.value = false
    } else if ((event.key === 'Enter' || event.key === ' ') && event.repeat) {
      event.preventDefault() // a switch that is held down is one press
    }
  }
  window.addEventListener('keydown', onKey)

  let timer: number | undefined
  watch(
    () => screen.value?.settings.scanning ?? 0,
    (seconds) => {
      window.clearInterval(timer)
      if (seconds > 0) timer = window.setInterval(() => move(1), seconds * 1000)
    },
    { immediate: true },
  )
  // The next child does not begin where the last one stopped.
  watch(
    () => screen.value?.name,
    (name) => {
      if (name === 'welcome') (document.activeElement as HTMLElement | null)?.blur()
    },
  )
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKey)
    window.clearInterval(timer)
  })
}
