// What a reject means, in the viewer's language (generated from proto/wire/def/error.def).
import en from '@/gen/sentences.en.json'
import zh from '@/gen/sentences.zh-CN.json'
import type { Reject } from '@/gen/protocol'
import type { Language } from '@/i18n'

/** The sentence of a reject, or undefined when this page is older than the server. */
export function explain(reject: Reject, language: Language): string | undefined {
  const sentences: Record<string, string> = language === 'en' ? en : zh
  return sentences[reject.code]?.replace(
    /\{(\w+)\}/g,
    (slot, name: string) => reject.params?.[name] ?? slot,
  )
}
