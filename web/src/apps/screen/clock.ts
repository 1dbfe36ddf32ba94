// The server's clock, as a number that goes up by itself.
import { onBeforeUnmount, shallowRef, type ShallowRef } from 'vue'

/** Server time in ms, four times a second; `difference`: server time minus ours. */
export function useServerClock(difference: ShallowRef<number>): ShallowRef<number> {
  const now = shallowRef(Date.now() + difference.value)
  const timer = setInterval(() => (now.value = Date.now() + difference.value), 250)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}

/** "1:05"; below zero with a minus sign, because time that was overdrawn is shown (FU-07). */
export function clockText(seconds: number): string {
  const whole = Math.abs(seconds)
  const rest = String(whole % 60).padStart(2, '0')
  return `${seconds < 0 ? '\u2212' : ''}${Math.floor(whole / 60)}:${rest}`
}

/** From here on it says so (FU-07). */
export const SOON = 30

export interface Running {
  since: number
  seconds: number
}

/** Below zero when it was overdrawn. */
export function secondsLeft(running: Running, now: number): number {
  return Math.ceil((running.since + running.seconds * 1000 - now) / 1000)
}
