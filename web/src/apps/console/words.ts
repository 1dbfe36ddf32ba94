// Sentences that are put together from what the views say.
import { useI18n } from 'vue-i18n'
import type { PassRule, RuleVerdict } from '@/gen/protocol'

export function useWords() {
  const { t, locale } = useI18n()

  function rule(one: PassRule): string {
    const parts = [
      one.kind === 'plurality'
        ? t('rule.say.plurality', { seats: one.seats })
        : one.kind === 'none'
          ? t('rule.say.none')
          : t('rule.say.share', { kind: t(`rule.kind.${one.kind}`), base: t(`rule.base.${one.base}`) }),
    ]
    if (one.minimum_num && one.minimum_den)
      parts.push(
        t('rule.say.minimum', {
          share: `${one.minimum_num}/${one.minimum_den}`,
          base: t(`rule.base.${one.base}`),
        }),
      )
    if (one.turnout_num > 0)
      parts.push(t('rule.say.turnout', { share: `${one.turnout_num}/${one.turnout_den}` }))
    for (const row of one.reserved)
      parts.push(t('rule.say.reserved', { tag: row.tag, seats: row.seats }))
    if (one.kind !== 'none') parts.push(t(`rule.say.tie_${one.tie}`))
    if (one.notice_days > 0) parts.push(t('rule.say.notice', { days: one.notice_days }))
    return parts.join(t('rule.say.and'))
  }

  function verdict(one: RuleVerdict): string {
    const name = t(`outcome.${one.outcome}`)
    return one.needed > 0
      ? t('outcome.needed', { outcome: name, needed: one.needed, base: one.base_count })
      : name
  }

  function clockTime(ms: number): string {
    return new Intl.DateTimeFormat(locale.value, {
      hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai',
    }).format(ms)
  }

  function day(ms: number): string {
    return new Intl.DateTimeFormat(locale.value, {
      year: 'numeric', month: 'long', day: 'numeric', weekday: 'short', timeZone: 'Asia/Shanghai',
    }).format(ms)
  }

  return { t, rule, verdict, clockTime, day }
}

/** 75 → "1:15", -5 → "−0:05". */
export function minutes(seconds: number): string {
  const all = Math.abs(seconds)
  return `${seconds < 0 ? '−' : ''}${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`
}
