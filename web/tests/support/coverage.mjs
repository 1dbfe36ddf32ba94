// After all browser tests: which commands, views and codes of rejects has no test ever seen? Frames
// were noted by frames.mjs; a code counts as seen, too, when a test in C or a script names it.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { definitions } from './frames.mjs'
import { outDir, source } from './places.mjs'

const seen = new Set(readFileSync(join(outDir, 'frames-seen.txt'), 'utf8').split('\n'))
const noted = (kind, name) => seen.has(`${kind} ${name}`)

function* texts(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (name === 'corpus' || name === 'node_modules') continue
    if (statSync(path).isDirectory()) yield* texts(path)
    else if (/\.(c|h|txt|sh|script|mjs)$/.test(name)) yield readFileSync(path, 'utf8')
  }
}
const tests = [...texts(join(source, 'tests')), ...texts(join(source, 'web/tests'))].join('\n')

// Names with dots stand in the reference; the schema's definitions have underscores.
const reference = readFileSync(join(source, 'docs/protocol/reference.md'), 'utf8')
const commands = [...reference.matchAll(/^## `([\w.]+)`$/gm)].map((match) => match[1])
const views = [...reference.matchAll(/^## view `([\w.]+)`$/gm)].map((match) => match[1])
const codes = Object.keys(
  JSON.parse(readFileSync(join(source, 'web/src/gen/sentences.en.json'), 'utf8')),
)
if (commands.length === 0 || views.length === 0 || !definitions[`view_${views[0].replaceAll('.', '_')}`])
  throw new Error('the reference is not what this expects')

const missing = [
  ...commands.filter((name) => !noted('cmd', name)).map((name) => `command ${name}`),
  ...views.filter((name) => !noted('view', name)).map((name) => `view ${name}`),
  ...codes
    .filter((code) => !noted('reject', code) && !new RegExp(`["'\`| ]${code.replaceAll('.', '\\.')}["'\`|\\s:,)]`).test(tests))
    .map((code) => `code ${code}`),
]
for (const one of missing) console.log(`never seen by a test: ${one}`)
console.log(`${commands.length} commands, ${views.length} views, ${codes.length} codes; ${missing.length} never seen`)
process.exit(missing.length ? 1 : 0)
