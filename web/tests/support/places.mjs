// Where programs, pages and this run's files are.
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const source = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
export const bin = process.env.TS_BIN_DIR ?? join(source, 'build/dev/bin')
export const pages = process.env.TS_WEB_DIR ?? join(source, 'build/web')
export const outDir = process.env.TS_OUT_DIR ?? join(source, 'build/browser')
export const screenshots = join(source, 'build/screenshots')
mkdirSync(outDir, { recursive: true })
