// Children at a real booth, through a real page.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertClean, closeBrowser, openPage } from './support/browser.mjs'
import { World, cardCode } from './support/world.mjs'

const SCREEN = ['--screen', '344x215/1280x800']
let world, booth, pack, poll, page, staff, scrutineer

before(async () => {
  world = await World.start({ members: 6 })
  booth = await world.addBooth('K1', SCREEN)
  await world.keepers()
  pack = await world.pack('A', 12)
  await world.openMeeting()
  staff = cardCode(await world.card('staff'))
  scrutineer = cardCode(await world.card('scrutineer'))
  poll = await world.createPoll()
  await world.openPoll(poll, pack)
  page = await openPage(booth.url, { touch: true })
})
after(async () => {
  await closeBrowser()
  await world?.end()
})

const shows = (name) => booth.until(() => booth.screen?.name === name, `the booth shows ${name}`)

/** Waits for the page to show what the agent shows, and for the pause after the last tap. */
async function tap(target) {
  await page.locator(target).first().waitFor()
  await page.waitForFunction((since) => performance.now() - since > 450, await page.evaluate(() => window.__last ?? -1000))
  await page.locator(target).first().tap()
  await page.evaluate(() => (window.__last = performance.now()))
}

async function enter(slip) {
  await tap('.big')
  await shows('scan')
  booth.scan(slip)
  await page.locator('.card').waitFor()
}

/** Everything that could outlive a child (KU-12). */
async function remains() {
  return page.evaluate(async () => ({
    dom: document.documentElement.outerHTML,
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    cookies: document.cookie,
    history: history.length,
    state: history.state,
    name: window.name,
    workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
  }))
}

test('a child votes: welcome, slip, card, question, check, thanks, welcome', async () => {
  const fresh = await remains()
  await enter(pack.slips[0])
  assert.equal(await page.locator('.card-row').count(), 4) // CP-01: all four sentences, before the question
  await tap('.lead-on')
  await tap('.option >> nth=0')
  await page.locator('.option.pressed').waitFor()
  await tap('.option >> nth=1') // a single choice moves (KU-05)
  await page.locator('.option.pressed .chosen.on').waitFor()
  assert.equal(await page.locator('.option.pressed').count(), 1)
  assert.match(await page.locator('.option.pressed').innerText(), /反对[\s\S]*已选/)
  await tap('.lead-on')
  await page.locator('.cast').waitFor()
  assert.match(await page.locator('.review-item').innerText(), /同意这个提案吗[\s\S]*反对/)
  const receipt = () =>
    page.evaluate(() => ({
      pictures: [...document.querySelectorAll('.receipt-pictures img')].map((one) => one.alt),
      code: document.querySelector('.digits').textContent,
      qr: document.querySelector('.receipt .qr path').getAttribute('d'),
    }))
  const before = await receipt()
  assert.equal(before.pictures.length, 3)
  assert.match(before.code, /^\d{12}$/)
  await tap('.cast')
  await page.locator('.scene.high').waitFor()
  assert.deepEqual(await receipt(), before) // BALLOT 3
  assert.doesNotMatch(await page.locator('#app').innerText(), /反对/) // never shown again (KU-12)
  await tap('.lead-on')
  await page.locator('.big').waitFor()

  // Nothing of the child remains.
  const left = await remains()
  for (const trace of ['反对', '同意这个提案', before.code, ...before.pictures, pack.slips[0]])
    assert.ok(!left.dom.includes(trace), `the page still holds ${trace}`)
  assert.deepEqual({ ...left, dom: '' }, { ...fresh, dom: '' })
  assert.equal(left.local + left.session, '{}{}')
  await page.goBack({ timeout: 2000 }).catch(() => undefined) // nothing to go back to
  assert.ok(!(await page.content()).includes(before.code))
  if (page.url() !== `${booth.url}/`) await page.goto(booth.url)
  await page.locator('.big').waitFor()
  assertClean(page)
})

test('every wrong slip has a screen that says what to do', async () => {
  const other = await world.pack('B', 4)
  await tap('.big')
  await page.locator('.slip-art').waitFor()
  for (const [code, words] of [
    [pack.slips[0], '这张选票用过了'],
    [other.slips[0], '这不是这次的选票'],
    ['TS1.nonsense', '这张选票读不出来'],
    [cardCode(Buffer.alloc(32, 5).toString('base64').replace('=', '')), '这张卡片不能用'],
  ]) {
    booth.scan(code)
    await page.getByRole('alert').waitFor()
    const text = await page.locator('.middle').innerText()
    assert.ok(text.includes(words), `${words}: ${text}`)
    assert.ok(text.includes('没关系')) // three parts (KU-16)
    assert.equal(await page.locator('.now').count(), 1)
    await tap('.lead-on')
    await page.locator('.slip-art').waitFor()
  }
  await tap('.decline')
  await page.locator('.scene.high').waitFor()
  await tap('.lead-on')
  await page.locator('.big').waitFor()
  assertClean(page)
})

test('not taking part takes one tap and ends on the same thanks (CP-02)', async () => {
  await enter(pack.slips[1])
  await tap('.decline')
  await page.locator('.scene.high').waitFor()
  assert.match(await page.locator('.middle').innerText(), /谢谢你/)
  assert.equal(await page.locator('.receipt').count(), 0)
  await tap('.lead-on')
  await page.locator('.big').waitFor()
})

