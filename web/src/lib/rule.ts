// Pass rules and outcomes in plain words, for wall and public page. The server has decided; this
// only says it.
import { useI18n } from 'vue-i18n'
import type { Method, PassRule, ShownResult } from '@/gen/protocol'
import type { Polled } from '@/lib/outcome'

/** "More than half of those present must be for it", and what else the rule asks for. */
export function useRuleText(): (poll: { method: Method; rule: PassRule }) => string {
  const { t } = useI18n()
  /** Guaranteed seats are tagged by grade (g3) or sex; other tags are the organiser's own words. */
  const tagText = (tag: string) => {
    const grade = /^g(\d{1,2})$/.exec(tag)
    if (grade) return t('vote.tag.grade', { n: grade[1] ?? '' })
    return tag === 'girl' || tag === 'boy' ? t(`vote.tag.${tag}`) : tag
  }
  return ({ method, rule }) => {
    const base = t(`vote.base.${rule.base}`)
    const parts = [t(`vote.${method === 'yna' ? 'rule' : 'seatRule'}.${rule.kind}`, { base, seats: rule.seats })]
    if (rule.minimum_num && rule.minimum_den)
      parts.push(t('vote.rule.minimum', { base, num: rule.minimum_num, den: rule.minimum_den }))
    if (rule.turnout_num > 0)
      parts.push(t('vote.rule.turnout', { num: rule.turnout_num, den: rule.turnout_den }))
    for (const row of rule.reserved) parts.push(t('vote.rule.reserved', { tag: tagText(row.tag), seats: row.seats }))
    return parts.join(t('vote.rule.join'))
  }
}

export interface OutcomeText {
  word: string
  more: string
}

/** undefined while there is no result. */
export function useOutcomeText(): (
  poll: (Polled & { result?: ShownResult }) | undefined,
) => OutcomeText | undefined {
  const { t } = useI18n()
  return (poll) => {
    const result = poll?.result
    if (!poll || !result) return undefined
    const { verdict } = result
    const names = (numbers: number[]) =>
      numbers
        .map((n) => poll.options[n - 1]?.text ?? String(n))
        .join(t('vote.list'))
    const more: string[] = []
    if (verdict.outcome === 'passed' || verdict.outcome === 'rejected')
      more.push(t('vote.more.for', { count: result.counts[0] ?? 0, needed: verdict.needed }))
    if (verdict.elected.length) more.push(names(verdict.elected))
    if (verdict.outcome === 'tied') {
      if (verdict.tied.length) more.push(t('vote.more.tied', { names: names(verdict.tied) }))
      more.push(t(`vote.tie.${poll.rule.tie}`))
    }
    for (const lot of result.lots)
      more.push(
        poll.method === 'yna'
          ? t(lot.drawn[0] === 1 ? 'vote.lot.for' : 'vote.lot.against')
          : t('vote.lot.drawn', { names: names(lot.drawn) }),
      )
    if (verdict.outcome === 'turnout')
      more.push(t('vote.more.turnout', { cast: result.cast, needed: verdict.turnout_needed }))
    return { word: t(`vote.outcome.${verdict.outcome}`), more: more.join(t('vote.rule.join')) }
  }
}
