// The big screen: follows the console, comes back by itself, can be read from the last row.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertClean, axe, closeBrowser, openPage, overflow } from './support/browser.mjs'
import { World } from './support/world.mjs'

after(closeBrowser)

const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1024, height: 768 },
]

async function wallOf(world, options = SIZES[0]) {
  return openPage(`${world.url}/screen/#card=${await world.card()}`, options)
}

const shows = (wall, show, inside = '') => wall.locator(`[data-show=${show}] ${inside}`).first().waitFor()

/** Text smaller than 1/25 of the height, or with less contrast than 7:1 on what lies under it. */
function badText(wall) {
  return wall.evaluate(() => {
    const numbers = (color) => (/rgba?\(([^)]+)\)/.exec(color)?.[1] ?? '0,0,0,0').split(',').map(Number)
    const light = (color) => {
      const [r, g, b] = numbers(color).map((n) => {
        const c = n / 255
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const under = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor
        if ((numbers(color)[3] ?? 1) > 0) return color
      }
      return 'rgb(255, 255, 255)'
    }
    const bad = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement
      if (!node.textContent.trim() || element.closest('[aria-hidden=true], script')) continue
      const style = getComputedStyle(element)
      const size = parseFloat(style.fontSize)
      if (size < innerHeight / 25) bad.push(`${node.textContent.trim()}: ${size}px of ${innerHeight}`)
      const [a, b] = [light(style.color), light(under(element))].sort((x, y) => y - x)
      if ((a + 0.05) / (b + 0.05) < 7) bad.push(`${node.textContent.trim()}: ${style.color} on ${under(element)}`)
    }
    return bad
  })
}

/** What runs off the wall at the bottom. */
function cutOff(wall) {
  return wall.evaluate(() =>
    [...document.querySelectorAll('.scene h1, .scene h2, .scene p, .scene li')]
      .filter((element) => !element.closest('.window') && element.getBoundingClientRect().bottom > innerHeight + 1)
      .map((element) => element.textContent.trim().slice(0, 40)),
  )
}

async function assertReadable(wall, what) {
  assert.deepEqual(await badText(wall), [], what)
  assert.deepEqual(await overflow(wall), [], what)
  assert.deepEqual(await cutOff(wall), [], what)
  assert.deepEqual(await axe(wall), [], what)
  assert.equal(await wall.evaluate(() => getComputedStyle(document.body).cursor), 'none')
}

test('every scene follows the console and can be read, wide and old screens, both languages', async () => {
  const world = await World.start({ members: 12 })
  try {
    const where = { council: world.council, meeting: world.meeting }
    const walls = []
    for (const size of SIZES)
      for (const language of ['zh-CN', 'en']) walls.push(await wallOf(world, { ...size, language }))
    const every = async (show, inside) => {
      for (const wall of walls) {
        await shows(wall, show, inside)
        await assertReadable(wall, `${show} ${JSON.stringify(wall.viewportSize())}`)
      }
    }
    await every('agenda')
    await world.openMeeting()
    await world.facilitator.call('meeting.item', { ...where, item: 2 })
    await world.facilitator.call('motion.put', {
      ...where, item: 2, title: '校门口的斑马线和护学岗', origin: 'child_card',
      text: '我建议在学校南门前面画一条斑马线，早上请护学的家长站一站。'.repeat(8),
    })
    await every('motion')
    for (const [seat, side] of [[7, 'for'], [12, 'against'], [3, 'question'], [2, 'for']])
      await world.facilitator.call('queue.join', { ...where, seat, side })
    await every('queue')
    for (const wall of walls) assert.equal(await wall.locator('.queue ol li').count(), 3)
    await world.facilitator.call('queue.next', { ...where, seconds: 20 })
    await every('queue', '[role=timer]')
    for (const show of ['rules', 'guests']) {
      await world.facilitator.call('screen.show', { ...where, show, step: 0 })
      await every(show)
    }
    for (const wall of walls) {
      const qr = await wall.locator('svg[role=img]').boundingBox()
      assert.ok(qr.height >= wall.viewportSize().height / 5, 'the QR code is a fifth of the height')
    }
    await world.facilitator.call('screen.show', { ...where, show: 'blank', step: 0 })
    for (const wall of walls) {
      await wall.locator('main.blank').waitFor()
      assert.equal(await wall.evaluate(() => document.body.innerText.trim()), '')
    }
    for (const wall of walls) assertClean(wall)
  } finally {
    await world.end()
  }
})

test('a killed server, a reload: the wall is back within three seconds', async () => {
  const world = await World.start({ members: 6 })
  try {
    const wall = await wallOf(world)
    await shows(wall, 'agenda')
    assert.ok(!wall.url().includes('card='), 'the code is not in the address')
    await world.restartServer()
    const from = performance.now()
    await world.facilitator.call('attendance.arrive', {
      council: world.council, meeting: world.meeting,
      members: world.console.seats.map((seat) => seat.member),
    })
    await wall.waitForFunction(() => /6/.test(document.querySelector('.soon')?.textContent ?? '') && !document.querySelector('.lost'))
    assert.ok(performance.now() - from <= 3000, `${performance.now() - from} ms`)
    await wall.reload()
    await shows(wall, 'agenda')
    assertClean(wall)
  } finally {
    await world.end()
  }
})

test('a rehearsal cannot be mistaken for the real thing', async () => {
  const world = await World.start({ members: 6, rehearsal: true })
  try {
    const wall = await wallOf(world)
    await shows(wall, 'agenda')
    assert.ok(await wall.locator('.rehearsal').isVisible())
    assert.equal(await wall.locator('.mark span').count(), 6)
    await assertReadable(wall, 'rehearsal')
    assertClean(wall)
  } finally {
    await world.end()
  }
})

test('without a card the wall says where to get one', async () => {
  const world = await World.start({ members: 0 })
  try {
    for (const hash of ['', `#card=${'A'.repeat(43)}`]) {
      const wall = await openPage(`${world.url}/screen/${hash}`, SIZES[0])
      await wall.locator('.notice h1').waitFor()
      assert.match(await wall.locator('.notice').innerText(), /控制台/)
      assert.deepEqual(await badText(wall), [])
      assertClean(wall)
    }
  } finally {
    await world.end()
  }
})
