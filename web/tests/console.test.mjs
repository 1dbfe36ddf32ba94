// The facilitator's console in a real browser, against a real server, booths and keepers.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertClean, axe, closeBrowser, openPage, overflow } from './support/browser.mjs'
import { Facilitator, playDay } from './support/day.mjs'
import { World } from './support/world.mjs'

after(closeBrowser)

const SIZES = [[1280, 800], [1024, 768]]

/** axe once per screen, boxes in both sizes. */
async function inspect(name, page) {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height })
    const cut = (await overflow(page)).filter((line) => !line.startsWith('LABEL')) // .sr labels are clipped on purpose
    assert.deepEqual(cut, [], `${name} at ${width}`)
  }
  assert.deepEqual(await axe(page), [], name)
  await page.setViewportSize({ width: 1280, height: 800 })
}

async function withWorld(options, run) {
  const world = await World.start(options)
  try {
    await run(world)
  } finally {
    await world.end()
  }
}

test('a facilitator runs a meeting from check-in to decision without leaving the page (FU-01 to FU-07)', () =>
  withWorld({ members: 12, booths: 2 }, async (world) => {
    const facilitator = await Facilitator.enter(world, { look: inspect })
    const { poll } = await playDay(world, facilitator)
    assert.deepEqual(world.poll(poll).result.counts, [5, 3, 1])
    await facilitator.next('meeting.item')
    await facilitator.until('item 3', () => world.console.item === 3)
    await facilitator.next('meeting.close')
    await facilitator.sheet()
    await facilitator.submit()
    await facilitator.until('the meeting is over', () => world.console.state === 'closed')
    assertClean(facilitator.page)
  }))

test('panic controls: one tap each, and back (FU-09); two people open; a warning is acknowledged', () =>
  withWorld({ members: 6, booths: 1 }, async (world) => {
    await world.openMeeting(6)
    await world.keepers()
    const pack = await world.pack('A', 10)
    const poll = await world.createPoll({ free_flow: false, two_persons: true })
    await world.pollCommand('poll.prepare', poll, { pack: pack.pack, booths: [world.booths[0].id] })
    await world.everyBooth(poll, 'acked')
    const first = await Facilitator.enter(world)
    await first.next('poll.open')
    await first.sheet()
    assert.ok(await first.page.isDisabled('dialog footer .primary')) // fewer than ten: said first
    await first.page.check('dialog .check input')
    await first.submit()
    await first.until('the first person is noted', () => world.poll(poll).waiting.length === 1)
    assert.equal(world.poll(poll).state, 'ready')
    const second = await Facilitator.enter(world, { login: 'second' })
    await second.next('poll.open')
    await second.sheet()
    await second.page.check('dialog .check input')
    await second.submit()
    await first.until('it is open', () => world.poll(poll).state === 'open')

    const [booth] = world.booths
    await first.page.click('.panic button >> nth=0')
    await first.until('the screen is blank', () => world.console.stage.show === 'blank')
    await first.page.waitForSelector('.panic [aria-pressed=true]')
    await first.page.keyboard.press('b')
    await first.until('it follows again', () => world.console.stage.asked === 'follow')
    await first.release(poll, 'K1')
    await booth.shows('scan')
    await first.page.click('.panic button >> nth=2')
    await booth.until(() => booth.screen.name === 'notice', 'the visit ends')
    booth.tap('done')
    await booth.until(() => booth.screen.held, 'the waiting page')
    assert.equal(await first.page.locator('.release button').count(), 0) // may does not offer it
    await first.page.waitForSelector('.panic [aria-pressed=true]')
    await first.page.keyboard.press('w')
    await booth.until(() => booth.screen.name === 'welcome' && !booth.screen.held, 'it goes on')
    await first.page.waitForSelector('.panic [aria-pressed=true]', { state: 'detached' })
    await first.page.keyboard.press('p')
    await first.until('paused', () => world.poll(poll).hold === 'pause')
    await first.next('poll.hold')
    await first.until('it goes on', () => !world.poll(poll).hold)
    // a number key releases
    await first.page.waitForSelector('.release button')
    await first.page.keyboard.press('1')
    await booth.shows('scan')
    assertClean(first.page)
    assertClean(second.page)
  }))

