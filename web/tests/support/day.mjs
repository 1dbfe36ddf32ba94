// A meeting day (scenario A) through the facilitator's page. `look(name, page)` is called on every
// screen on the way: tests check it, pictures are taken of it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openPage } from './browser.mjs'
import { bin } from './places.mjs'
import { Program } from './process.mjs'
import { PASSPHRASE } from './world.mjs'

/** Keepers' devices that wait for a ceremony, approved. */
export async function stations(world, count) {
  world.keeperStations = []
  for (let i = 1; i <= count; i++) {
    const name = `Key${i}`
    const program = new Program(
      [
        join(bin, 'tongsheng-kiosk'), 'keys', '--dir', join(world.dir, `keeper-${name}`), '--server',
        await world.deviceUrl(),
        '--pin', world.pin, '--name', name, '--card', join(world.dir, `card-${name}.json`),
      ],
      join(world.dir, `keeper-${name}.log`),
    )
    world.keeperStations.push({ name, program, id: await world.approve(name) })
  }
  await world.facilitator.until(
    () => world.console.kiosks.filter((one) => one.role === 'keeper' && one.online).length === count,
    'the stations are there',
  )
}

export class Facilitator {
  /** Logged in, in the world's meeting. */
  static async enter(world, { login = 'facilitator', look = async () => {}, ...more } = {}) {
    const page = await openPage(`${world.url}/console/`, more)
    const self = new Facilitator(world, page, look)
    await page.fill('input[name=login]', login)
    await look('login', page)
    await page.fill('input[name=passphrase]', PASSPHRASE)
    await page.click('button[type=submit]')
    await page.waitForSelector('.meeting')
    await look('meetings', page)
    await page.click('.meeting')
    await page.waitForSelector('.next')
    return self
  }

  constructor(world, page, look) {
    Object.assign(this, { world, page, look })
  }

  /** The one next action, when it is this command. */
  async next(cmd) {
    await this.world.facilitator.until(
      () => this.world.console.next?.cmd === cmd && !/packages|signatures|keepers|keys|pack$/.test(this.world.console.next.waits ?? ''),
      `next is ${cmd}`,
    )
    await this.page.waitForFunction(() => document.querySelector('#next-step:not(:disabled)'))
    await this.page.click('#next-step')
  }

  async sheet() {
    await this.page.waitForSelector('dialog[open]')
  }

  async submit() {
    await this.page.click('dialog[open] footer .primary')
    await this.gone()
  }

  async gone() {
    await this.page.waitForSelector('dialog[open]', { state: 'detached' })
  }

  count(label) {
    return this.page.locator(`dialog[open] .count:has-text("${label}") input`).first()
  }

  async until(what, check) {
    await this.world.facilitator.until(check, what)
  }

  /** Seats 1 to n: the first by tap, the second by its number, the others at once. */
  async checkIn(n) {
    const { page } = this
    await this.next('attendance.arrive')
    await this.sheet()
    await page.click('dialog .seats button >> nth=0')
    await page.fill('#seat-typed', '2')
    await page.keyboard.press('Enter')
    await this.until('two are here', () => this.world.console.present === 2)
    await this.look('seats', page)
    for (let seat = 3; seat <= n; seat++) await page.click(`dialog .seats button >> nth=${seat - 1}`)
    await this.until(`${n} are here`, () => this.world.console.present === n)
    await page.keyboard.press('Escape')
    await this.gone()
  }

  async openMeeting() {
    await this.next('meeting.open')
    await this.until('the meeting is open', () => this.world.console.state === 'open')
    await this.next('meeting.item')
    await this.until('item 1', () => this.world.console.item === 1)
  }

  /** By its key. */
  async putMotion(title, text) {
    await this.page.keyboard.press('m')
    await this.sheet()
    await this.page.fill('dialog input', title)
    await this.page.fill('dialog textarea', text)
    await this.look('motion', this.page)
    await this.submit()
    await this.until('the motion is open', () => this.world.console.motions.some((one) => one.state === 'open'))
  }

  async createPoll({ two = false, free = false } = {}) {
    const { page } = this
    await this.next('poll.create')
    await this.sheet()
    for (const [name, text] of Object.entries({
      decides: '议事会决定提不提，区里决定怎么做。', can_change: '建议什么由你们定，预算由区里定。', answer_by: '十五个工作日以内。',
    }))
      await page.fill(`dialog input[name=${name}]`, text)
    const boxes = page.locator('dialog .row .check input')
    if (free) await boxes.nth(-3).check()
    if (two) await boxes.nth(-2).check()
    await this.look('poll-new', page)
    await this.submit()
    await this.until('the draft is there', () => this.world.console.polls.some((one) => one.state === 'draft'))
    return this.world.console.polls.find((one) => one.state === 'draft').poll
  }

  async makeKeys(threshold) {
    const { page } = this
    await this.next('keepers.start')
    await this.sheet()
    await this.count('').fill(String(threshold))
    await page.keyboard.press('Tab')
    await this.look('keepers', page)
    await page.click('dialog footer .primary')
    await this.until('the keys are made', () => this.world.console.keepers?.state === 'ready')
    await page.keyboard.press('Escape')
    await this.gone()
    await this.world.keepersDone()
  }

  async prepare(poll) {
    await this.next('poll.prepare')
    await this.sheet()
    await this.look('prepare', this.page)
    await this.submit()
    await this.world.everyBooth(poll, 'acked')
    await this.look('ready', this.page)
  }

