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

  async end() {
    for (const socket of this.sockets.clients) socket.terminate()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
