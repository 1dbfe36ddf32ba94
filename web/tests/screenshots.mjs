// Pictures of every screen into build/screenshots: each file in scenes/ exports a default function
// that takes them. `--only NAME` takes one file's.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeBrowser } from './support/browser.mjs'

const dir = join(dirname(fileURLToPath(import.meta.url)), 'scenes')
const only = process.argv[process.argv.indexOf('--only') + 1]
for (const file of readdirSync(dir).filter((name) => name.endsWith('.mjs')).sort()) {
  if (process.argv.includes('--only') && file !== `${only}.mjs`) continue
  console.log(file)
  await (await import(join(dir, file))).default()
}
await closeBrowser()