  async open(poll) {
    await this.next('poll.open')
    await this.sheet()
    const told = this.page.locator('dialog .check input')
    if (await told.count()) await told.check()
    await this.look('open', this.page)
    await this.submit()
  }

  async release(poll, kiosk) {
    const before = this.world.poll(poll).booths.find((one) => one.name === kiosk).released
    await this.page.click(`.release .booth:has-text("${kiosk}")`)
    await this.until(`${kiosk} is released`, () => this.world.poll(poll).booths.find((one) => one.name === kiosk).released > before)
  }

  async close(poll) {
    const { page } = this
    await page.click(`[data-poll="${poll}"] .row button:has-text("${this.say('截止投票', 'Close the poll')}")`)
    await this.sheet()
    await this.look('close', page)
    const hold = await page.locator('dialog .hold').boundingBox()
    await page.mouse.move(hold.x + 40, hold.y + 20)
    await page.mouse.down()
    await this.until('the poll is closing', () => this.world.poll(poll).state !== 'open')
    await page.mouse.up()
    await this.gone()
  }

  async paper(counts) {
    await this.next('poll.paper')
    await this.sheet()
    const inputs = this.page.locator('dialog .paper input')
    for (const [i, n] of counts.entries()) await inputs.nth(i).fill(String(n))
    await this.page.keyboard.press('Tab')
    await this.look('paper', this.page)
    await this.submit()
  }

  async text(cmd, text) {
    await this.next(cmd)
    await this.sheet()
    await this.page.fill('dialog textarea', text)
    await this.look(cmd, this.page)
    await this.submit()
  }

  async reveal(poll) {
    for (const step of [1, 2, 3]) {
      await this.next('screen.show')
      await this.until(`step ${step}`, () => this.world.console.stage.show === 'result' && this.world.console.stage.step === step)
    }
    await this.look('reveal', this.page)
    await this.next('poll.publish')
    await this.until('it is published', () => this.world.poll(poll).state === 'published')
  }

  say(zh, en) {
    return this.english ? en : zh
  }
}

/** From check-in to the end. */
export async function playDay(world, facilitator, { present = 9 } = {}) {
  const { page, look } = facilitator
  await facilitator.look('planned', page)
  await facilitator.checkIn(present)
  await facilitator.openMeeting()
  await page.click('.agenda li:nth-child(2) button')
  await page.waitForSelector('.agenda li.now:nth-child(2)')
  await facilitator.putMotion('校门口的斑马线和护学岗', '上学的时候车很多，弯道看不见人。\n建议在弯道设斑马线，早上有护学岗。')
  for (const [seat, side] of [[3, 0], [7, 1], [1, 0], [5, 2]]) {
    await page.keyboard.press('q')
    await page.keyboard.type(String(seat))
    await page.click(`.join .side >> nth=${side}`)
    await facilitator.until(`seat ${seat} waits`, () => world.console.queue.some((one) => one.seat === seat))
    await page.keyboard.press('Escape')
  }
  await page.keyboard.press('t')
  await facilitator.until('somebody speaks', () => world.console.speech)
  await look('discussion', page)
  const poll = await (async () => {
    while (world.console.queue.length) {
      const waiting = world.console.queue.length
      await facilitator.next('queue.next')
      await facilitator.until('the queue moves', () => world.console.queue.length < waiting)
    }
    return facilitator.createPoll()
  })()
  await stations(world, 3)
  await facilitator.makeKeys(2)
  const pack = await world.pack('A', 20)
  await facilitator.prepare(poll)
  await facilitator.open(poll)
  const slips = [...pack.slips]
  for (let i = 0; i < present - 2; i++) {
    const booth = world.booths[i % world.booths.length]
    await facilitator.release(poll, booth.name)
    await booth.vote(slips.pop(), [[i < 4 ? 0 : i < 6 ? 1 : 2]])
  }
  await facilitator.release(poll, world.booths[0].name)
  await look('voting', page)
  await world.booths[0].vote(slips.pop(), [[0]])
  await facilitator.release(poll, world.booths[1].name)
  await world.booths[1].vote(slips.pop(), [[1]])
  await facilitator.close(poll)
  await world.everyBooth(poll, 'stated')
  await look('closing', page)
  assert.equal(world.poll(poll).balance, undefined)
  await facilitator.paper([20, 20 - present, present, 0, 0, 0, 0, 0, present])
  await facilitator.until('the computer shows its own', () => world.poll(poll).balance)
  await look('balanced', page)
  await facilitator.next('poll.finish')
  await world.everyBooth(poll, 'k_signed')
  await look('closed', page)
  await world.decrypt(poll, pack, 2)
  await facilitator.next('poll.tally')
  await facilitator.until('it is counted', () => world.poll(poll).state === 'tallied')
  await facilitator.reveal(poll)
  await facilitator.text('motion.minority', '有同学担心堵车。')
  await facilitator.next('motion.decide')
  await facilitator.sheet()
  await page.fill('dialog textarea', '请公安交警部门在弯道设斑马线。')
  await page.fill('dialog input >> nth=0', '公安交警大队')
  await look('decide', page)
  await facilitator.submit()
  await facilitator.until('it is decided', () => world.console.motions[0].decision)
  await look('published', page)
  return { poll, pack, slips }
}
