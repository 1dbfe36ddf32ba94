// Reads the screen aloud from clips, one after the other; never by a machine's guess at the text
// (KU-25 to KU-27). Also the small sound of a touch (KU-03).
import { onBeforeUnmount, ref, watch, type ComputedRef, type ShallowRef } from 'vue'
import { onPress } from '@/apps/kiosk/kit/press'
import type { Look } from '@/apps/kiosk/look'
import { scriptOf, type Part } from '@/apps/kiosk/script'
import type { Screen } from '@/gen/screen'

/** x0.5 ... x2 in seven steps. */
export const SPEEDS = [0.5, 0.65, 0.8, 1, 1.25, 1.6, 2] as const
const VOLUMES = [0, 0.25, 0.5, 0.75, 1] as const

// Clips of the page's own sentences, made when it was built: key -> address.
const files = import.meta.glob<string>('./clips/*.ogg', { eager: true, query: '?url', import: 'default' })
const own = new Map(Object.entries(files).map(([path, url]) => [path.slice('./clips/'.length, -'.ogg'.length), url]))

function addressOf(part: Part): string | undefined {
  return 'clip' in part ? `/assets/clip/${part.clip}` : own.get(part.key)
}

const can = ref(own.size > 0)
const playing = ref(false)
let element: HTMLAudioElement | undefined
let queue: string[] = []
let at = 0

function step(): void {
  const url = queue[at]
  if (!element || url === undefined) {
    playing.value = false
    return
  }
  element.src = url
  element.preservesPitch = true
  void element.play().catch(() => undefined)
  playing.value = true
}

function begin(parts: Part[]): void {
  queue = parts.map(addressOf).filter((url): url is string => url !== undefined)
  at = 0
  step()
}

function hush(): void {
  queue = []
  playing.value = false
  if (!element) return
  element.pause()
  element.removeAttribute('src')
  element.load() // forgets what it held
}

export const voice = {
  /** is there anything to hear at all */
  can,
  playing,
  toggle(): void {
    if (!element || queue.length === 0) return
    if (playing.value) {
      element.pause()
      playing.value = false
    } else if (element.ended || at >= queue.length) {
      at = 0
      step()
    } else {
      void element.play()
      playing.value = true
    }
  },
  again(): void {
    at = 0
    step()
  },
}

/** A soft knock, drawn rather than recorded. */
function makeKnock(volume: () => number): () => void {
  let context: AudioContext | undefined
  return () => {
    if (volume() === 0) return
    context ??= new AudioContext()
    void context.resume()
    const now = context.currentTime
    const tone = context.createOscillator()
    const gain = context.createGain()
    tone.frequency.setValueAtTime(420, now)
    tone.frequency.exponentialRampToValueAtTime(180, now + 0.06)
    gain.gain.setValueAtTime(0.12 * volume(), now)
    gain.gain.exponentialRampToValueAtTime(0.0001, now + 0.07)
    tone.connect(gain).connect(context.destination)
    tone.start(now)
    tone.stop(now + 0.08)
  }
}

export function useVoice(screen: ShallowRef<Screen | undefined>, look: ComputedRef<Look>): void {
  element = new Audio()
  element.onended = element.onerror = () => {
    if (queue.length === 0) return
    at++
    step()
  }
  const volume = () => VOLUMES[screen.value?.settings.volume ?? 3] ?? 0.75
  const forget = onPress(makeKnock(volume))
  watch(
    () => [screen.value?.settings.speed, screen.value?.settings.volume] as const,
    ([speed]) => {
      element!.defaultPlaybackRate = element!.playbackRate = SPEEDS[speed ?? 3] ?? 1
      element!.volume = volume()
    },
    { immediate: true },
  )
  watch(screen, (now) => {
    if (now && !can.value) can.value = scriptOf(now).some((part) => 'clip' in part)
  })
  // Another screen, or reading was switched on: from its beginning. A choice on the same screen
  // does not start it anew.
  watch(
    () => {
      const now = screen.value
      if (!now?.settings.aloud || look.value.language !== 'zh') return ''
      return [now.name, now.question?.number, now.notice?.code, now.countdown !== undefined].join()
    },
    (what) => {
      if (what && screen.value) begin(scriptOf(screen.value))
      else hush()
    },
  )
  onBeforeUnmount(() => {
    forget()
    hush()
  })
}
