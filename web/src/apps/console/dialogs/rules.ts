// What a form begins with; the person changes it, the server judges it.
import type { PassRule } from '@/gen/protocol'

export const majority = (): PassRule => ({
  kind: 'majority', base: 'present', turnout_num: 0, turnout_den: 1, seats: 1, reserved: [], tie: 'second_round', notice_days: 0,
})
