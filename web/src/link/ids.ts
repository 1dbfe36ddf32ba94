// Command ids: 128 random bits as 22 Base58 characters (docs/protocol/conventions.md).
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

export function drawId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const digits = new Uint8Array(22) // base 58, least significant first; 58^22 > 2^128
  for (const byte of bytes) {
    let carry = byte
    for (let i = 0; i < digits.length; i++) {
      carry += (digits[i] ?? 0) * 256
      digits[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
  }
  return Array.from(digits, (digit) => ALPHABET[digit]).reverse().join('')
}
