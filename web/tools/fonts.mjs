// The kiosk's faces (KU-22), cut down to what children's texts are made of: the characters of the
// page, GB 2312 level 1 (the 3755 most used), Latin with tone marks, digits, punctuation. A rarer
// character comes from the same face where it is installed (docs/kiosk.md).
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import subsetFont from 'subset-font'

const FACES = {
  'kai-regular': ['/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf'],
  'kai-bold': ['/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Bold.ttf'],
  'sans-regular': ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc', 'Noto Sans CJK SC'],
  'sans-bold': ['/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc', 'Noto Sans CJK SC'],
}

function* texts(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) yield* texts(path)
    else if (name.endsWith('.json')) yield readFileSync(path, 'utf8')
  }
}

function characters(web) {
  const wanted = new Set()
  const decoder = new TextDecoder('gbk')
  for (let row = 16; row <= 55; row++)
    for (let cell = 1; cell <= 94; cell++) wanted.add(decoder.decode(Uint8Array.of(row + 0xa0, cell + 0xa0)))
  for (let code = 0x20; code < 0x7f; code++) wanted.add(String.fromCharCode(code))
  for (const text of ['āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ', '，。！？；：、（）《》“”‘’…—·×○△▲▼●％'])
    for (const character of text) wanted.add(character)
  for (const text of texts(join(web, 'src/i18n'))) for (const character of text) wanted.add(character)
  wanted.delete('\ufffd')
  return [...wanted].sort().join('')
}

const tag = (file, at) => file.toString('latin1', at, at + 4)

function familyOf(file, at) {
  const tables = file.readUInt16BE(at + 4)
  for (let i = 0; i < tables; i++) {
    const entry = at + 12 + 16 * i
    if (tag(file, entry) !== 'name') continue
    const name = file.readUInt32BE(entry + 8)
    const strings = name + file.readUInt16BE(name + 4)
    for (let n = 0; n < file.readUInt16BE(name + 2); n++) {
      const record = name + 6 + 12 * n
      // family (1), Windows platform (3), US English (0x409)
      if (file.readUInt16BE(record) !== 3 || file.readUInt16BE(record + 4) !== 0x409 || file.readUInt16BE(record + 6) !== 1)
        continue
      const start = strings + file.readUInt16BE(record + 10)
      return Buffer.from(file.subarray(start, start + file.readUInt16BE(record + 8))).swap16().toString('utf16le')
    }
  }
  return ''
}

/** One font out of a collection, with its tables moved together. */
function takeFace(file, family) {
  for (let i = 0; i < file.readUInt32BE(8); i++) {
    const at = file.readUInt32BE(12 + 4 * i)
    if (familyOf(file, at) !== family) continue
    const tables = file.readUInt16BE(at + 4)
    const head = Buffer.from(file.subarray(at, at + 12 + 16 * tables))
    const parts = [head]
    let end = head.length
    for (let t = 0; t < tables; t++) {
      const entry = 12 + 16 * t
      const length = head.readUInt32BE(entry + 12)
      const from = head.readUInt32BE(entry + 8)
      head.writeUInt32BE(end, entry + 8)
      parts.push(file.subarray(from, from + length), Buffer.alloc(-length & 3))
      end += length + (-length & 3)
    }
    return Buffer.concat(parts)
  }
  throw new Error(`no face ${family}`)
}

/** Makes the fonts in `dir`, unless they are there for the same characters. */
export async function makeFonts(web, dir) {
  const text = characters(web)
  mkdirSync(dir, { recursive: true })
  const now = createHash('sha256').update(JSON.stringify(FACES)).update(text).digest('hex')
  const stamp = join(dir, 'stamp')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return
  for (const [name, [path, family]] of Object.entries(FACES)) {
    if (!existsSync(path))
      throw new Error(`${path} is missing: install fonts-noto-cjk and fonts-lxgw-wenkai`)
    const file = readFileSync(path)
    const face = family ? takeFace(file, family) : file
    const cut = await subsetFont(face, text, { targetFormat: 'woff2', noLayoutClosure: true, keepFeatures: ['kern', 'locl', 'mark', 'mkmk'] })
    writeFileSync(join(dir, `${name}.woff2`), cut)
  }
  writeFileSync(stamp, now)
}
