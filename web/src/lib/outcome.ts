// A published result as rows of a chart: numbers and shares, nothing decided here.
import type { Choice, Method, PassRule, ShownOption, ShownResult } from '@/gen/protocol'

export const CHOICES: readonly Choice[] = ['for', 'against', 'abstain']

export interface Row {
  /** the option's text; of a vote for and against the key of its word (CHOICES) */
  label: string
  /** the sign of a vote for, against, abstain; of options undefined: they have numbers */
  choice: Choice | undefined
  number: number
  count: number
  /** whole per cent of the base, or undefined when there is none */
  share: number | undefined
  /** one of those who won */
  won: boolean
}

export interface Polled {
  method: Method
  options: ShownOption[]
  rule: PassRule
}

/** What the shares are shares of: the rule's base; of dots all that were placed. */
export function baseOf(poll: Polled, result: ShownResult): { name: string; count: number } {
  if (poll.method === 'dots')
    return { name: 'dots', count: result.counts.reduce((sum, n) => sum + n, 0) }
  return { name: poll.rule.base, count: result.verdict.base_count }
}

export function rowsOf(poll: Polled, result: ShownResult): Row[] {
  const base = baseOf(poll, result).count
  return result.counts.map((count, i) => ({
    label: poll.method === 'yna' ? (CHOICES[i] ?? '') : (poll.options[i]?.text ?? ''),
    choice: poll.method === 'yna' ? CHOICES[i] : undefined,
    number: i + 1,
    count,
    share: base > 0 ? Math.round((count * 100) / base) : undefined,
    won: poll.method !== 'yna' && result.verdict.elected.includes(i + 1),
  }))
}
