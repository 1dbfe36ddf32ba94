// Every frame that a test sees is held against the generated schema (docs/protocol/schema.json), and
// remembered, so that the last test can say what no test has ever seen.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import { source, outDir } from './places.mjs'

const schema = JSON.parse(readFileSync(join(source, 'docs/protocol/schema.json'), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: false, schemas: [{ ...schema, $id: 'ts' }] })
export const definitions = schema.$defs

const seenFile = join(outDir, 'frames-seen.txt')
const seen = new Set()

function note(kind, name) {
  const line = `${kind} ${name}`
  if (seen.has(line)) return
  seen.add(line)
  mkdirSync(dirname(seenFile), { recursive: true })
  appendFileSync(seenFile, `${line}\n`)
}

function check(name, value, what) {
  const definition = name.replaceAll('.', '_')
  if (!definitions[definition]) throw new Error(`${what}: the schema has no ${definition}`)
  const validate = ajv.getSchema(`ts#/$defs/${definition}`)
  if (!validate(value))
    throw new Error(
      `${what} does not fit ${definition}: ${ajv.errorsText(validate.errors)}\n` +
        JSON.stringify(value).slice(0, 600),
    )
}

/** A frame to the server; throws when it breaks the schema. `strict` false: a test of bad input. */
export function checkSent(text, strict = true) {
  const frame = JSON.parse(text)
  note('cmd', frame.cmd)
  if (strict) check(`cmd_${frame.cmd}`, frame.body, `command ${frame.cmd}`)
}

/** A frame from the server. */
export function checkReceived(text) {
  const frame = JSON.parse(text)
  if (frame.view !== undefined) {
    note('view', frame.view)
    if (frame.body !== null) check(`view_${frame.view}`, frame.body, `view ${frame.view}`)
  } else if (frame.err) {
    note('reject', frame.err.code)
  } else {
    check('reply', frame.ok, 'an answer')
  }
}
