// The kiosk's look over every screen: sizes in real millimetres, contrast, overflow, themes, grey.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Agent } from './support/agent.mjs'
import { assertClean, axe, closeBrowser, openPage } from './support/browser.mjs'
import { DEVICES, screens } from './support/kiosk_screens.mjs'

let agent
before(async () => (agent = await Agent.start()))
after(async () => {
  await closeBrowser()
  await agent.end()
})

const PRIMARY_MM = { A: 20, B: 16, C: 14 }
const HAN_MM = { A: 8.5, B: 7.5, C: 6.5 }
let serial = 1

async function open(kind, more = {}) {
  const device = DEVICES[kind]
  agent.show({ ...screens({ device }).welcome, serial: ++serial })
  const page = await openPage(agent.url, {
    width: device.px_width, height: device.px_height, touch: true, reducedMotion: 'reduce', ...more,
  })
  await page.locator('.frame').waitFor()
  return page
}

/** Shows a document and waits until the page has drawn it and found its pages. */
async function show(page, document) {
  agent.show({ ...document, serial: ++serial })
  await page.waitForFunction(
    ([name, number]) => document.querySelector('[data-screen]')?.dataset.screen === `${name} ${number}`,
    [document.name, agent.screen.serial],
  )
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))))
}

/** Everything that can be tapped, in millimetres, and what is wrong with the boxes. */
async function layout(page) {
  return page.evaluate(() => {
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))
    const scope = document.querySelector('.cover') ?? document.querySelector('.panel-sheet') ?? document
    const seen = [...scope.querySelectorAll('button')].filter(
      (one) => getComputedStyle(one).visibility === 'visible' && one.getClientRects().length,
    )
    const keys = seen.map((one) => {
      const box = one.getBoundingClientRect()
      return {
        name: one.innerText.replaceAll('\n', '').slice(0, 20), classes: one.className, width: box.width / mm, height: box.height / mm,
        left: box.left / mm, top: box.top / mm, right: box.right / mm, bottom: box.bottom / mm,
      }
    })
    const problems = []
    for (const one of document.querySelectorAll('h1, h2, p, dt, dd, button, legend, .option-text')) {
      if (getComputedStyle(one).visibility !== 'visible' || !one.getClientRects().length) continue
      const box = one.getBoundingClientRect()
      if (box.left < -1 || box.right > innerWidth + 1)
        problems.push(`"${one.textContent.slice(0, 20)}" leaves the screen sideways`)
      if (one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).display !== 'inline')
        problems.push(`"${one.textContent.slice(0, 20)}" is wider than its box`)
    }
    for (const key of seen) {
      const box = key.getBoundingClientRect()
      if (box.top < -1 || box.bottom > innerHeight + 1) problems.push(`button "${key.innerText.slice(0, 20)}" leaves the screen`)
      const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      if (middle && !key.contains(middle) && !middle.closest('.curtain')) problems.push(`button "${key.innerText.slice(0, 20)}" is covered`)
    }
    if (document.documentElement.scrollHeight > innerHeight + 1) problems.push('the page could be scrolled')
    return { keys, problems }
  })
}

function gap(a, b) {
  const across = Math.max(a.left - b.right, b.left - a.right)
  const down = Math.max(a.top - b.bottom, b.top - a.bottom)
  return Math.max(across, down)
}

for (const kind of Object.keys(DEVICES))
  for (const band of ['A', 'B', 'C'])
    test(`targets on a ${kind} screen for band ${band} (KU-01, KU-21)`, async () => {
      const page = await open(kind)
      for (const [name, document] of Object.entries(screens({ band, device: DEVICES[kind] }))) {
        await show(page, document)
        const { keys, problems } = await layout(page)
        assert.deepEqual(problems, [], name)
        for (const key of keys) {
          const least = /\b(option|primary)\b/.test(key.classes) && !/\bturn\b/.test(key.classes) ? PRIMARY_MM[band] : 12.7
          assert.ok(key.width >= least - 0.05 && key.height >= least - 0.05, `${name}: "${key.name}" ${key.width}×${key.height} mm`)
          for (const other of keys)
            if (key !== other) assert.ok(gap(key, other) >= 2.95, `${name}: "${key.name}" and "${other.name}" are ${gap(key, other)} mm apart`)
        }
        const cast = keys.find((one) => /\bcast\b/.test(one.classes))
        if (cast)
          for (const other of keys)
            if (other !== cast) assert.ok(gap(cast, other) >= 14.9 || /turn|plain/.test(other.classes), `"${other.name}" is ${gap(cast, other)} mm from the cast button`)
        if (name === 'idle') assert.ok(keys.find((one) => /stay/.test(one.classes)).height >= 30)
      }
      const sizes = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement)
        return parseFloat(getComputedStyle(document.body).fontSize) / parseFloat(style.getPropertyValue('--mm'))
      })
      assert.ok(sizes >= HAN_MM[band], `letters are ${sizes} mm`)
      assertClean(page)
      await page.context().close()
    })

