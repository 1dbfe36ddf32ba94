// Ready-made pass rules; the server judges by them and says each one before the vote (CP-11).
import type { PassRule } from '@/gen/protocol'

const base: PassRule = {
  kind: 'majority', base: 'present', turnout_num: 0, turnout_den: 1, seats: 1, reserved: [],
  tie: 'second_round', notice_days: 0,
}
export const RULES: Record<string, PassRule> = {
  majority_present: base,
  majority_for_against: { ...base, base: 'for_against' },
  two_thirds_present: { ...base, kind: 'two_thirds' },
  three_quarters_entitled: { ...base, kind: 'three_quarters', base: 'entitled' },
  plurality: { ...base, kind: 'plurality', base: 'cast' },
  none: { ...base, kind: 'none', base: 'cast' },
}
