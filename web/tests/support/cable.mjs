// The cable between a device and the server: it can be pulled, and every frame in it is held against
// the schema. Devices pin the server's certificate; the test has the server's own key and so ends
// TLS in the middle. Bytes go through untouched; the frames are read on the way (RFC 6455).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tls from 'node:tls'
import { checkReceived, checkSent } from './frames.mjs'

const OPCODE_CONTINUATION = 0
const OPCODE_TEXT = 1

/** Calls `seen` with each text message of one direction of a WebSocket connection. */
function reader(seen) {
  let bytes = Buffer.alloc(0)
  let upgraded = false
  let text = []
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    if (!upgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!/^(GET \/ws |HTTP\/1\.1 101 )/.test(bytes.subarray(0, end).toString('latin1'))) {
        bytes = Buffer.alloc(0) // a download
        return
      }
      upgraded = true
      bytes = bytes.subarray(end + 4)
    }
    for (;;) {
      if (bytes.length < 2) return
      const isLast = (bytes[0] & 0x80) !== 0
      const opcode = bytes[0] & 0x0f
      const isMasked = (bytes[1] & 0x80) !== 0
      let size = bytes[1] & 0x7f
      let at = 2
      if (size === 126) {
        if (bytes.length < 4) return
        size = bytes.readUInt16BE(2)
        at = 4
      } else if (size === 127) {
        if (bytes.length < 10) return
        size = Number(bytes.readBigUInt64BE(2))
        at = 10
      }
      const mask = isMasked ? bytes.subarray(at, at + 4) : undefined
      at += isMasked ? 4 : 0
      if (bytes.length < at + size) return
      const payload = Buffer.from(bytes.subarray(at, at + size))
      if (mask) for (let i = 0; i < size; i++) payload[i] ^= mask[i & 3]
      bytes = bytes.subarray(at + size)
      if (opcode === OPCODE_TEXT || opcode === OPCODE_CONTINUATION) {
        text.push(payload)
        if (isLast) {
          seen(Buffer.concat(text).toString('utf8'))
          text = []
        }
      }
    }
  }
}

export class Cable {
  /** `problems`: where broken frames are collected. */
  static async lay(dataDir, serverPort, problems) {
    const cable = new Cable()
    cable.serverPort = serverPort
    cable.problems = problems
    cable.pulled = false
    cable.pairs = new Set()
    cable.listener = tls.createServer(
      {
        key: readFileSync(join(dataDir, 'tls-key.pem')),
        cert: readFileSync(join(dataDir, 'tls-cert.pem')),
      },
      (device) => cable.join(device),
    )
    cable.listener.on('tlsClientError', () => undefined)
    await new Promise((resolve) => cable.listener.listen(0, '127.0.0.1', resolve))
    cable.url = `wss://127.0.0.1:${cable.listener.address().port}`
    return cable
  }

  join(device) {
    if (this.pulled) {
      device.destroy()
      return
    }
    const server = tls.connect({ host: '127.0.0.1', port: this.serverPort, rejectUnauthorized: false })
    const guard = (check) => (text) => {
      try {
        check(text)
      } catch (error) {
        this.problems.push(`device: ${error.message}`)
      }
    }
    const sent = reader(guard(checkSent))
    const received = reader(guard(checkReceived))
    const pair = { device, server }
    this.pairs.add(pair)
    const end = () => {
      this.pairs.delete(pair)
      device.destroy()
      server.destroy()
    }
    for (const socket of [device, server]) {
      socket.on('error', end)
      socket.on('close', end)
    }
    device.on('data', (chunk) => {
      sent(chunk)
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      received(chunk)
      device.write(chunk)
    })
  }

  /** Everything in it is lost; who tries again finds nothing. */
  pull() {
    this.pulled = true
    for (const { device, server } of [...this.pairs]) {
      device.destroy()
      server.destroy()
    }
  }

  plug() {
    this.pulled = false
  }

  remove() {
    this.pull()
    this.listener.close()
  }
}
