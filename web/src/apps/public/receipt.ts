// Comparing a slip with the board. Pure; what is compared never leaves the page.
import type { ViewPublicReceipts } from '@/gen/protocol'

export interface Answer {
  /** counted: pictures and digits stand together on the board; code: the digits do, the pictures
   * were not given; elsewhere: the digits stand beside other pictures; other: these pictures stand
   * beside other digits; refused, voided, audited: named as that; none: nothing fits */
  kind: 'counted' | 'code' | 'elsewhere' | 'other' | 'refused' | 'voided' | 'audited' | 'none'
  /** what stands on the board */
  pictures?: number[]
}

const same = (a: readonly (number | undefined)[], b: readonly number[]) => b.every((n, i) => a[i] === n)

/** `chosen`: three pictures, undefined where none is chosen yet; `digits`: what was typed, digits
 * only. undefined: not enough to say anything. */
export function checkReceipt(
  board: ViewPublicReceipts,
  chosen: readonly (number | undefined)[],
  digits: string,
): Answer | undefined {
  const pictured = chosen.every((one) => one !== undefined)
  const coded = digits.length === 12
  if (!pictured && !coded) return undefined
  const code = digits.replace(/(\d{4})(\d{4})(\d{4})/, '$1-$2-$3')
  if (coded) {
    const row = board.counted.find((one) => one.code === code)
    if (row) {
      if (!pictured) return { kind: 'code', pictures: row.pictures }
      return { kind: same(chosen, row.pictures) ? 'counted' : 'elsewhere', pictures: row.pictures }
    }
    if (board.refused.includes(code)) return { kind: 'refused' }
  }
  if (pictured) {
    if (board.voided.some((one) => same(chosen, one.pictures))) return { kind: 'voided' }
    if (board.audited.some((one) => same(chosen, one.pictures))) return { kind: 'audited' }
    const row = board.counted.find((one) => same(chosen, one.pictures))
    if (row && coded) return { kind: 'other', pictures: row.pictures }
    if (row) return undefined // the digits are still to come
  }
  return { kind: 'none' }
}
