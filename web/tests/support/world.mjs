// A real server with booths, slip office and keepers, brought to whatever stage a test begins at.
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Booth } from './booth.mjs'
import { Client } from './client.mjs'
import { Cable } from './cable.mjs'
import { bin, outDir, pages } from './places.mjs'
import { Program } from './process.mjs'

export const PASSPHRASE = 'correct horse battery'
export const MAJORITY = {
  kind: 'majority', base: 'present', turnout_num: 0, turnout_den: 1, seats: 1, reserved: [],
  tie: 'second_round', notice_days: 0,
}
export const INFO = {
  asked: '校门口要不要斑马线和护学岗？', decides: '议事会决定提不提，区里的部门决定怎么做。',
  can_change: '你们可以决定建议什么；预算由区里定。', answer_by: '十五个工作日以内答复。',
}

export class World {
  /** A server that nobody has set up yet. */
  static async bare({ programs = bin } = {}) {
    const world = new World()
    mkdirSync(outDir, { recursive: true })
    world.dir = mkdtempSync(join(outDir, 'world-'))
    world.programs = programs // where the server is taken from
    world.booths = []
    world.cables = []
    world.problems = [] // frames of devices that broke the schema
    world.keeperStations = []
    world.port = 0
    await world.startServer()
    world.setupCode = await world.server.line('Setup code: ')
    return world
  }

  /** With district, organiser ("organiser"), facilitators ("facilitator", "second"), a council with
   * members and a planned meeting. */
  static async start({ members = 12, booths = 0, items, rehearsal = false } = {}) {
    const world = await World.bare()
    await world.setUp()
    await world.addCouncil(members)
    await world.addMeeting({ items, rehearsal })
    for (let i = 1; i <= booths; i++) await world.addBooth(`K${i}`)
    return world
  }

