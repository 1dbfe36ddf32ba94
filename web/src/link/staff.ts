// Who is logged in at this page. Token or card live as long as the tab (sessionStorage), so that a
// page that is loaded anew is there again; a card's code comes in the fragment of the address and
// is taken out of it at once.
import { shallowRef } from 'vue'
import { Link, type Credential } from '@/link/socket'

const TOKEN = 'tongsheng.token'
const CARD = 'tongsheng.card'

function stored(): Credential | undefined {
  const card = sessionStorage.getItem(CARD)
  if (card) return { cmd: 'card.login', body: { code: card } }
  const token = sessionStorage.getItem(TOKEN)
  return token ? { cmd: 'login.resume', body: { token } } : undefined
}

/** `#card=CODE`: office cards and big screens. */
function fromFragment(): Credential | undefined {
  const match = /(?:^#|&)card=([A-Za-z0-9+/]{43})(?:&|$)/.exec(location.hash)
  if (!match?.[1]) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  sessionStorage.setItem(CARD, match[1])
  return { cmd: 'card.login', body: { code: match[1] } }
}

export class StaffLink {
  readonly link: Link
  /** a credential is at hand; the server may still refuse it */
  readonly known = shallowRef(false)

  constructor(client: string) {
    const credential = fromFragment() ?? stored()
    this.known.value = credential !== undefined
    this.link = new Link(client, credential, () => this.forget())
  }

  /** Throws Rejected. */
  async login(login: string, passphrase: string): Promise<void> {
    const { token } = await this.link.send('login', { login, passphrase })
    if (token) {
      sessionStorage.setItem(TOKEN, token)
      this.link.identify({ cmd: 'login.resume', body: { token } })
    }
    this.known.value = true
  }

  /** For downloads that are not for everybody (`Authorization: Bearer`). */
  token(): string | null {
    return sessionStorage.getItem(TOKEN)
  }

  async logout(): Promise<void> {
    await this.link.send('logout', {}).catch(() => undefined)
    this.forget()
  }

  private forget(): void {
    sessionStorage.removeItem(TOKEN)
    sessionStorage.removeItem(CARD)
    this.link.identify(undefined)
    this.known.value = false
  }
}
