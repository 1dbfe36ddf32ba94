// Times on screen are those of Asia/Shanghai, wherever the computer thinks it is.
const ZONE = 'Asia/Shanghai'
const SHIFT_MS = 8 * 3_600_000

export function showTime(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    dateStyle: 'long',
    timeStyle: 'short',
  }).format(ms)
}

/** The same in little room; only the clock when it is today. */
export function showShort(ms: number, locale: string): string {
  const day = (at: number) => Math.floor((at + SHIFT_MS) / 86_400_000)
  if (day(ms) === day(Date.now())) return showClock(ms, locale)
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(ms)
}

export function showClock(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(ms)
}

/** 2026-11-22T09:00, for an input */
export function toField(ms: number): string {
  return new Date(ms + SHIFT_MS).toISOString().slice(0, 16)
}

/** undefined: not a time */
export function fromField(text: string): number | undefined {
  const ms = Date.parse(`${text.slice(0, 16)}:00+08:00`)
  return Number.isNaN(ms) ? undefined : ms
}
