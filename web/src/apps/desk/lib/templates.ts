// Agenda presets: how a meeting usually goes (DOMAIN 1.2). What is in them is edited before it is
// sent; the words are in the locale files.
import type { AgendaRow, MeetingKind } from '@/gen/protocol'

export interface Template {
  id: string
  kind: MeetingKind
  minutes: number
  items: { id: string; minutes: number; origin: AgendaRow['origin'] }[]
}

export const TEMPLATES: Template[] = [
  {
    id: 'plenary',
    kind: 'plenary',
    minutes: 90,
    items: [
      { id: 'rules', minutes: 5, origin: 'adult' },
      { id: 'follow_up', minutes: 15, origin: 'adult' },
      { id: 'motion_a', minutes: 30, origin: 'child_card' },
      { id: 'motion_b', minutes: 25, origin: 'child_card' },
      { id: 'closing', minutes: 10, origin: 'group' },
    ],
  },
  {
    id: 'topical',
    kind: 'topical',
    minutes: 60,
    items: [
      { id: 'rules', minutes: 5, origin: 'adult' },
      { id: 'findings', minutes: 20, origin: 'group' },
      { id: 'motion_a', minutes: 25, origin: 'child_card' },
      { id: 'closing', minutes: 10, origin: 'group' },
    ],
  },
  {
    id: 'founding',
    kind: 'plenary',
    minutes: 90,
    items: [
      { id: 'welcome', minutes: 10, origin: 'adult' },
      { id: 'covenant', minutes: 35, origin: 'group' },
      { id: 'chair', minutes: 30, origin: 'group' },
      { id: 'closing', minutes: 10, origin: 'group' },
    ],
  },
  {
    id: 'election',
    kind: 'election',
    minutes: 180,
    items: [{ id: 'election', minutes: 180, origin: 'group' }],
  },
  { id: 'empty', kind: 'plenary', minutes: 60, items: [] },
]