// Themes × sizes × bands × languages so that every pair of values meets (pairwise).
const PAIRS = [
  ['warm', 0, 'A', 'zh-CN', 'portrait'], ['warm', 1, 'B', 'en', 'landscape'], ['warm', 2, 'C', 'zh-CN', 'small'], ['warm', 3, 'A', 'en', 'portrait'],
  ['light', 0, 'B', 'en', 'small'], ['light', 1, 'A', 'zh-CN', 'portrait'], ['light', 2, 'B', 'zh-CN', 'landscape'], ['light', 3, 'C', 'en', 'small'],
  ['dark', 0, 'C', 'zh-CN', 'landscape'], ['dark', 1, 'C', 'en', 'portrait'], ['dark', 2, 'A', 'en', 'landscape'], ['dark', 3, 'B', 'zh-CN', 'portrait'],
  ['soft', 0, 'A', 'en', 'landscape'], ['soft', 1, 'B', 'zh-CN', 'small'], ['soft', 2, 'C', 'en', 'portrait'], ['soft', 3, 'A', 'zh-CN', 'landscape'],
]
for (const [at, [theme, size, band, language, kind]] of PAIRS.entries())
  test(`${theme}, size ${size}, band ${band}, ${language}, ${kind}: no violation, nothing cut off (KU-30)`, async () => {
    const page = await open(kind, { language })
    const all = Object.entries(screens({ band, device: DEVICES[kind], settings: { theme, size } }))
    for (const [n, [name, document]] of all.entries()) {
      await show(page, document)
      assert.deepEqual((await layout(page)).problems, [], name)
      if (n % 4 === at % 4) assert.deepEqual(await axe(page), [], name) // each screen in four of the looks
    }
    // The panel with all settings.
    await show(page, screens({ band, device: DEVICES[kind], settings: { theme, size } }).welcome)
    await page.locator('.tools .key').last().tap()
    await page.locator('.panel-sheet').waitFor()
    assert.deepEqual((await layout(page)).problems, [], 'settings')
    assert.deepEqual(await axe(page), [], 'settings')
    assertClean(page)
    await page.context().close()
  })

