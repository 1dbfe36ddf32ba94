// What every part of the page needs: the screen, the link, how it looks.
import { inject, type ComputedRef, type InjectionKey, type ShallowRef } from 'vue'
import type { Look } from '@/apps/kiosk/look'
import type { KioskLink } from '@/apps/kiosk/link'
import type { Screen, TapAction } from '@/gen/screen'
import { say, type Values } from '@/apps/kiosk/kit/words'

export interface Kiosk {
  link: KioskLink
  screen: ShallowRef<Screen>
  look: ComputedRef<Look>
}

export const kioskKey: InjectionKey<Kiosk> = Symbol('kiosk')

export function useKiosk() {
  const kiosk = inject(kioskKey)!
  return {
    ...kiosk,
    tap: kiosk.link.tap.bind(kiosk.link),
    may: (action: TapAction) => kiosk.screen.value.may.includes(action),
    /** plain text, for labels that are not seen */
    sentence: (key: string, values?: Values) => say(key, kiosk.look.value.language, values).text,
  }
}
