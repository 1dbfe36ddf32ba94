// Everything by keyboard (FU-10). Single letters can be switched off (WCAG 2.1.4).
import { onMounted, onUnmounted, ref } from 'vue'
import { boothsOf, type Meeting } from '@/apps/console/meeting'
import { holdAll, show } from '@/apps/console/panic'

const STORED = 'tongsheng.shortcuts'

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off'
  } catch {
    return true
  }
}

export const shortcutsOn = ref(stored())

export function switchShortcuts(on: boolean): void {
  shortcutsOn.value = on
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off')
  } catch {
    // without storage the choice lasts as long as the page
  }
}

/** What the list under `?` says, in its order; the sentences are keys.NAME. */
export const KEYS: [string, string][] = [
  ['n', 'next'], ['b', 'blank'], ['p', 'pause'], ['w', 'wait'], ['f', 'follow'],
  ['1–9', 'release'], ['q', 'queue'], ['t', 'speaker'], ['a', 'attendance'], ['m', 'motion'],
  ['h', 'hands'], ['r', 'named'], ['v', 'poll'], ['i', 'note'], ['c', 'cards'], ['?', 'keys'], ['Esc', 'close'],
]

function focus(id: string): void {
  document.getElementById(id)?.focus()
}

function release(meeting: Meeting, digit: number): void {
  const poll = meeting.view.value.polls.find((one) => one.may.includes('kiosk.release'))
  const booth = poll && boothsOf(poll)[digit - 1]
  if (poll && booth) void meeting.act('kiosk.release', { poll: poll.poll, kiosk: booth.kiosk })
}

function run(meeting: Meeting, key: string): boolean {
  const { may, ask } = meeting
  switch (key) {
    case 'n': focus('next-step'); break
    case 'b': void show(meeting, meeting.view.value.stage.asked === 'blank' ? 'follow' : 'blank'); break
    case 'f': void show(meeting, 'follow'); break
    case 'p': void holdAll(meeting, 'pause'); break
    case 'w': void holdAll(meeting, 'wait'); break
    case 'q': focus('queue-seat'); break
    case 't': document.getElementById('queue-next')?.click(); break
    case 'a': ask({ name: 'seats' }); break
    case 'm': if (may('motion.put')) ask({ name: 'motion' }); break
    case 'h': if (may('hands.record')) ask({ name: 'hands' }); break
    case 'r': if (may('named.record')) ask({ name: 'named' }); break
    case 'v': if (may('poll.create')) ask({ name: 'poll' }); break
    case 'i': if (may('item.note')) ask({ name: 'note' }); break
    case 'c': if (may('office.grant')) ask({ name: 'cards' }); break
    default:
      if (!/^[1-9]$/.test(key)) return false
      release(meeting, Number(key))
  }
  return true
}

export function useShortcuts(meeting: Meeting, isDialogOpen: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isDialogOpen()) return
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) {
      if (event.key === 'Escape') target.blur()
      return
    }
    if (event.key === '?') meeting.ask({ name: 'keys' })
    else if (!shortcutsOn.value || !run(meeting, event.key.toLowerCase())) return
    event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onUnmounted(() => window.removeEventListener('keydown', onKey))
}
