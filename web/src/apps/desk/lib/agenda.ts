import { fromField } from '@/apps/desk/lib/time'
import type { AgendaRow } from '@/gen/protocol'

export interface AgendaForm {
  title: string
  place: string
  starts: string
  minutes: number
  items: AgendaRow[]
}

/** What meeting.create and meeting.change have in common. */
export function agendaBody(form: AgendaForm) {
  return {
    title: form.title.trim(),
    place: form.place.trim(),
    starts_at: fromField(form.starts) ?? 0,
    minutes: form.minutes,
    items: form.items.map(({ child, ...row }): AgendaRow => {
      const item = { ...row, title: row.title.trim() }
      return child?.trim() ? { ...item, child: child.trim() } : item
    }),
  }
}

export function agendaReady(form: AgendaForm): boolean {
  return (
    !!form.title.trim() &&
    !!form.place.trim() &&
    fromField(form.starts) !== undefined &&
    form.items.every((row) => row.title.trim())
  )
}