test('a server killed in mid-poll and a console opened elsewhere go on where they were', () =>
  withWorld({ members: 4, booths: 1 }, async (world) => {
    await world.openMeeting(4)
    await world.keepers()
    const pack = await world.pack('A', 10)
    const poll = await world.createPoll({ free_flow: false })
    await world.openPoll(poll, pack)
    const one = await Facilitator.enter(world)
    await one.release(poll, 'K1')
    await world.booths[0].vote(pack.slips.pop(), [[0]])
    await world.restartServer()
    await one.page.waitForFunction(() => !document.querySelector('.lost'))
    await one.until('the booth is back', () => world.console.kiosks.find((row) => row.name === 'K1')?.online)
    await one.release(poll, 'K1') // nobody had to log in again
    await world.booths[0].vote(pack.slips.pop(), [[1]])
    await one.page.context().close()
    const other = await Facilitator.enter(world)
    await other.release(poll, 'K1')
    await world.booths[0].vote(pack.slips.pop(), [[0]])
    await other.close(poll)
    await world.everyBooth(poll, 'stated')
    // The paper says four, the computer three: named, and accepted by two.
    await other.paper([10, 6, 4, 0, 0, 0, 0, 0, 4])
    await other.text('poll.accept_difference', '一张票被雨淋湿了。')
    await other.until('the first is noted', () => world.poll(poll).waiting.length === 1)
    assert.equal(await other.page.locator('.poll .warnings li').first().isVisible(), true)
    const second = await Facilitator.enter(world, { login: 'second' })
    await second.text('poll.accept_difference', '一张票被雨淋湿了。')
    await other.until('both have accepted', () => world.poll(poll).balance.accepted)
    await other.next('poll.finish')
    await other.until('it is sealed', () => world.poll(poll).state === 'closed')
    assertClean(other.page)
    assertClean(second.page)
  }))

test('a booth that stays silent is given up by two people', () =>
  withWorld({ members: 4, booths: 2 }, async (world) => {
    await world.openMeeting(4)
    await world.keepers()
    const pack = await world.pack('A', 10)
    const poll = await world.createPoll()
    await world.openPoll(poll, pack)
    await world.booths[1].program.kill()
    const one = await Facilitator.enter(world)
    await one.until('K2 is away', () => !world.console.kiosks.find((row) => row.name === 'K2').online)
    await one.page.waitForSelector('.kiosks .away')
    await one.close(poll)
    const giveUp = async (self) => {
      await self.page.click(`[data-poll="${poll}"] .booths li:has-text("K2") button`)
      await self.sheet()
      await self.page.fill('dialog textarea', '坏了')
      await self.submit()
    }
    await one.until('K1 has stated', () => world.poll(poll).booths.some((row) => row.stated))
    await giveUp(one)
    const second = await Facilitator.enter(world, { login: 'second' })
    await giveUp(second)
    await one.until('K2 is given up', () => world.poll(poll).booths.some((row) => row.given_up))
    assertClean(one.page)
  }))

test('shortcuts: ? lists them, Esc closes, letters can be switched off', () =>
  withWorld({ members: 4, booths: 0 }, async (world) => {
    await world.openMeeting(4)
    const { page } = await Facilitator.enter(world, { language: 'en' })
    await page.keyboard.press('?')
    await page.waitForSelector('dialog .keys')
    assert.ok((await page.locator('dialog .keys dt').count()) > 12)
    await page.uncheck('dialog .check input')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.keyboard.press('b')
    await page.keyboard.press('?')
    await page.check('dialog .check input')
    await page.keyboard.press('Escape')
    assert.notEqual(world.console.stage.asked, 'blank')
    for (const [key, inside] of [['h', '.rules'], ['r', '.named'], ['a', '.seats'], ['c', '.choices'], ['m', 'textarea'], ['i', 'textarea']]) {
      await page.waitForSelector('dialog', { state: 'detached' })
      await page.keyboard.press(key)
      await page.waitForSelector(`dialog ${inside}`)
      await page.keyboard.press('Escape')
    }
    assertClean(page)
  }))

