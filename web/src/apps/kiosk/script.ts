// What is read aloud of a screen, in order. Never what was chosen, unless headphones are plugged in
// (KU-13): then nobody else hears it.
import { noticeOf } from '@/apps/kiosk/kit/notice'
import type { Screen, ScreenText } from '@/gen/screen'

/** A sentence of the page by its key, or a text of the poll by its clip. */
export type Part = { key: string } | { clip: string; text: string }

const CHOICES = ['yna.for', 'yna.against', 'yna.abstain']

function read(words: ScreenText): Part[] {
  return words.clip ? [{ clip: words.clip, text: words.text }] : []
}

function options(screen: Screen): Part[] {
  const question = screen.question!
  const parts: Part[] = []
  for (const option of question.options) {
    const clip = read(option.label)
    if (clip.length) parts.push(...clip)
    else if (question.method === 'yna') parts.push({ key: CHOICES[option.option] ?? 'yna.abstain' })
    if (screen.headphones && option.chosen > 0) parts.push({ key: 'question.chosen' })
  }
  if (question.may_blank) parts.push({ key: 'question.blank' })
  if (screen.headphones && question.blank) parts.push({ key: 'question.blank_chosen' })
  return parts
}

function review(screen: Screen): Part[] {
  const parts: Part[] = [{ key: 'review.title' }]
  if (screen.headphones)
    for (const choice of screen.review) {
      parts.push(...read(choice.label))
      if (choice.chosen.length === 0) parts.push({ key: 'review.blank' })
      for (const one of choice.chosen) {
        const clip = read(one.label)
        parts.push(...(clip.length || choice.method !== 'yna' ? clip : [{ key: CHOICES[one.option] ?? 'yna.abstain' }]))
      }
    }
  parts.push({ key: 'review.receipt' })
  for (const index of screen.receipt?.pictures ?? []) parts.push({ key: `pictures.${index}` })
  parts.push({ key: 'review.cast' })
  return parts
}

function info(screen: Screen): Part[] {
  const parts: Part[] = [{ key: 'info.title' }]
  for (const part of ['asked', 'decides', 'can_change', 'answer_by'] as const)
    parts.push({ key: `info.${part}` }, ...read(screen.info![part]))
  return parts
}

export function scriptOf(screen: Screen): Part[] {
  if (screen.countdown !== undefined) return [{ key: 'idle.title' }, { key: 'idle.stay' }]
  switch (screen.name) {
    case 'welcome':
      return screen.held
        ? [{ key: 'welcome.held' }]
        : [{ key: 'welcome.title' }, { key: screen.may.includes('start') ? 'welcome.ready' : 'welcome.wait' }]
    case 'scan':
      return [{ key: 'scan.title' }, { key: screen.camera ? 'scan.camera' : 'scan.lead' }]
    case 'info':
      return info(screen)
    case 'question':
      return [...read(screen.question!.label), ...options(screen)]
    case 'review':
      return review(screen)
    case 'thanks':
      return [{ key: 'thanks.title' }, { key: 'thanks.slip' }]
    case 'notice': {
      const kind = noticeOf(screen.notice?.code ?? '')
      return ['what', 'fine', 'now'].map((part) => ({ key: `notice.${kind}.${part}` }))
    }
    case 'help':
      return [{ key: 'help.title' }, { key: 'help.lead' }]
    default:
      return []
  }
}
