// How the page looks: the agent's settings and device, put on the document as attributes and sizes.
// Everything is measured in millimetres of the real screen (KU-01, KU-21): --mm is one of them.
import type { ComputedRef, InjectionKey } from 'vue'
import type { Band, Screen, Theme } from '@/gen/screen'

export type Language = 'zh' | 'en'

export interface Look {
  band: Band
  pinyin: boolean
  language: Language
  size: number
  theme: Theme
  left: boolean
  low: boolean
  still: boolean
}

export const lookKey: InjectionKey<ComputedRef<Look>> = Symbol('look')

/** Factor of each size (KU-21). */
export const SIZES = [1, 1.25, 1.5, 2] as const

const opened: Language = new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'zh'
const ORDINARY_MM = 215 // the short side of a screen of 15 or 16 inches
const UNKNOWN_PX_PER_MM = 96 / 25.4 // an installer who did not measure

export function lookOf(screen: Screen | undefined): Look {
  const settings = screen?.settings
  const band: Band = settings?.band ?? screen?.band ?? 'C'
  const wished = settings?.language ?? 'page'
  const language = wished === 'page' ? opened : wished
  const pinyin = settings?.pinyin === 'on' || (settings?.pinyin !== 'off' && band === 'A')
  return {
    band,
    language,
    pinyin: pinyin && language === 'zh',
    size: settings?.size ?? 0,
    theme: settings?.theme ?? 'warm',
    left: settings?.left ?? false,
    low: settings?.low ?? false,
    still: settings?.still ?? false,
  }
}

/** CSS pixels to a millimetre. */
export function pxPerMm(screen: Screen | undefined): number {
  const device = screen?.device
  return device ? device.px_width / device.mm_width / devicePixelRatio : UNKNOWN_PX_PER_MM
}

export function applyLook(look: Look, screen: Screen | undefined): void {
  const root = document.documentElement
  root.lang = look.language === 'en' ? 'en' : 'zh-CN'
  root.dataset.theme = look.theme
  root.dataset.band = look.band
  root.dataset.size = String(look.size)
  root.dataset.pinyin = String(look.pinyin)
  root.dataset.left = String(look.left)
  root.dataset.low = String(look.low)
  root.dataset.still = String(look.still)
  root.style.setProperty('--mm', `${pxPerMm(screen)}px`)
  const device = screen?.device
  const short = device ? Math.min(device.mm_width, device.mm_height) : ORDINARY_MM
  root.style.setProperty('--room', String(Math.min(1.25, Math.max(1, short / ORDINARY_MM))))
  root.style.setProperty('--size', String(SIZES[look.size] ?? 1))
}