test('what is chosen is seen without colour (KU-07, KU-09)', async () => {
  const page = await open('landscape')
  await show(page, screens({ band: 'B', device: DEVICES.landscape })['question-yna-chosen'])
  const [chosen, other] = await page.evaluate(() => {
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))
    const luminance = (colour) => {
      const [r, g, b] = colour.match(/[\d.]+/g).map((part) => {
        const c = Number(part) / 255
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    return [...document.querySelectorAll('.option')].slice(0, 2).map((one) => ({
      border: parseFloat(getComputedStyle(one).borderTopWidth) / mm,
      grey: luminance(getComputedStyle(one).borderTopColor),
      inside: luminance(getComputedStyle(one).backgroundColor),
      word: getComputedStyle(one.querySelector('.chosen')).visibility,
      height: one.getBoundingClientRect().height,
      mark: one.querySelector('.mark').innerHTML,
    }))
  })
  assert.ok(chosen.border >= 1.5)
  assert.ok((chosen.inside + 0.05) / (chosen.grey + 0.05) >= 3, 'the border stands out in grey')
  assert.equal(chosen.word, 'visible')
  assert.equal(other.word, 'hidden')
  assert.equal(chosen.height, other.height) // same size, same weight (KU-08)
  assert.notEqual(chosen.mark, other.mark)
  await page.context().close()
})

test('pinyin stands above every character it is approved for, and is no text of its own (KU-23)', async () => {
  const page = await open('portrait')
  await show(page, screens({ band: 'A', device: DEVICES.portrait })['question-yna'])
  const [size, base, sounds, label] = await page.evaluate(() => {
    const rt = document.querySelector('.asked rt')
    return [
      parseFloat(getComputedStyle(rt).fontSize), parseFloat(getComputedStyle(rt.parentElement).fontSize),
      [...document.querySelectorAll('.option rt')].map((one) => one.textContent), rt.ariaHidden,
    ]
  })
  assert.ok(size >= base / 2 - 0.01)
  assert.deepEqual(sounds.slice(0, 2), ['zàn', 'chéng'])
  assert.equal(label, 'true')
  await show(page, screens({ band: 'B', device: DEVICES.portrait })['question-yna'])
  assert.equal(await page.locator('rt').count(), 0)
  await page.context().close()
})

test('twelve options are reached by pages alone, each once and whole (KU-02)', async () => {
  const page = await open('landscape')
  await show(page, screens({ band: 'A', device: DEVICES.landscape, settings: { size: 2 } })['question-twelve'])
  const seen = []
  for (let turns = 0; turns < 30; turns++) {
    seen.push(
      ...(await page.evaluate(() => {
        const view = document.querySelector('.pager-view').getBoundingClientRect()
        return [...document.querySelectorAll('.option')]
          .filter((one) => getComputedStyle(one).visibility === 'visible')
          .filter((one) => one.getBoundingClientRect().bottom <= view.bottom + 1 && one.getBoundingClientRect().top >= view.top - 1)
          .map((one) => one.querySelector('.option-text').textContent)
      })),
    )
    const more = page.locator('.pager-turn .key').last()
    if (await more.isDisabled()) break
    await page.waitForFunction((since) => performance.now() - since > 450, await page.evaluate(() => window.__last ?? -1000))
    await more.tap()
    await page.evaluate(() => (window.__last = performance.now()))
  }
  assert.equal(new Set(seen).size, 13) // twelve and the blank vote
  assert.equal(seen.length, 13)
  await page.context().close()
})

test('the first finger counts, a second tap within 400 ms does not (KU-03)', async () => {
  const page = await open('landscape')
  await show(page, screens({ band: 'B', device: DEVICES.landscape })['question-yna'])
  agent.sent.length = 0
  const feedback = await page.evaluate(async () => {
    const [first, second] = document.querySelectorAll('.option')
    const press = (target, kind, pointerId, size = 8) => {
      const box = target.getBoundingClientRect()
      target.dispatchEvent(
        new PointerEvent(kind, {
          bubbles: true, pointerId, pointerType: 'touch', width: size, height: size, clientX: box.left + 20, clientY: box.top + 20,
        }),
      )
    }
    press(second, 'pointerdown', 9, 400) // a palm
    press(second, 'pointerup', 9, 400)
    press(first, 'pointerdown', 1)
    const begun = performance.now()
    await new Promise((done) => requestAnimationFrame(done))
    const shown = first.classList.contains('down') ? performance.now() - begun : Infinity
    press(second, 'pointerdown', 2) // another finger
    press(second, 'pointerup', 2)
    press(first, 'pointerup', 1)
    press(second, 'pointerdown', 3) // too soon
    press(second, 'pointerup', 3)
    return shown
  })
  assert.ok(Number.isFinite(feedback), 'the touch is seen in the next frame')
  await page.waitForFunction(() => !document.querySelector('.down'))
  await show(page, { ...screens({ band: 'B', device: DEVICES.landscape })['question-yna'] })
  assert.deepEqual(agent.sent.map((one) => [one.tap, one.option]), [['choose', 0]])
  await page.context().close()
})

test('one switch: every button is offered in turn (KU-32)', async () => {
  const page = await open('landscape')
  await show(page, screens({ band: 'B', device: DEVICES.landscape, settings: { scanning: 1 } })['question-yna'])
  const offered = []
  for (let i = 0; i < 4; i++) {
    await page.waitForFunction(
      (last) => document.activeElement?.matches('button') && document.activeElement.innerText !== last, offered.at(-1) ?? '',
    )
    offered.push(await page.evaluate(() => document.activeElement.innerText))
  }
  assert.deepEqual(offered.slice(0, 3).map((one) => one.slice(0, 2)), ['赞成', '反对', '弃权'])
  await page.context().close()
})

test('loudspeakers say what there is to choose, never what is chosen (KU-13)', async () => {
  const page = await open('landscape')
  const clip = (digit) => digit.repeat(64)
  const { review, 'question-yna-chosen': question } = screens({ band: 'B', device: DEVICES.landscape, settings: { aloud: true } })
  question.question.label.clip = clip('a')
  question.question.options.forEach((one, at) => (one.label.clip = clip(String(at))))
  for (const choice of review.review) choice.chosen.forEach((one) => (one.label.clip = clip('c')))
  const heard = async (document, last) => {
    agent.clips.length = 0
    await show(page, screens({ band: 'B', device: DEVICES.landscape }).welcome)
    await show(page, document)
    if (last) await agent.asked(last)
    await page.waitForFunction(() => performance.now() > 0)
    return [...new Set(agent.clips)]
  }
  // In the order shown, whether chosen or not.
  assert.deepEqual(await heard(question, clip('2')), [clip('a'), clip('0'), clip('1'), clip('2')])
  assert.ok((await heard({ ...review, headphones: true }, clip('c'))).includes(clip('c')))
  assert.ok(!(await heard(review)).includes(clip('c')))
  await page.context().close()
})

test('covers hide everything: idle, a helper, a lost agent', async () => {
  const page = await open('landscape')
  const all = screens({ band: 'B', device: DEVICES.landscape })
  await show(page, all.idle)
  const visible = await page.evaluate(() => {
    const option = document.querySelector('.option').getBoundingClientRect()
    return document.elementFromPoint(option.left + 20, option.top + 20).closest('.cover') !== null
  })
  assert.ok(visible)
  assert.equal(await page.locator('.frame').getAttribute('inert'), '')
  agent.sent.length = 0
  await page.locator('.stay').tap()
  await show(page, all['question-yna'])
  assert.equal(agent.sent[0].tap, 'stay')
  for (const socket of agent.sockets.clients) socket.terminate()
  agent.screen = undefined
  await page.locator('.lost').waitFor()
  assert.doesNotMatch(await page.content(), /斑马线/)
  await page.context().close()
})
