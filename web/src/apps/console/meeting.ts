// What the parts of the page share: the view of the meeting, its commands, which dialog is open.
import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Commands, ConsoleBooth, ConsolePoll, Id, Reply, ViewConsole } from '@/gen/protocol'
import { send } from '@/apps/console/session'

export type DialogName =
  | 'seats' | 'guests' | 'note' | 'motion' | 'minority' | 'decide' | 'hands' | 'named' | 'poll'
  | 'prepare' | 'keepers' | 'open' | 'close' | 'paper' | 'accept' | 'giveUp' | 'void' | 'complain'
  | 'answer' | 'lot' | 'cards' | 'keys' | 'end'

export interface Asked {
  name: DialogName
  poll?: Id
  motion?: Id
  kiosk?: Id
}

type Bodies = { [C in keyof Commands]: Commands[C] }
type Rest<C extends keyof Commands, K extends string> = Omit<Bodies[C], K>

export interface Meeting {
  view: ComputedRef<ViewConsole>
  may(cmd: keyof Commands): boolean
  /** The command about this meeting, its poll or its motion; council (and meeting) are put in. */
  act<C extends keyof Commands>(
    cmd: C,
    rest: Rest<C, 'council' | 'meeting'>,
  ): Promise<Reply | undefined>
  ask(asked: Asked): void
  poll(id: Id | undefined): ConsolePoll | undefined
}

const KEY: InjectionKey<Meeting> = Symbol('meeting')

/** The booths of a poll as people count them: K1, K2, K10. */
export function boothsOf(poll: ConsolePoll): ConsoleBooth[] {
  return [...poll.booths].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** Commands that name their meeting. */
const OF_MEETING = /^(meeting|item|office|attendance|queue|timer|screen|hands|named|keepers)\.|^(motion\.put|poll\.create)$/

export function provideMeeting(
  view: ComputedRef<ViewConsole>,
  ask: (asked: Asked) => void,
): Meeting {
  const meeting: Meeting = {
    view,
    ask,
    may: (cmd) => view.value.may.includes(cmd),
    act: (cmd, rest) => {
      const { council, meeting } = view.value
      const where = OF_MEETING.test(cmd) ? { council, meeting } : { council }
      return send(cmd, { ...where, ...rest } as unknown as Commands[typeof cmd])
    },
    poll: (id) => view.value.polls.find((one) => one.poll === id),
  }
  provide(KEY, meeting)
  return meeting
}

export function useMeeting(): Meeting {
  const meeting = inject(KEY)
  if (!meeting) throw new Error('outside of a meeting')
  return meeting
}
