// A first guess of how a text is read, for a person to check (KU-24): what is stored is what that
// person approved (docs/reading.md). The dictionary is loaded when somebody begins.

export interface Sign {
  char: string
  /** syllables with tone digits, as text.pinyin has them */
  reading: string
  /** all that it may be; more than one has to be confirmed */
  choices: string[]
  han: boolean
}

const DIGITS = ['ling2', 'yi1', 'er4', 'san1', 'si4', 'wu3', 'liu4', 'qi1', 'ba1', 'jiu3']

/** Numbers to 999 as they are said, longer ones digit by digit: syllables per digit. */
export function sayNumber(digits: string): string[] {
  const d = [...digits].map(Number)
  const say = (n: number | undefined) => DIGITS[n ?? 0] ?? ''
  if (d.length > 3 || (d.length > 1 && d[0] === 0)) return d.map(say)
  if (d.length === 1) return [say(d[0])]
  const tens = (ten: number, inside: boolean) =>
    ten === 0 ? '' : ten === 1 && !inside ? 'shi2' : `${say(ten)} shi2`
  if (d.length === 2) return [tens(d[0] ?? 0, false), d[1] ? say(d[1]) : '']
  const [hundred, ten, one] = d as [number, number, number]
  return [
    `${say(hundred)} bai3`,
    ten === 0 ? (one ? 'ling2' : '') : tens(ten, true),
    one ? say(one) : '',
  ]
}

const tone = (syllable: string) => syllable.replace(/0$/, '5')

export async function guess(text: string): Promise<Sign[]> {
  const { pinyin, polyphonic } = await import('pinyin-pro')
  const chars = Array.from(text)
  const said = pinyin(text, { toneType: 'num', type: 'all', v: true })
  const signs = chars.map((char, i): Sign => {
    const row = said[i]?.origin === char ? said[i] : undefined
    if (!/\p{Script=Han}/u.test(char)) return { char, reading: '', choices: [], han: false }
    const all = polyphonic(char, { toneType: 'num', type: 'array', v: true })[0] ?? []
    const reading = tone(row?.pinyin ?? all[0] ?? '')
    return { char, reading, choices: [...new Set([reading, ...all.map(tone)])], han: true }
  })
  for (const run of text.matchAll(/\d+/g)) {
    const from = Array.from(text.slice(0, run.index)).length
    sayNumber(run[0]).forEach((reading, i) => {
      const sign = signs[from + i]
      if (sign) sign.reading = reading
    })
  }
  return signs
}

const MARKS: Record<string, string> = { a: 'āáǎà', e: 'ēéěè', i: 'īíǐì', o: 'ōóǒò', u: 'ūúǔù', v: 'ǖǘǚǜ' }

/** hao3 → hǎo */
export function withMarks(reading: string): string {
  return reading
    .split(' ')
    .map((syllable) => {
      const match = /^([a-zv]+)([1-5])$/.exec(syllable)
      if (!match?.[1]) return syllable
      const letters = match[1]
      const at = /[ae]/.exec(letters)?.index ?? (letters.includes('ou') ? letters.indexOf('o') : Math.max(...[...'iouv'].map((v) => letters.lastIndexOf(v))))
      const mark = MARKS[letters[at] ?? '']?.[Number(match[2]) - 1]
      return (mark ? letters.slice(0, at) + mark + letters.slice(at + 1) : letters).replace(/v/g, 'ü')
    })
    .join('')
}
