// What must work under stress (FU-09): the screen, and all open polls at once.
import type { Hold, Show } from '@/gen/protocol'
import type { Meeting } from '@/apps/console/meeting'

export function show(meeting: Meeting, what: Show, more: { poll?: string; motion?: string; step?: number } = {}) {
  return meeting.act('screen.show', { show: what, step: 0, ...more })
}

/** Whether any open poll is held like this. */
export function isHeld(meeting: Meeting, hold: Hold): boolean {
  return meeting.view.value.polls.some((one) => one.hold === hold)
}

/** Holds every poll that can be held; those that are held like this already go on. */
export async function holdAll(meeting: Meeting, hold: Hold): Promise<void> {
  const wanted = isHeld(meeting, hold) ? 'go' : hold
  for (const poll of meeting.view.value.polls)
    if (poll.may.includes('poll.hold')) await meeting.act('poll.hold', { poll: poll.poll, hold: wanted })
}
