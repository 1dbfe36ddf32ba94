// Texts that people wrote for this poll, with the pinyin they approved and the clip that reads them.
import type { Spoken } from '@/apps/kiosk/kit/words'

export interface Content extends Spoken {
  clip?: string | undefined
}

type Written = string | { text: string; pinyin?: string[]; clip?: string }

export function content(written: Written): Content {
  if (typeof written === 'string') return { text: written, pinyin: [] }
  return { text: written.text, pinyin: written.pinyin ?? [], clip: written.clip }
}

/** The text of an option, a question or a choice. */
export function labelOf(thing: { text?: string; label?: Written }): Content {
  return content(thing.label ?? thing.text ?? '')
}
