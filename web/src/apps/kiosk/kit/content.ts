// Texts that people wrote for this poll, with the pinyin they approved and the clip that reads them.
import type { ScreenText } from '@/gen/screen'

/** What Ruby shows of it. */
export function shown(label: ScreenText): { text: string; pinyin: string[] } {
  return { text: label.text, pinyin: label.pinyin }
}
