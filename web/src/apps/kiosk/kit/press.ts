// What counts as a tap (KU-02, KU-03): the first finger only, down and up on the same thing, no
// palms, and nothing within 400 ms of the tap before. Keys and switches count as well.
import { ref, type Ref } from 'vue'

const AGAIN_MS = 400
const PALM_MM = 35

let finger: number | undefined
let last = -Infinity
const listeners = new Set<() => void>()

/** Called at every touch-down on something that can be tapped: the sound of it. */
export function onPress(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function isPalm(event: PointerEvent): boolean {
  const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm')) || 4
  return event.pointerType === 'touch' && Math.max(event.width, event.height) > PALM_MM * mm
}

function isInside(event: PointerEvent, element: Element): boolean {
  const box = element.getBoundingClientRect()
  return (
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
  )
}

export interface Press {
  down: Ref<boolean>
  on: Record<string, (event: never) => void>
}

/** Listeners for one button. `act` is called once for each tap. */
export function usePress(act: () => void, isOff: () => boolean): Press {
  const down = ref(false)
  const fire = () => {
    const now = performance.now()
    if (now - last < AGAIN_MS || isOff()) return
    last = now
    act()
  }
  const leave = (event: PointerEvent) => {
    if (event.pointerId !== finger) return false
    finger = undefined
    const was = down.value
    down.value = false
    return was
  }
  return {
    down,
    on: {
      pointerdown: (event: PointerEvent) => {
        if (finger !== undefined || event.button !== 0 || isPalm(event) || isOff()) return
        finger = event.pointerId
        down.value = true
        for (const listener of listeners) listener()
      },
      pointerup: (event: PointerEvent) => {
        if (leave(event) && isInside(event, event.currentTarget as Element)) fire()
      },
      pointercancel: (event: PointerEvent) => {
        leave(event)
      },
      // A click without a finger: Enter, Space, a switch.
      click: (event: MouseEvent) => {
        if (event.detail === 0) {
          for (const listener of listeners) listener()
          fire()
        }
      },
    } as Press['on'],
  }
}

// A finger that was lifted where no button was any more.
for (const name of ['pointerup', 'pointercancel'] as const)
  window.addEventListener(name, (event) => {
    if (event.pointerId === finger) window.setTimeout(() => { if (finger === event.pointerId) finger = undefined })
  })
// No menus, no dragging, no zooming (KU-02).
for (const name of ['contextmenu', 'dragstart', 'selectstart', 'gesturestart'])
  window.addEventListener(name, (event) => event.preventDefault())
window.addEventListener('wheel', (event) => { if (event.ctrlKey) event.preventDefault() }, { passive: false })
