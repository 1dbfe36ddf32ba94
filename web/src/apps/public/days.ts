// Days as the calendar of the councils counts them: midnight is midnight in Shanghai.
const DAY_MS = 86_400_000
const SHANGHAI_MS = 8 * 3_600_000

/** Whole days from `now` (ms, UTC) to a day like "2026-12-01"; negative when it is past. */
export function daysUntil(day: string, now: number): number {
  const today = Math.floor((now + SHANGHAI_MS) / DAY_MS)
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS) - today
}