test('hands, a vote by name, guests, a note; what the server refuses is said in words', () =>
  withWorld({ members: 5, booths: 0 }, async (world) => {
    await world.openMeeting(5)
    const self = await Facilitator.enter(world)
    const { page } = self
    await self.next('meeting.item')
    await page.keyboard.press('h')
    await self.sheet()
    await page.fill('dialog input[maxlength="200"]', '同意今天的议程吗？')
    await self.count('赞成').fill('9')
    await page.keyboard.press('Tab')
    await page.click('dialog footer .primary')
    await page.waitForSelector('.notice.refused')
    assert.match(await page.textContent('.notice.refused'), /5/) // more hands than the five here
    await self.count('赞成').fill('5')
    await page.keyboard.press('Tab')
    await self.submit()
    await page.keyboard.press('r')
    await self.sheet()
    await page.fill('dialog input[maxlength="200"]', '同意这份报告吗？')
    await page.click('dialog .named > div >> nth=0 >> button >> nth=1')
    await page.click('dialog .row .quiet')
    await self.submit()
    await self.until('two votes', () => world.console.votes.length === 2)
    assert.deepEqual(world.console.votes.map((one) => [one.for_count, one.against]), [[5, 0], [4, 1]])
    await page.click('.left .card >> nth=1 >> button >> nth=1')
    await self.sheet()
    await self.count('监护人').fill('6')
    await page.keyboard.press('Tab')
    await self.submit()
    await self.until('guardians', () => world.console.guardians === 6)
    assertClean(page)
  }))

test('children in office: each card its own reduced screen, and no more than it may', () =>
  withWorld({ members: 6, booths: 0, rehearsal: true }, async (world) => {
    await world.openMeeting(6)
    const self = await Facilitator.enter(world)
    await self.page.keyboard.press('c')
    await self.sheet()
    await self.page.click('dialog .choices button >> nth=1')
    const address = await self.page.locator('dialog figure code').first().textContent()
    assert.match(address, /\/console\/#card=/)
    const clerk = await openPage(address)
    await clerk.waitForSelector('.office')
    assert.equal(new URL(clerk.url()).hash.includes('card='), false)
    await clerk.waitForSelector('.rehearsal-mark') // FU-11
    await clerk.fill('#office-seat', '3')
    await clerk.click('.side.against')
    await self.until('seat 3 waits', () => world.console.queue.some((one) => one.seat === 3))
    assert.equal(await clerk.locator('.row.big').count(), 0) // the clerk calls nobody
    await inspect('clerk', clerk)
    const keeper = await openPage(`${world.url}/console/#card=${await world.card('timekeeper')}`)
    await keeper.waitForSelector('.row.big .primary')
    await keeper.click('.row.big .primary')
    await self.until('seat 3 speaks', () => world.console.speech?.seat === 3)
    await keeper.waitForSelector('.timer')
    await inspect('timekeeper', keeper)
    const chair = await openPage(`${world.url}/console/#card=${await world.card('chair')}`)
    await chair.waitForSelector('.office .primary')
    await chair.click('.office .primary')
    await self.until('item 1', () => world.console.item === 1)
    const scrutineer = await openPage(`${world.url}/console/#card=${await world.card('scrutineer')}`)
    await scrutineer.waitForSelector('.office')
    assert.equal(await scrutineer.locator('.office .card button').count(), 0)
    await self.page.waitForSelector('.rehearsal-band')
    for (const page of [clerk, keeper, chair, scrutineer, self.page]) assertClean(page)
  }))
