// From the vote to the wall of receipts and the public page: everybody finds their own slip, and
// what they type to find it goes nowhere.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertClean, axe, closeBrowser, openPage, overflow } from './support/browser.mjs'
import { World } from './support/world.mjs'

after(closeBrowser)

const CHOICES = [0, 0, 0, 0, 1, 2]

async function voted() {
  const world = await World.start({ members: 6, booths: 1 })
  await world.keepers(2, 3)
  const pack = await world.pack('A', 8)
  await world.openMeeting()
  const poll = await world.createPoll()
  await world.openPoll(poll, pack)
  const receipts = []
  for (const [at, option] of CHOICES.entries())
    receipts.push(await world.booths[0].vote(pack.slips[at], [[option]]))
  return { world, pack, poll, receipts }
}

/** The scroll of the reveal: which numbers the wall holds at each step. */
async function reveal(world, wall, poll) {
  const where = { council: world.council, meeting: world.meeting, poll }
  await world.facilitator.call('screen.show', { ...where, show: 'result', step: 0 })
  await wall.locator('[data-show=result] .soon').waitFor()
  assert.equal(await wall.locator('.row').count(), 0)
  await world.facilitator.call('screen.show', { ...where, show: 'result', step: 1 })
  await wall.locator('.chart.shown:not(.lined)').waitFor()
  assert.equal(await wall.locator('.outcome strong').count(), 0)
  const moves = await wall.locator('.grows').first().evaluate((bar) => getComputedStyle(bar).transitionDuration)
  assert.ok(parseFloat(moves) <= 0.6, moves)
  assert.deepEqual(await wall.locator('.count b').allInnerTexts(), ['4', '1', '1'])
  assert.deepEqual(await wall.locator('.count .share').allInnerTexts(), ['67%', '17%', '17%'])
  await world.facilitator.call('screen.show', { ...where, show: 'result', step: 2 })
  await wall.locator('.chart.lined').waitFor()
  assert.match(await wall.locator('.chart .legend').innerText(), /4/)
  await world.facilitator.call('screen.show', { ...where, show: 'result', step: 3 })
  await wall.locator('.outcome strong').waitFor()
  assert.equal(await wall.locator('.outcome strong').innerText(), '通过了')
}

/** Nothing runs off the wall, no question is squeezed. */
async function assertFits(wall, what) {
  const cut = await wall.evaluate(() =>
    [...document.querySelectorAll('.scene h1, .scene p, .scene li')]
      .filter((one) => one.getBoundingClientRect().bottom > innerHeight + 1 || one.scrollHeight > one.clientHeight + 4)
      .map((one) => one.textContent.trim().slice(0, 30)),
  )
  assert.deepEqual(cut, [], what)
  assert.deepEqual(await axe(wall), [], what)
}

test('reveal, wall of receipts, check of a receipt', async () => {
  const { world, pack, poll, receipts } = await voted()
  try {
    const url = `${world.url}/screen/#card=${await world.card()}`
    const wall = await openPage(url, { width: 1920, height: 1080, reducedMotion: 'no-preference' })
    const calm = await openPage(`${world.url}/screen/#card=${await world.card()}`, { reducedMotion: 'reduce' })
    await wall.locator('[data-show=poll] [data-state=open]').waitFor()
    const early = await openPage(`${world.url}/#/p/${pack.uuid}`, { width: 390, height: 844 })
    await early.locator('main h1').waitFor()
    assert.equal(await early.locator('.check').count(), 0)
    await world.countPoll(poll, pack, CHOICES.length)
    await wall.locator('[data-state=tallied] .cards li').first().waitFor()
    assert.deepEqual(await wall.locator('.cards li').allInnerTexts(), world.poll(poll).closing_words.split(' '))
    assert.equal(await wall.locator('.lamps .lit').count(), 3)

    await assertFits(wall, 'tallied')
    await reveal(world, wall, poll)
    await assertFits(wall, 'result')
    assert.match(await calm.locator('.grows').first().evaluate((bar) => getComputedStyle(bar).transitionDuration), /^0s/)

    await world.facilitator.call('screen.show', {
      council: world.council, meeting: world.meeting, poll, show: 'receipts', step: 0,
    })
    await wall.locator('[data-show=receipts] .code').first().waitFor()
    const cells = await wall.locator('[data-show=receipts] li').evaluateAll((all) =>
      all.map((cell) => ({
        code: cell.querySelector('.code').textContent,
        pictures: [...cell.querySelectorAll('img')].map((image) => image.alt),
      })),
    )
    assert.deepEqual(cells.map((one) => one.code).sort(), receipts.map((one) => one.code).sort())
    const board = await world.facilitator.watch('public.receipts', pack.uuid)
    const order = board.counted.map((row) => row.pictures.map((n) => String(n).padStart(2, '0')).join())
    assert.deepEqual(order, [...order].sort())
    assert.deepEqual(board.counted.map((row) => row.code), cells.map((one) => one.code))

    await world.pollCommand('poll.publish', poll)
    await checkReceipts(world, pack, receipts)
    await early.locator('.word').waitFor()
    assert.deepEqual(await axe(early), [])
    for (const page of [wall, calm, early]) assertClean(page)
  } finally {
    await world.end()
  }
})

async function checkReceipts(world, pack, receipts) {
  const page = await openPage(`${world.url}/`, { width: 390, height: 844 })
  await page.getByRole('link', { name: '张店区儿童议事会' }).click()
  await page.getByRole('link', { name: '同意这个提案吗？' }).click()
  await page.locator('.slots').waitFor()
  assert.equal(await page.locator('.word').innerText(), '通过了')
  await page.waitForLoadState('networkidle')
  const frames = []
  const sent = []
  page.on('request', (request) => {
    if (!/\.svg$/.test(request.url())) sent.push(request.url())
  })
  page.context().on('console', (message) => sent.push(message.text()))
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.webSocketFrameSent', (event) => frames.push(event.response.payloadData))
  const address = page.url()
  const answer = () => page.locator('.answer').getAttribute('data-answer')

  const { code, pictures } = receipts[4]
  await page.locator('#receipt-digits').fill(code.replaceAll('-', ''))
  await page.waitForFunction(() => document.querySelector('.answer').dataset.answer === 'code')
  for (const [i, picture] of pictures.entries()) {
    if (i === 0) await page.locator('.slot').first().click()
    await page.locator('.grid button').nth(picture).click()
  }
  assert.equal(await answer(), 'counted')
  await page.locator('#receipt-digits').fill('999999999999')
  assert.equal(await answer(), 'other')
  await page.locator('#receipt-digits').fill(receipts[0].code)
  assert.equal(await answer(), 'elsewhere')
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(await overflow(page), [])
  await page.getByRole('button', { name: '清空' }).click()
  assert.equal(await page.locator('#receipt-digits').inputValue(), '')
  await page.locator('#receipt-digits').fill('999999999999')
  assert.equal(await answer(), 'none')

  assert.deepEqual(sent, [], 'nothing is requested or logged')
  assert.deepEqual(frames, [], 'nothing is sent')
  assert.equal(page.url(), address, 'the address stays')
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  assert.doesNotMatch(stored, /\d{4}-?\d{4}-?\d{4}/)
  for (const [path, type] of [[`/polls/${pack.uuid}.bel`, /tar/], [`/record/${world.council}.jsonl`, /jsonl/]]) {
    const got = await page.context().request.get(world.url + path)
    assert.equal(got.status(), 200)
    assert.match(got.headers()['content-type'], type)
  }
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByText('What it does not prove').waitFor()
  assert.deepEqual(await axe(page), [])
  assertClean(page)
}
