// A booth's agent, driven without a page: what a child would tap.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import WebSocket from 'ws'
import { Watcher } from './client.mjs'
import { Program } from './process.mjs'
import { bin, pages } from './places.mjs'

export class Booth extends Watcher {
  constructor(world, name, options = []) {
    super()
    this.world = world
    this.name = name
    this.options = options
  }

  /** The booth's own cable: `booth.cable.pull()`, `.plug()`. */
  async start() {
    this.cable ??= await this.world.layCable()
    const web = join(pages, 'kiosk')
    this.program = new Program(
      [
        join(bin, 'tongsheng-kiosk'), 'booth',
        '--dir', join(this.world.dir, `kiosk-${this.name}`),
        '--server', this.cable.url,
        '--pin', this.world.pin,
        '--name', this.name,
        '--listen', this.listen ?? '127.0.0.1:0',
        ...(existsSync(web) ? ['--web', web] : []),
        ...this.options,
      ],
      join(this.world.dir, `kiosk-${this.name}.log`),
    )
    this.url = await this.program.line('Page: ')
    this.listen = this.url.replace('http://', '') // the same again after a restart
  }

  /** Our own connection to the agent, next to that of a page or instead of it. */
  async connect() {
    this.socket = new WebSocket(`${this.url.replace('http', 'ws')}/ws`, 'tongsheng.kiosk.v1')
    this.socket.on('message', (data) => {
      this.screen = JSON.parse(String(data)).screen
      this.changed()
    })
    await new Promise((resolve, reject) => {
      this.socket.on('open', resolve)
      this.socket.on('error', reject)
    })
    await this.until(() => this.screen, `${this.name} shows a screen`)
  }

  scan(code) {
    this.socket.send(JSON.stringify({ scan: code }))
  }

  tap(action, more = {}) {
    this.socket.send(JSON.stringify({ serial: this.screen.serial, tap: action, ...more }))
  }

  shows(name, timeout) {
    return this.until(() => this.screen?.name === name && this.screen, `${this.name} shows ${name}`, timeout)
  }

  offers(action, timeout) {
    return this.until(
      () => this.screen?.may?.includes(action) && this.screen,
      `${this.name} offers ${action}`,
      timeout,
    )
  }

  /** One child's whole visit; `choices`: one list of options per question, [] is a blank vote.
   * Returns the receipt. */
  async vote(slip, choices) {
    await this.until(
      () => this.screen?.may?.includes('start') || this.screen?.name === 'scan',
      `${this.name} lets a child begin`,
    )
    if (this.screen.may.includes('start')) {
      const { serial } = this.screen
      this.tap('start')
      await this.until(() => this.screen.serial !== serial, `${this.name} begins`)
    }
    this.scan(slip)
    await this.shows('info')
    this.tap('next')
    for (const [at, options] of choices.entries()) {
      await this.until(
        () => this.screen.name === 'question' && this.screen.question.number === at + 1,
        `question ${at + 1}`,
      )
      if (options.length === 0) {
        this.tap('blank')
        await this.until(() => this.screen.question.blank, 'a blank vote')
      }
      for (const option of options) {
        const { serial } = this.screen
        this.tap('choose', { option })
        await this.until(() => this.screen.serial !== serial, 'the choice shows')
      }
      this.tap('next')
    }
    const { receipt } = await this.shows('review')
    this.tap('cast')
    await this.shows('thanks')
    this.tap('done')
    await this.until(() => this.screen.name !== 'thanks', 'the next child')
    return receipt
  }

  async restart() {
    await this.program.kill()
    this.socket?.close()
    await this.start()
  }
}
