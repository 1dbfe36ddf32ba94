// Which words a code gets. Codes that no child can do anything about look alike.
const KINDS: Record<string, string> = {
  'slip.used': 'used',
  'slip.audited': 'used',
  'queue.used': 'used',
  'slip.void': 'void',
  'slip.unreadable': 'unreadable',
  'slip.other_pack': 'other_pack',
  'slip.unlisted': 'other_pack',
  'slip.wait': 'wait',
  'slip.not_open': 'not_open',
  'package.early': 'not_open',
  'slip.closed': 'closed',
  'package.late': 'closed',
  'kiosk.card': 'card',
  'kiosk.clock': 'clock',
}

export function noticeOf(code: string): string {
  return KINDS[code] ?? 'trouble'
}
