// A client of the server without a browser, for what a test has to prepare.
import { randomBytes } from 'node:crypto'
import WebSocket from 'ws'
import { checkReceived, checkSent } from './frames.mjs'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

export function drawId() {
  let n = BigInt(`0x${randomBytes(16).toString('hex')}`)
  let text = ''
  for (let i = 0; i < 22; i++) {
    text = ALPHABET[Number(n % 58n)] + text
    n /= 58n
  }
  return text
}

export class Refused extends Error {
  constructor(cmd, err) {
    super(`${cmd} was refused: ${err.code} ${err.path ?? ''} ${JSON.stringify(err.params ?? {})}`)
    this.code = err.code
    this.reject = err
  }
}

/** Resolves when `look()` gives something true; looks again whenever `on(listener)` calls. */
export class Watcher {
  constructor() {
    this.listeners = new Set()
  }

  changed() {
    for (const listener of [...this.listeners]) listener()
  }

  until(look, what, timeout = 60000) {
    return new Promise((resolve, reject) => {
      let timer
      const done = (settle, value) => {
        clearTimeout(timer)
        this.listeners.delete(listener)
        settle(value)
      }
      const listener = () => {
        try {
          const found = look()
          if (found) done(resolve, found)
        } catch (error) {
          done(reject, error)
        }
      }
      timer = setTimeout(() => done(reject, new Error(`waited in vain: ${what}`)), timeout)
      this.listeners.add(listener)
      listener()
    })
  }
}

export class Client extends Watcher {
  static async open(url, options = {}) {
    const client = new Client(url)
    await client.connect(options)
    return client
  }

  constructor(url) {
    super()
    this.url = url
    this.views = new Map()
    this.waiting = new Map()
  }

  connect() {
    return new Promise((resolve, reject) => {
      this.socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/ws`, 'tongsheng.v1', {
        rejectUnauthorized: false,
      })
      this.socket.on('open', resolve)
      this.socket.on('error', reject)
      this.socket.on('close', () => {
        for (const { reject: fail, cmd } of this.waiting.values())
          fail(new Error(`the connection ended before ${cmd} was answered`))
        this.waiting.clear()
      })
      this.socket.on('message', (data) => this.receive(String(data)))
    })
  }

  receive(text) {
    checkReceived(text)
    const frame = JSON.parse(text)
    if (frame.view !== undefined) {
      this.views.set(`${frame.view} ${frame.key ?? ''}`, frame.body)
      this.changed()
      return
    }
    const waiting = this.waiting.get(frame.re)
    this.waiting.delete(frame.re)
    if (frame.err) waiting?.reject(new Refused(waiting.cmd, frame.err))
    else waiting?.resolve(frame.ok)
  }

  call(cmd, body = {}, { id = drawId(), strict = true } = {}) {
    const text = JSON.stringify({ v: 1, id, cmd, body })
    checkSent(text, strict)
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { cmd, resolve, reject })
      this.socket.send(text)
    })
  }

  async watch(view, key = '') {
    await this.call('subscribe', { view, key })
    return this.until(() => this.view(view, key), `view ${view}`)
  }

  view(view, key = '') {
    return this.views.get(`${view} ${key}`)
  }

  close() {
    this.socket.close()
  }
}
