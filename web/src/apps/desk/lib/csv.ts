// Lists that leave the desk as CSV, safe to open in a spreadsheet.

/** A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(value: string | number): string {
  let text = String(value)
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}

export function csvText(head: string[], rows: (string | number)[][]): string {
  return [head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n'
}

/** With a byte order mark, so that Excel reads UTF-8. */
export function saveCsv(name: string, head: string[], rows: (string | number)[][]): void {
  saveFile(`${name}.csv`, new Blob(['\ufeff', csvText(head, rows)], { type: 'text/csv' }))
}

export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
