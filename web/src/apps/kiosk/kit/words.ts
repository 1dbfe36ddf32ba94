// Sentences of the page with their approved pinyin (KU-23, KU-24).
import en from '@/i18n/kiosk/en.json'
import commonEn from '@/i18n/common/en.json'
import pinyinTable from '@/i18n/kiosk/pinyin.json'
import picturePinyin from '@/lib/pictures.pinyin.json'
import zh from '@/i18n/kiosk/zh-CN.json'
import commonZh from '@/i18n/common/zh-CN.json'
import type { Language } from '@/apps/kiosk/look'

type Tree = { [key: string]: string | Tree }
export type Values = Record<string, string | number>

/** A text and, per character, how it is read ("" where nothing is). */
export interface Spoken {
  text: string
  pinyin: readonly string[]
}

const HAN = /\p{Script=Han}/u
const trees: Record<Language, Tree> = { zh: { ...commonZh, ...zh }, en: { ...commonEn, ...en } }
const sounds: Record<string, string> = {
  ...(pinyinTable as Record<string, string>),
  ...Object.fromEntries(Object.entries(picturePinyin).map(([n, text]) => [`pictures.${n}`, text])),
}

function template(key: string, language: Language): string {
  let at: string | Tree | undefined = trees[language]
  for (const part of key.split('.')) at = typeof at === 'object' ? at[part] : undefined
  if (typeof at !== 'string') throw new Error(`no sentence ${key}`)
  return at
}

/** The sentence with its parameters filled in. */
export function say(key: string, language: Language, values: Values = {}): Spoken {
  const syllables = language === 'zh' ? (sounds[key]?.split(' ') ?? []) : []
  let next = 0
  let text = ''
  const pinyin: string[] = []
  for (const part of template(key, language).split(/(\{\w+\})/)) {
    const slot = /^\{(\w+)\}$/.exec(part)?.[1]
    const words = slot === undefined ? part : String(values[slot] ?? '')
    text += words
    for (const character of words)
      pinyin.push(slot === undefined && HAN.test(character) ? (syllables[next++] ?? '') : '')
  }
  return { text, pinyin: syllables.length ? pinyin : [] }
}

export function hasSentence(key: string): boolean {
  try {
    return template(key, 'zh') !== ''
  } catch {
    return false
  }
}
