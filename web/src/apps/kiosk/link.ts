// The link to this machine's agent (docs/kiosk.md). The page shows what comes and keeps nothing:
// when the link breaks, nothing is left to show.
import { shallowRef } from 'vue'
import type { Change, Scan, Screen, ScreenSettings, Tap, TapAction } from '@/gen/screen'

const AGAIN_MS = 500

export class KioskLink {
  /** undefined: the agent cannot be reached */
  readonly screen = shallowRef<Screen>()
  private socket: WebSocket | undefined

  constructor(private readonly url = `ws://${location.host}/ws`) {
    this.connect()
  }

  private connect(): void {
    const socket = new WebSocket(this.url, 'tongsheng.kiosk.v1')
    socket.onmessage = (event: MessageEvent<string>) => {
      this.screen.value = (JSON.parse(event.data) as { screen: Screen }).screen
    }
    socket.onclose = () => {
      this.screen.value = undefined
      window.setTimeout(() => this.connect(), AGAIN_MS)
    }
    this.socket = socket
  }

  private send(message: Tap | Scan | Change): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  tap(tap: TapAction, more: { question?: number; option?: number } = {}): void {
    const screen = this.screen.value
    if (screen?.may.includes(tap)) this.send({ serial: screen.serial, tap, ...more })
  }

  scan(scan: string): void {
    this.send({ scan })
  }

  /** Changes some of the settings of this visit. */
  set(change: Partial<ScreenSettings>): void {
    const settings = this.screen.value?.settings
    if (settings) this.send({ set: { ...settings, ...change } })
  }
}
