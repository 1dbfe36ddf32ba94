// What the wall shows: what the console asked for, as the view says it.
import type { ViewScreen } from '@/gen/protocol'

export type Show =
  | 'blank'
  | 'agenda'
  | 'motion'
  | 'timer'
  | 'queue'
  | 'poll'
  | 'result'
  | 'receipts'
  | 'rules'
  | 'guests'

/** How far a result is revealed: nothing, the bars, the line, the outcome in words. */
export const STEP = { hidden: 0, bars: 1, line: 2, outcome: 3 } as const

export interface Stage {
  show: Show
  step: number
}

export function stageOf(view: ViewScreen): Stage {
  if (view.poll && view.state === 'open') {
    if (view.poll.state === 'published') return { show: 'result', step: 9 }
    return { show: 'poll', step: 0 }
  }
  if (view.speech) return { show: 'timer', step: 0 }
  if (view.motion) return { show: 'motion', step: 0 }
  return { show: 'agenda', step: 0 }
}
