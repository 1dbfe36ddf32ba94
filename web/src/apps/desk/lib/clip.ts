// Plays a clip of the view `clip`. Through Web Audio: the policy of the pages lets no other source in.
import { watch } from 'vue'
import type { Link } from '@/link/socket'

let audio: AudioContext | undefined

export function playClip(link: Link, id: string): void {
  audio ??= new AudioContext()
  const context = audio
  const seen = link.watch('clip', id)
  const stop = watch(
    [seen.body, seen.reject],
    async ([clip, reject]) => {
      if (clip === undefined && !reject) return
      queueMicrotask(() => {
        stop()
        seen.stop()
      })
      if (!clip) return
      const bytes = Uint8Array.from(atob(clip.data), (c) => c.charCodeAt(0))
      const source = context.createBufferSource()
      source.buffer = await context.decodeAudioData(bytes.buffer)
      source.connect(context.destination)
      source.start()
    },
    { immediate: true },
  )
}
