// The big screen through a meeting, and the public page afterwards.
import { openPage, shoot } from '../support/browser.mjs'
import { World } from '../support/world.mjs'

const SIZES = [['wide', 1920, 1080], ['old', 1024, 768]]

async function openWalls(world) {
  const walls = []
  for (const [size, width, height] of SIZES)
    for (const language of ['zh-CN', 'en']) {
      const url = `${world.url}/screen/#card=${await world.card()}`
      walls.push({ name: `${size}-${language}`, page: await openPage(url, { width, height, language }) })
    }
  return walls
}

async function shootWalls(walls, show, name, selector) {
  for (const wall of walls) {
    await wall.page.locator(`[data-show=${show}] ${selector ?? ''}`).first().waitFor()
    await wall.page.waitForFunction(() => [...document.images].every((one) => one.complete))
    await wall.page.waitForTimeout(700) // let what moves come to rest: this is a picture, no test
    await shoot(wall.page, `screen/${name}-${wall.name}`)
  }
}

const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 800 }

async function shootPublic(world, uuid) {
  const pages = [['home', '#/'], ['council', `#/c/${world.council}`], ['poll', `#/p/${uuid}`], ['about', '#/about']]
  for (const [name, hash] of pages)
    for (const [size, box] of [['phone', PHONE], ['desk', DESK]])
      for (const language of ['zh-CN', 'en']) {
        const page = await openPage(`${world.url}/${hash}`, { ...box, language })
        await page.locator('main .card').first().waitFor()
        if (name === 'poll') await page.locator('.slots').waitFor()
        await page.waitForTimeout(700)
        await shoot(page, `public/${name}-${size}-${language}`, { fullPage: true })
        await page.context().close()
      }
}

export default async function take() {
  const world = await World.start({ members: 30, booths: 2 })
  const where = { council: world.council, meeting: world.meeting }
  const walls = await openWalls(world)
  await shootWalls(walls, 'agenda', 'agenda')
  const pack = await world.pack('A', 34)
  await world.keepers(2, 3)
  await world.openMeeting()
  await world.facilitator.call('meeting.item', { ...where, item: 2 })
  const { id: motion } = await world.facilitator.call('motion.put', {
    ...where, item: 2, title: '校门口的斑马线和护学岗', origin: 'child_card',
    text: '我建议在学校南门前面画一条斑马线，早上七点半到八点、下午四点到五点请交警叔叔或者护学的家长站一站。\n因为现在车很多，低年级的小朋友过马路害怕。',
  })
  await shootWalls(walls, 'motion', 'motion')
  for (const [seat, side] of [[7, 'for'], [12, 'against'], [3, 'question'], [21, 'for']])
    await world.facilitator.call('queue.join', { ...where, seat, side })
  await shootWalls(walls, 'queue', 'queue')
  await world.facilitator.call('queue.next', { ...where, seconds: 60 })
  await shootWalls(walls, 'queue', 'speech')
  await world.facilitator.call('queue.next', { ...where, seconds: 20 })
  await shootWalls(walls, 'queue', 'speech-soon')
  const poll = await world.createPoll({ motion, question: '同意“校门口的斑马线和护学岗”这个提案吗？' })
  await world.openPoll(poll, pack)
  await shootWalls(walls, 'poll', 'poll-open')
  const choice = (i) => (i < 24 ? 0 : i < 28 ? 1 : 2)
  await Promise.all(
    world.booths.map(async (booth, b) => {
      for (let i = b; i < 30; i += 2) await booth.vote(pack.slips[i], [[choice(i)]])
    }),
  )
  await world.pollCommand('poll.close', poll)
  await shootWalls(walls, 'poll', 'poll-closing', '[data-state=closing]')
  await world.everyBooth(poll, 'stated')
  await world.pollCommand('poll.paper', poll, {
    counts: {
      printed: 34, left_over: 4, handed_out: 30, unused: 0, lost: 0, lost_replaced: 0, exchanged: 0,
      audited: 0, took_part: 30,
    },
  })
  await world.pollCommand('poll.finish', poll)
  await world.everyBooth(poll, 'k_signed')
  await shootWalls(walls, 'poll', 'poll-closed', '[data-state=closed]')
  await world.decrypt(poll, pack, 2)
  await world.pollCommand('poll.tally', poll)
  await shootWalls(walls, 'poll', 'poll-tallied', '[data-state=tallied]')
  await world.pollCommand('poll.publish', poll)
  await world.facilitator.call('queue.leave', { ...where, seat: 12 })
  for (const seat of [3, 21]) await world.facilitator.call('queue.leave', { ...where, seat })
  for (const show of ['result', 'receipts', 'rules', 'guests']) {
    await world.facilitator.call('screen.show', { ...where, show, step: 3 })
    await shootWalls(walls, show, show, show === 'receipts' ? '.code' : '')
  }
  for (const { page } of walls) await page.context().close()
  await shootPublic(world, pack.uuid)
  await world.end()
}
