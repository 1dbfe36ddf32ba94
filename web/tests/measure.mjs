// How quickly the kiosk's page answers a child, in Chromium on this machine: medians of several
// visits against a real server and booth. Prints one line per figure; asserts nothing.
import { closeBrowser, openPage } from './support/browser.mjs'
import { World } from './support/world.mjs'

const VISITS = 9

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

// In the page: from the time of an event to the frame in which `shown` is true has been painted.
function watch(page) {
  return page.evaluate(() => {
    window.measured = []
    const painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now())))
    addEventListener('pointerdown', (event) => {
      const key = event.target.closest?.('.key')
      if (key) painted((now) => window.measured.push(['feedback', now - event.timeStamp]))
    })
    const until = (event, selector, name) => {
      const look = new MutationObserver(() => {
        if (!document.querySelector(selector)) return
        look.disconnect()
        painted((now) => window.measured.push([name, now - event.timeStamp]))
      })
      look.observe(document.body, { childList: true, subtree: true })
    }
    addEventListener('pointerup', (event) => {
      const key = event.target.closest?.('.key.primary')
      if (!key) return
      if (document.querySelector('.options')) until(event, '.receipt', 'seal')
      else if (document.querySelector('.receipt')) {
        const old = document.querySelector('.receipt')
        const look = new MutationObserver(() => {
          if (old.isConnected || !document.querySelector('.receipt')) return
          look.disconnect()
          painted((now) => window.measured.push(['cast', now - event.timeStamp]))
        })
        look.observe(document.body, { childList: true, subtree: true })
      }
    })
  })
}

const world = await World.start({ members: 12, booths: 1 })
const figures = { ready: [], feedback: [], seal: [], cast: [] }
try {
  await world.keepers(1, 1)
  const pack = await world.pack('A', VISITS + 2)
  await world.openMeeting()
  const poll = await world.createPoll()
  await world.openPoll(poll, pack)
  const [booth] = world.booths
  for (let i = 0; i < VISITS; i++) {
    const page = await openPage(`${booth.url}/`, { width: 1080, height: 1920, touch: true })
    await page.waitForSelector('.key')
    figures.ready.push(
      await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime),
    )
    await watch(page)
    await booth.until(() => booth.screen.name === 'welcome' || booth.screen.name === 'scan', 'welcome')
    booth.scan(pack.slips[i])
    await booth.shows('info')
    const next = async (name) => {
      await page.waitForTimeout(450) // a second tap within 400 ms is none
      await page.locator('.key.primary:visible').last().tap()
      return booth.shows(name)
    }
    await next('question')
    await page.waitForTimeout(450)
    await page.locator('.key.option').first().tap()
    await booth.until(() => booth.screen.question?.options.some((one) => one.chosen), 'the choice')
    await next('review')
    await page.waitForSelector('.receipt')
    await next('thanks')
    await page.waitForFunction(() => window.measured.some(([name]) => name === 'cast'))
    for (const [name, ms] of await page.evaluate(() => window.measured)) figures[name].push(ms)
    booth.tap('done')
    await booth.until(() => booth.screen.name !== 'thanks', 'the next child')
    await page.context().close()
  }
} finally {
  await closeBrowser()
  await world.end()
}
for (const [name, values] of Object.entries(figures))
  console.log(`${name} median=${median(values).toFixed(0)} worst=${Math.max(...values).toFixed(0)} ms n=${values.length}`)