test('help hides the choices and lights the console', async () => {
  await enter(pack.slips[1]) // unused before, so it still works
  await tap('.lead-on')
  await tap('.option >> nth=2')
  await page.locator('.option.pressed').waitFor()
  await tap('.help')
  await page.getByText('老师马上就来').waitFor()
  assert.equal(await page.locator('.option').count(), 0)
  await world.facilitator.until(
    () => world.console.kiosks.find((one) => one.kiosk === booth.id)?.state === 'help',
    'the lamp on the console',
  )
  await tap('.big')
  await page.locator('.option.pressed').waitFor() // the choice is still there
  await world.facilitator.until(
    () => world.console.kiosks.find((one) => one.kiosk === booth.id)?.state === 'visit',
    'the console shows voting',
  )
  await tap('.decline')
  await tap('.lead-on')
  await world.facilitator.until(
    () => world.console.kiosks.find((one) => one.kiosk === booth.id)?.state === 'idle',
    'the console shows idle',
  )
})

test('settings change the page and end with the visit (KU-31)', async () => {
  await tap('.tools .key >> nth=-1')
  await page.locator('.panel-sheet').waitFor()
  await tap('.swatch.dark')
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
  await tap('.panel-sheet .tile >> nth=3')
  await page.waitForFunction(() => document.documentElement.dataset.size === '3')
  await tap('.panel-sheet .lead-on')
  await tap('.lead-on, .pager-turn .primary, .big')
  for (let i = 0; i < 3 && booth.screen.name === 'welcome'; i++) await tap('.pager-turn .primary, .big')
  if (booth.screen.name === 'welcome') await tap('.big')
  await shows('scan')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  await tap('.decline')
  await page.waitForFunction(() => document.querySelector('.scene.high'))
  await tap('.lead-on')
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'warm')
  assert.equal(await page.evaluate(() => document.documentElement.dataset.size), '0')
})

test('a whole visit with keys alone (KU-32)', async () => {
  const focused = () => page.evaluate(() => document.activeElement?.className ?? '')
  const press = async (wanted) => {
    for (let i = 0; i < 20; i++) {
      if ((await focused()).split(' ').includes(wanted)) {
        await page.waitForFunction((since) => performance.now() - since > 450, await page.evaluate(() => window.__last ?? -1000))
        await page.evaluate(() => (window.__last = performance.now()))
        await page.keyboard.press('Enter')
        return
      }
      await page.keyboard.press('ArrowRight')
    }
    assert.fail(`${wanted} is not reached by the arrow keys`)
  }
  await press('big')
  await shows('scan')
  booth.scan(pack.slips[2])
  await page.locator('.card').waitFor()
  await press('lead-on')
  await page.locator('.option').first().waitFor()
  await press('option')
  await page.locator('.option.pressed').waitFor()
  const ring = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement)
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))
    return parseFloat(style.outlineWidth) / mm
  })
  assert.ok(ring >= 1, `the focus ring is ${ring} mm`)
  await press('lead-on')
  await page.locator('.cast').waitFor()
  await press('cast')
  await page.locator('.scene.high').waitFor()
  await press('lead-on')
  await page.locator('.big').waitFor()
  assertClean(page)
})

test('without the server a visit goes on, and says that it is kept', async () => {
  await world.server.kill()
  await booth.until(() => booth.screen.offline, 'the booth notices')
  await enter(pack.slips[3])
  await tap('.lead-on')
  await tap('.option >> nth=0')
  await page.locator('.option.pressed').waitFor()
  await tap('.lead-on')
  await tap('.cast')
  await page.locator('.kept').waitFor()
  assert.match(await page.locator('.kept').innerText(), /已收好，会自动送出/)
  assert.equal(await page.locator('.receipt .qr').count(), 1)
  await tap('.lead-on')
  await page.locator('.big').waitFor()
  await world.restartServer()
  await world.facilitator.until(() => world.console.kiosks.find((one) => one.kiosk === booth.id)?.waiting === 0, 'all is sent')
  assertClean(page)
})

test('staff take slips back; scrutineers open a ballot', async () => {
  booth.scan(staff)
  await page.getByText('工作人员').waitFor()
  await tap('.choices .key >> nth=-1')
  await shows('take_back')
  booth.scan(pack.slips[4])
  await page.getByText('已作废 1 张').waitFor()
  await tap('.lead-on')
  await page.locator('.big').waitFor()
  await tap('.big')
  await shows('scan')
  booth.scan(pack.slips[4])
  await page.getByText('这张选票换掉了').waitFor()
  await tap('.lead-on')
  await shows('scan')
  booth.scan(pack.slips[5])
  await page.locator('.card').waitFor()
  await tap('.lead-on')
  await tap('.option >> nth=2')
  await page.locator('.option.pressed').waitFor()
  await tap('.lead-on')
  await page.locator('.cast').waitFor()
  booth.scan(scrutineer)
  await page.locator('.audit').waitFor()
  assert.doesNotMatch(await page.locator('#app').innerText(), /弃权/) // the record says it, the screen does not
  await tap('.lead-on')
  await page.locator('.big').waitFor()
  assertClean(page)
})

test('closing under a child, and a poll that has not begun', async () => {
  await enter(pack.slips[6])
  await world.pollCommand('poll.close', poll)
  await page.getByText('投票已经结束了').waitFor()
  await tap('.lead-on')
  await page.getByText('请等老师叫你').waitFor()
  booth.scan(pack.slips[6])
  await page.getByRole('alert').waitFor()
  assertClean(page)
})

test('a page that is opened twice, or at a restart of the agent, goes on where the agent is', async () => {
  await booth.restart()
  await booth.connect()
  await page.locator('.frame').waitFor()
  await page.reload()
  await page.locator('.frame').waitFor()
})
