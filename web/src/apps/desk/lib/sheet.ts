// Reads a file that somebody's spreadsheet wrote into rows of text. What the rows mean is the
// server's to say. The parsers are loaded when a file is chosen.

export interface Sheet {
  head: string[]
  rows: string[][]
}

/** UTF-8 where it is that (with or without a mark), else what Excel writes in China. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

async function csvRows(bytes: Uint8Array): Promise<string[][]> {
  const { default: papa } = await import('papaparse')
  return papa.parse<string[]>(decodeText(bytes), { skipEmptyLines: 'greedy' }).data
}

async function xlsxRows(bytes: ArrayBuffer): Promise<string[][]> {
  const { readSheet } = await import('read-excel-file/universal')
  const rows = await readSheet(bytes)
  return rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))))
}

/** Throws when it is neither. */
export async function readSheetFile(file: File): Promise<Sheet> {
  const buffer = await file.arrayBuffer()
  const bytes = new Uint8Array(buffer)
  const zip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const old = bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 // .xls before 2007
  if (bytes.length === 0 || old) throw new Error('format')
  const all = zip ? await xlsxRows(buffer) : await csvRows(bytes)
  const filled = all
    .map((row) => row.map((cell) => cell.trim()))
    .filter((row) => row.some((cell) => cell !== ''))
  return { head: filled[0] ?? [], rows: filled.slice(1) }
}
