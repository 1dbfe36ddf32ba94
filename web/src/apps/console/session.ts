// The one connection of this page, who is logged in, and what the server answered to what was asked.
import { ref, shallowReactive } from 'vue'
import type { Commands, Reject, Reply } from '@/gen/protocol'
import { Rejected } from '@/link/socket'
import { StaffLink } from '@/link/staff'

export const staff = new StaffLink('console')
export const link = staff.link

export interface Notice {
  id: number
  kind: 'refused' | 'second' | 'done'
  reject?: Reject
  text?: string
}
export const notices = shallowReactive<Notice[]>([])
const SHOWN_MS = 8000
let last = 0

export function notify(notice: Omit<Notice, 'id'>): void {
  const row = { ...notice, id: ++last }
  notices.push(row)
  if (notices.length > 3) notices.shift()
  window.setTimeout(() => dismiss(row.id), SHOWN_MS)
}

export function dismiss(id: number): void {
  const at = notices.findIndex((row) => row.id === id)
  if (at >= 0) notices.splice(at, 1)
}

/** Commands under way: a second tap on the same button waits. */
export const busy = ref(0)

/** Sends a command; a refusal is shown to the person and gives undefined. */
export async function send<C extends keyof Commands>(
  cmd: C,
  body: Commands[C],
): Promise<Reply | undefined> {
  busy.value++
  try {
    const reply = await link.send(cmd, body)
    if (reply.waiting_second) notify({ kind: 'second' })
    return reply
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    notify({ kind: 'refused', reject: error.reject })
    return undefined
  } finally {
    busy.value--
  }
}

/** Server time, five times a second (FU-07). */
export const now = ref(Date.now())
window.setInterval(() => (now.value = Date.now() + link.clockDifference.value), 200)
