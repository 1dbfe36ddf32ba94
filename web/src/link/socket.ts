// The link to the server: commands with ids that survive a broken connection, views as they are
// (docs/protocol/conventions.md). It knows no rule of the council and keeps no history.
import { shallowReactive, shallowRef, type ShallowRef } from 'vue'
import type { CommandFrame, Commands, Id, Reject, Reply, Views } from '@/gen/protocol'
import { drawId } from '@/link/ids'

export type LinkState = 'connecting' | 'open' | 'lost'

/** Thrown when the server refuses a command. */
export class Rejected extends Error {
  constructor(readonly reject: Reject) {
    super(reject.code)
  }
}

export interface Seen<V extends keyof Views> {
  /** undefined: not yet seen; null: not for this viewer, or gone */
  body: ShallowRef<Views[V] | null | undefined>
  reject: ShallowRef<Reject | null>
  stop(): void
}

interface Waiting {
  frame: string
  resolve(reply: Reply): void
  reject(error: Rejected): void
}

interface Subscription {
  view: keyof Views
  key: string
  ver: number | undefined
  users: number
  body: ShallowRef<unknown>
  reject: ShallowRef<Reject | null>
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 2000 // a screen is back within three seconds (PJ-01)
const LOGGED_OUT = ['login.expired', 'card.unknown'] // any other refusal may pass

/** What makes a connection more than nobody: sent first on every new connection. */
export interface Credential {
  cmd: 'login.resume' | 'card.login'
  body: Commands['login.resume'] | Commands['card.login']
}

export class Link {
  readonly state = shallowRef<LinkState>('connecting')
  /** server time minus our own, in ms */
  readonly clockDifference = shallowRef(0)
  readonly setupNeeded = shallowRef(false)
  /** true once the credential (if there is one) was accepted on this connection */
  readonly ready = shallowRef(false)
  private socket: WebSocket | undefined
  private readonly waiting = shallowReactive(new Map<Id, Waiting>())
  private readonly subscriptions = new Map<string, Subscription>()
  private wait = FIRST_WAIT_MS
  private timer: number | undefined
  private closed = false

  constructor(
    private readonly client: string,
    private credential: Credential | undefined,
    private readonly onCredentialRefused: () => void = () => undefined,
    private readonly url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  ) {
    this.connect()
  }

  /** From now on, and again after every loss of the connection. undefined: nobody. */
  identify(credential: Credential | undefined): void {
    this.credential = credential
  }

  /** Resolves when the server has made it durable; rejects with Rejected. A lost answer is asked
   * for again with the same id on the next connection. */
  send<C extends keyof Commands>(cmd: C, body: Commands[C]): Promise<Reply> {
    const frame: CommandFrame<C> = { v: 1, id: drawId(), cmd, body }
    const text = JSON.stringify(frame)
    return new Promise((resolve, reject) => {
      this.waiting.set(frame.id, { frame: text, resolve, reject })
      if (this.state.value === 'open' && this.ready.value) this.socket?.send(text)
    })
  }

  /** The newest state of a view, from now on. */
  watch<V extends keyof Views>(view: V, key = ''): Seen<V> {
    const name = `${view}\n${key}`
    let subscription = this.subscriptions.get(name)
    if (!subscription) {
      subscription = {
        view,
        key,
        ver: undefined,
        users: 0,
        body: shallowRef(undefined),
        reject: shallowRef(null),
      }
      this.subscriptions.set(name, subscription)
      if (this.state.value === 'open' && this.ready.value) this.subscribe(subscription)
    }
    subscription.users++
    const held = subscription
    let stopped = false
    return {
      body: held.body as Seen<V>['body'],
      reject: held.reject,
      stop: () => {
        if (stopped) return
        stopped = true
        if (--held.users > 0) return
        this.subscriptions.delete(name)
        if (this.state.value === 'open') void this.quietly('unsubscribe', { view, key })
      },
    }
  }

  /** Ends everything: a page that goes away, or the next child. */
  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.waiting.clear()
    this.subscriptions.clear()
    this.socket?.close()
  }

  private connect(): void {
    const socket = new WebSocket(this.url, 'tongsheng.v1')
    this.socket = socket
    socket.onopen = () => void this.greet(socket)
    socket.onmessage = (event) => this.receive(JSON.parse(String(event.data)))
    socket.onclose = () => {
      if (this.socket !== socket || this.closed) return
      this.state.value = 'lost'
      this.ready.value = false
      for (const [id, waiting] of this.waiting) if (!waiting.frame) this.waiting.delete(id)
      this.timer = window.setTimeout(() => this.connect(), this.wait)
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS)
    }
  }

  /** Hello, the credential, the views, and whatever has not been answered yet. */
  private async greet(socket: WebSocket): Promise<void> {
    this.state.value = 'open'
    this.wait = FIRST_WAIT_MS
    const asked = Date.now()
    const hello = await this.quietly('hello', { client: this.client })
    if (this.socket !== socket || !hello) return
    if (hello.now !== undefined)
      this.clockDifference.value = hello.now - Math.round((asked + Date.now()) / 2)
    this.setupNeeded.value = hello.setup_needed ?? false
    if (this.credential) {
      try {
        await this.ask(this.credential.cmd, this.credential.body)
      } catch (error) {
        if (!(error instanceof Rejected)) throw error
        if (LOGGED_OUT.includes(error.reject.code)) {
          this.credential = undefined
          this.onCredentialRefused()
        }
      }
      if (this.socket !== socket) return
    }
    this.ready.value = true
    for (const subscription of this.subscriptions.values()) this.subscribe(subscription)
    for (const waiting of this.waiting.values()) if (waiting.frame) socket.send(waiting.frame)
  }

  private subscribe(subscription: Subscription): void {
    const { view, key, ver } = subscription
    this.ask('subscribe', ver === undefined ? { view, key } : { view, key, ver }).then(
      () => (subscription.reject.value = null),
      (error: unknown) => {
        if (error instanceof Rejected) subscription.reject.value = error.reject
      },
    )
  }

  /** A command about this connection only: not sent again on another one. */
  private ask<C extends keyof Commands>(cmd: C, body: Commands[C]): Promise<Reply> {
    const frame: CommandFrame<C> = { v: 1, id: drawId(), cmd, body }
    return new Promise((resolve, reject) => {
      this.waiting.set(frame.id, { frame: '', resolve, reject })
      this.socket?.send(JSON.stringify(frame))
    })
  }

  private async quietly<C extends keyof Commands>(
    cmd: C,
    body: Commands[C],
  ): Promise<Reply | undefined> {
    try {
      return await this.ask(cmd, body)
    } catch {
      return undefined
    }
  }

  private receive(frame: {
    re?: Id
    ok?: Reply
    err?: Reject
    view?: string
    key?: string
    ver?: number
    body?: unknown
  }): void {
    if (frame.re !== undefined) {
      const waiting = this.waiting.get(frame.re)
      this.waiting.delete(frame.re)
      if (frame.ok) waiting?.resolve(frame.ok)
      else if (frame.err) waiting?.reject(new Rejected(frame.err))
    } else if (frame.view !== undefined) {
      const subscription = this.subscriptions.get(`${frame.view}\n${frame.key ?? ''}`)
      if (!subscription) return
      subscription.ver = frame.ver
      subscription.body.value = frame.body
    }
  }
}
