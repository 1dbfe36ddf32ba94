// Codes on office cards: for pages the address with the code in its fragment, for booths the digits
// that they scan (docs/kiosk.md).
import QRCode from 'qrcode'
import type { Office } from '@/gen/protocol'

const DIGITS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const LENGTH = 44

/** `TS1.card.` and the 32 bytes of the token as 44 digits, big-endian. */
export function boothCode(token: string): string {
  const bytes = Uint8Array.from(atob(token), (char) => char.charCodeAt(0))
  const digits = new Uint8Array(LENGTH)
  for (const byte of bytes) {
    let carry = byte
    for (let i = 0; i < LENGTH; i++) {
      carry += (digits[i] ?? 0) * 256
      digits[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
  }
  return `TS1.card.${Array.from(digits, (digit) => DIGITS[digit]).reverse().join('')}`
}

/** Absent: the big screen. */
export function pageAddress(token: string, office: Office | undefined): string {
  return `${location.origin}/${office ? 'console' : 'screen'}/#card=${token}`
}

export async function picture(text: string): Promise<string> {
  const svg = await QRCode.toString(text, { type: 'svg', errorCorrectionLevel: 'Q', margin: 2 })
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
}
