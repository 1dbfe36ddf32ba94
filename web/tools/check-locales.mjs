// Every sentence in both languages, none in the code (FE-05).
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = resolve(dirname(fileURLToPath(import.meta.url)), '../src')
const problems = []

function flatten(tree, prefix = '', into = {}) {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key
    if (typeof value === 'string') into[path] = value
    else flatten(value, path, into)
  }
  return into
}
const read = (path) => flatten(JSON.parse(readFileSync(path, 'utf8')))
const slots = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join()

const known = new Map() // group → keys
const i18n = join(src, 'i18n')
for (const group of readdirSync(i18n)) {
  const zhFile = join(i18n, group, 'zh-CN.json')
  const enFile = join(i18n, group, 'en.json')
  if (!existsSync(zhFile)) continue
  const zh = read(zhFile)
  const en = existsSync(enFile) ? read(enFile) : {}
  for (const key of Object.keys(zh)) {
    if (!(key in en)) problems.push(`${group}: ${key} is missing in en`)
    else if (slots(zh[key]) !== slots(en[key]))
      problems.push(`${group}: ${key} names other parameters in en`)
    if (/\p{Script=Han}/u.test(en[key] ?? '') && !/^language\./.test(key))
      problems.push(`${group}: ${key} is Chinese in en`)
  }
  for (const key of Object.keys(en))
    if (!(key in zh)) problems.push(`${group}: ${key} is missing in zh-CN`)
  known.set(group, new Set(Object.keys(zh)))
}

function* files(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) {
      if (name !== 'gen' && name !== 'i18n') yield* files(path)
    } else if (/\.(vue|ts)$/.test(name)) yield path
  }
}
for (const path of files(src)) {
  const name = relative(src, path)
  const text = readFileSync(path, 'utf8')
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/<!--[\s\S]*?-->/g, '').replace(/(^|\s)\/\/.*$/gm, '')
  if (/\p{Script=Han}/u.test(bare)) problems.push(`${name}: a Chinese sentence in the code`)
  const app = /^apps\/(\w+)\//.exec(name)?.[1]
  const groups = app ? [app, 'common'] : [...known.keys()]
  for (const match of text.matchAll(/\b(?:t|sentence)\(\s*'([\w.-]+)'|<T k="([\w.-]+)"|\bk: '([\w.-]+)'/g)) {
    const key = match[1] ?? match[2] ?? match[3]
    if (!groups.some((group) => known.get(group)?.has(key))) problems.push(`${name}: no sentence ${key}`)
  }
}
// The kiosk's sentences have approved pinyin, one syllable for each character (KU-24).
const kioskZh = read(join(i18n, 'kiosk/zh-CN.json'))
const pinyin = read(join(i18n, 'kiosk/pinyin.json'))
for (const [key, text] of Object.entries(kioskZh)) {
  const characters = [...text].filter((one) => /\p{Script=Han}/u.test(one)).length
  const syllables = pinyin[key] ? pinyin[key].split(' ').length : 0
  if (characters !== syllables) problems.push(`kiosk: ${key} has ${characters} characters and ${syllables} syllables`)
}
for (const key of Object.keys(pinyin)) if (!(key in kioskZh)) problems.push(`kiosk: pinyin of nothing: ${key}`)
for (const problem of problems) console.error(problem)
console.log(`${[...known.values()].reduce((n, keys) => n + keys.size, 0)} sentences in two languages`)
process.exit(problems.length ? 1 : 0)
