// An agent without a machine: serves the kiosk's page and shows it whatever document a test wants to
// see, held to the schema of the real one; records what the page sends. For layout and wording only:
// what a booth does is tested with real booths.
import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { WebSocketServer } from 'ws'
import { pages, source } from './places.mjs'

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2', '.wasm': 'application/wasm', '.ogg': 'audio/ogg',
}
const ajv = new Ajv({ strict: false })
ajv.addSchema(JSON.parse(readFileSync(join(source, 'docs/protocol/screen.schema.json'), 'utf8')), 'kiosk')
const isScreen = ajv.getSchema('kiosk#/$defs/screen')

// 20 ms of nothing, 8 kHz mono.
const SILENCE = Buffer.concat([
  Buffer.from('RIFF'), Buffer.from([0xc4, 0, 0, 0]), Buffer.from('WAVEfmt '),
  Buffer.from([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]),
  Buffer.from('data'), Buffer.from([0xa0, 0, 0, 0]), Buffer.alloc(160, 128),
])

export function policy(host, wasm = '') {
  return (
    `default-src 'none'; script-src 'self'${wasm}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; ` +
    `connect-src 'self' ws://${host}; media-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`
  )
}

export class Agent {
  static async start() {
    const agent = new Agent()
    agent.sent = []
    agent.clips = [] // asked for, in order
    agent.http = createServer((request, response) => agent.serve(request, response))
    agent.sockets = new WebSocketServer({ server: agent.http, handleProtocols: () => 'tongsheng.kiosk.v1' })
    agent.sockets.on('connection', (socket) => {
      if (agent.screen) socket.send(JSON.stringify({ screen: agent.screen }))
      socket.on('message', (data) => agent.sent.push(JSON.parse(String(data))))
    })
    await new Promise((resolve) => agent.http.listen(0, '127.0.0.1', resolve))
    agent.url = `http://127.0.0.1:${agent.http.address().port}`
    return agent
  }

  serve(request, response) {
    const path = new URL(request.url, this.url).pathname
    if (path.startsWith('/assets/clip/')) {
      this.clips.push(path.slice('/assets/clip/'.length))
      response.writeHead(200, { 'Content-Type': 'audio/wav', 'Cache-Control': 'no-store' }).end(SILENCE)
      return
    }
    const file = join(pages, 'kiosk', path === '/' ? 'index.html' : path)
    if (path.includes('..') || !existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy(request.headers.host),
    })
    response.end(readFileSync(file))
  }

  show(screen) {
    if (!isScreen(screen)) throw new Error(`no such screen: ${ajv.errorsText(isScreen.errors)}`)
    this.screen = screen
    for (const socket of this.sockets.clients) socket.send(JSON.stringify({ screen }))
  }

  /** Resolves when that clip was asked for. */
  async asked(clip) {
    while (!this.clips.includes(clip)) await new Promise((resolve) => this.http.once('request', resolve))
  }

  async end() {
    for (const socket of this.sockets.clients) socket.terminate()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