  async startServer() {
    const data = join(this.dir, 'server')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const portFile = join(data, 'port')
    rmSync(portFile, { force: true })
    const web = join(pages, 'server')
    this.server = new Program(
      [
        join(this.programs, 'tongsheng-server'), '--data', data, '--address', '127.0.0.1',
        '--port', String(this.port), '--port-file', portFile,
        ...(existsSync(web) ? ['--web', web] : []),
      ],
      join(this.dir, 'server.log'),
    )
    for (;;) {
      if (existsSync(portFile) && readFileSync(portFile, 'utf8').endsWith('\n')) break
      if (this.server.over) throw this.server.silence('it listened')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    this.port = Number(readFileSync(portFile, 'utf8'))
    this.url = `https://127.0.0.1:${this.port}`
    const cert = new X509Certificate(readFileSync(join(data, 'tls-cert.pem')))
    this.pin = createHash('sha256').update(cert.raw).digest('hex')
  }

  /** SIGKILL; pages and booths come back by themselves, our own clients log in again. */
  async restartServer() {
    await this.server.kill()
    await this.startServer()
    if (this.organiser) this.organiser = await this.login('organiser')
    if (this.facilitator) this.facilitator = await this.login('facilitator')
    if (this.organiser) await this.organiser.watch('desk', this.district)
    if (this.facilitator && this.meeting) await this.facilitator.watch('console', this.meeting)
  }

  async layCable() {
    const cable = await Cable.lay(join(this.dir, 'server'), this.port, this.problems)
    this.cables.push(cable)
    return cable
  }

  /** The way of keepers and slip office to the server. */
  async deviceUrl() {
    this.deviceCable ??= await this.layCable()
    return this.deviceCable.url
  }

  async login(login) {
    const client = await Client.open(this.url)
    const { token } = await client.call('login', { login, passphrase: PASSPHRASE })
    client.token = token
    return client
  }

  async setUp() {
    const client = await Client.open(this.url)
    await client.call('setup', {
      code: this.setupCode, district: '张店区', login: 'organiser', name: '王芳', passphrase: PASSPHRASE,
    })
    client.close()
    this.organiser = await this.login('organiser')
    const me = await this.organiser.watch('me')
    this.district = me.grants[0].body
    await this.organiser.watch('desk', this.district)
    for (const [login, name] of [['facilitator', '李梅'], ['second', '周燕']])
      await this.organiser.call('staff.add', {
        body: this.district, login, name, passphrase: PASSPHRASE, role: 'facilitator',
      })
  }

  async addCouncil(members) {
    const { id } = await this.organiser.call('council.add', {
      body: this.district, name: '张店区儿童议事会', term: 1,
      rules: { quorum_num: 2, quorum_den: 3, speech_seconds: 60, reply_days: 15 },
    })
    this.council = id
    const names = ['小雨', '子涵', '浩然', '一诺', '梓萱', '昊天', '雨桐', '晨曦', '思远', '嘉琪']
    const rows = Array.from({ length: members }, (_, i) => ({
      name: `${names[i % names.length]}${i + 1}`, sex: i % 2 ? 'boy' : 'girl', grade: 3 + (i % 7), seat: i + 1,
    }))
    if (rows.length) await this.organiser.call('roster.import', { council: id, rows })
  }

  async addMeeting({ items, rehearsal = false } = {}) {
    const { id } = await this.organiser.call('meeting.create', {
      council: this.council, kind: 'plenary', sitting: 3, title: '第一届第三次全体会议',
      place: '儿童之家', starts_at: Date.now(), minutes: 90, rehearsal,
      items: items ?? [
        { title: '去年提案办理情况', minutes: 15, origin: 'adult' },
        { title: '校门口的斑马线', minutes: 40, origin: 'child_card' },
        { title: '公园画哪一张', minutes: 20, origin: 'group' },
      ],
    })
    this.meeting = id
    this.facilitator = await this.login('facilitator')
    await this.facilitator.watch('console', id)
  }

  get desk() {
    return this.organiser.view('desk', this.district)
  }

  get console() {
    return this.facilitator.view('console', this.meeting)
  }

  poll(id) {
    return this.console.polls.find((one) => one.poll === id)
  }

  async approve(name) {
    const kiosk = await this.organiser.until(
      () => this.desk.kiosks.find((one) => one.name === name),
      `${name} asks to be enrolled`,
    )
    if (kiosk.state === 'requested')
      await this.organiser.call('kiosk.approve', { kiosk: kiosk.kiosk, body: this.district })
    return kiosk.kiosk
  }

  async addBooth(name, options) {
    const booth = new Booth(this, name, options)
    await booth.start()
    booth.id = await this.approve(name)
    this.booths.push(booth)
    return booth
  }

  /** A pack of slips from a slip office; returns {pack, uuid, slips: [code, …]}. */
  async pack(letter = 'A', count = 20) {
    const out = join(this.dir, `slips-${letter}.json`)
    const office = new Program(
      [
        join(bin, 'tongsheng-kiosk'), 'slips', '--dir', join(this.dir, 'office'),
        '--server', await this.deviceUrl(), '--pin', this.pin, '--name', 'Office', '--council', this.council,
        '--letter', letter, '--count', String(count), '--out', out,
      ],
      join(this.dir, 'office.log'),
    )
    await this.approve('Office')
    if ((await office.ended) !== 0) throw office.silence('it printed the slips')
    const printed = JSON.parse(readFileSync(out, 'utf8'))
    return { pack: printed.pack, uuid: printed.uuid, slips: printed.slips.map((slip) => slip.code) }
  }

  /** `threshold` of `count` keepers make their keys; every booth scans the card. */
  async keepers(threshold = 1, count = 1) {
    const stations = []
    for (let i = 1; i <= count; i++) {
      const name = `Key${i}`
      const program = new Program(
        [
          join(bin, 'tongsheng-kiosk'), 'keys', '--dir', join(this.dir, `keeper-${name}`),
          '--server', await this.deviceUrl(), '--pin', this.pin, '--name', name,
          '--card', join(this.dir, `card-${name}.json`),
        ],
        join(this.dir, `keeper-${name}.log`),
      )
      stations.push({ name, program, id: await this.approve(name) })
    }
    await this.facilitator.call('keepers.start', {
      council: this.council, meeting: this.meeting, threshold, stations: stations.map((one) => one.id),
    })
    this.keeperStations = stations
    await this.keepersDone()
  }

  /** After a ceremony that somebody else (a page) has started. */
  async keepersDone() {
    for (const { program } of this.keeperStations) {
      this.keysCard = await program.line('keys-card ')
      if ((await program.ended) !== 0) throw program.silence('it made its key')
    }
    for (const booth of this.booths) {
      if (!booth.socket) await booth.connect()
      booth.scan(this.keysCard)
    }
  }

  async openMeeting(present = this.console.members) {
    const members = this.console.seats.slice(0, present).map((seat) => seat.member)
    const where = { council: this.council, meeting: this.meeting }
    if (members.length) await this.facilitator.call('attendance.arrive', { ...where, members })
    await this.facilitator.call('meeting.open', where)
  }

  async createPoll(more = {}) {
    const { id } = await this.facilitator.call('poll.create', {
      council: this.council, meeting: this.meeting, item: 2, question: '同意这个提案吗？', method: 'yna',
      min: 1, max: 1, per_option: 1, blank: false, options: [], rule: MAJORITY, info: INFO,
      free_flow: true, two_persons: false, not_before: 0, min_tally: 1, ...more,
    })
    return id
  }

  pollCommand(cmd, poll, more = {}, client = this.facilitator) {
    return client.call(cmd, { council: this.council, poll, ...more })
  }

  everyBooth(poll, flag) {
    return this.facilitator.until(
      () => this.poll(poll)?.booths.every((booth) => booth[flag] || booth.given_up),
      `every booth has ${flag}`,
    )
  }

  /** From draft to open on all booths. */
  async openPoll(poll, pack) {
    await this.pollCommand('poll.prepare', poll, {
      pack: pack.pack, booths: this.booths.map((booth) => booth.id),
    })
    await this.everyBooth(poll, 'acked')
    await this.pollCommand('poll.open', poll)
  }

  /** From open to tallied. `handedOut` slips left the hat, all of which were cast. */
  async countPoll(poll, pack, handedOut, more = {}) {
    await this.pollCommand('poll.close', poll)
    await this.everyBooth(poll, 'stated')
    await this.pollCommand('poll.paper', poll, {
      counts: {
        printed: pack.slips.length, left_over: pack.slips.length - handedOut, handed_out: handedOut,
        unused: 0, lost: 0, lost_replaced: 0, exchanged: 0, audited: 0, took_part: handedOut, ...more,
      },
    })
    await this.pollCommand('poll.finish', poll)
    await this.everyBooth(poll, 'k_signed')
    await this.decrypt(poll, pack)
    await this.pollCommand('poll.tally', poll)
    await this.facilitator.until(() => this.poll(poll).state === 'tallied', 'the result')
  }

  /** The keepers (the first `count`, default all) open the closed poll. */
  async decrypt(poll, pack, count = this.keeperStations.length) {
    const words = await this.facilitator.until(() => this.poll(poll).closing_words, 'the closing words')
    for (const { name } of this.keeperStations.slice(0, count)) {
      const opening = new Program(
        [
          join(bin, 'tongsheng-kiosk'), 'open', '--dir', join(this.dir, `keeper-${name}`),
          '--server', await this.deviceUrl(), '--pin', this.pin, '--name', name,
          '--card', join(this.dir, `card-${name}.json`), '--uuid', pack.uuid, '--words', words,
        ],
        join(this.dir, `keeper-${name}.log`),
      )
      if ((await opening.ended) !== 0) throw opening.silence('it opened the poll')
    }
    await this.facilitator.until(() => this.poll(poll).opened_by >= count, "the keepers' parts")
  }

  /** A bearer token for an office (undefined: big screen) of the meeting: 43 Base64 characters. */
  async card(office) {
    const { token } = await this.facilitator.call('office.grant', {
      council: this.council, meeting: this.meeting, ...(office ? { office } : {}),
    })
    return token
  }

  /** Ends all programs; the files stay when `keep` is true or a test failed. */
  async end({ keep = false } = {}) {
    this.organiser?.close()
    this.facilitator?.close()
    for (const booth of this.booths) {
      booth.socket?.close()
      await booth.program.kill()
    }
    for (const { program } of this.keeperStations) await program.kill()
    await this.server.kill()
    for (const cable of this.cables) cable.remove()
    if (this.problems.length) throw new Error(this.problems.join('\n'))
    if (!keep) rmSync(this.dir, { recursive: true, force: true })
  }
}

/** The code of an office card as booths scan it: `TS1.card.` and 44 Base58 digits, big-endian. */
export function cardCode(token) {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  let n = BigInt(`0x${Buffer.from(token, 'base64').toString('hex')}`)
  let text = ''
  for (let i = 0; i < 44; i++) {
    text = alphabet[Number(n % 58n)] + text
    n /= 58n
  }
  return `TS1.card.${text}`
}
