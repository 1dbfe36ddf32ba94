// A text with pinyin above its characters where there is some and it is wanted. A character and the
// punctuation behind it stay together, and so do the letters of a word.
import { defineComponent, h, inject, type PropType, type VNode } from 'vue'
import { lookKey } from '@/apps/kiosk/look'

const CLOSING = /[，。！？；：、）》”’…,.!?;:)%]/u
const OPENING = /[（《“‘(]/u
const WORD = /[\p{Script=Latin}\p{N}'’-]/u

interface Unit {
  characters: { text: string; sound: string }[]
}

export function units(text: string, pinyin: readonly string[]): Unit[] {
  const found: Unit[] = []
  let glue = false
  for (const [at, character] of [...text].entries()) {
    const last = found[found.length - 1]
    const before = last?.characters[last.characters.length - 1]?.text ?? ''
    const joins = glue || (CLOSING.test(character) && character !== ' ') || (WORD.test(character) && WORD.test(before))
    const one = { text: character, sound: pinyin[at] ?? '' }
    if (last && joins) last.characters.push(one)
    else found.push({ characters: [one] })
    glue = OPENING.test(character)
  }
  return found
}

export default defineComponent({
  name: 'Ruby',
  props: {
    text: { type: String, required: true },
    pinyin: { type: Array as PropType<readonly string[]>, default: () => [] },
  },
  setup(props) {
    const look = inject(lookKey)
    return () => {
      if (!look?.value.pinyin || !props.pinyin.some(Boolean)) return props.text
      return h(
        'span',
        { class: 'ruby', lang: 'zh-CN' },
        units(props.text, props.pinyin).map((unit): VNode =>
          h(
            'span',
            { class: 'unit' },
            unit.characters.map((one) =>
              one.sound
                ? h('ruby', [one.text, h('rt', { 'aria-hidden': 'true' }, one.sound)])
                : one.text,
            ),
          ),
        ),
      )
    }
  },
})
