// Chromium, with everything that must never happen on any page made an error of the test.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { checkReceived, checkSent } from './frames.mjs'
import { screenshots } from './places.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser

export async function openBrowser() {
  browser ??= await chromium.launch({
    executablePath: process.env.TS_CHROMIUM ?? '/usr/bin/chromium',
    // The tests run as root in containers, where Chromium's own sandbox cannot start. Kiosks keep it.
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  })
  return browser
}

export async function closeBrowser() {
  await browser?.close()
  browser = undefined
}

/** A page of its own context. `problems` collects what may not happen: CSP violations, errors,
 * requests to anywhere else, frames against the schema. `allow(text)` is for expected console errors. */
export async function openPage(
  url,
  { width = 1280, height = 800, touch = false, language = 'zh-CN', allow = () => false, reducedMotion } = {},
) {
  const context = await (await openBrowser()).newContext({
    viewport: { width, height }, hasTouch: touch, ignoreHTTPSErrors: true, locale: language, reducedMotion,
  })
  const page = await context.newPage()
  const problems = []
  const origin = new URL(url).origin
  page.on('console', (message) => {
    const text = message.text()
    const isLost = /WebSocket connection to|ERR_CONNECTION|ERR_EMPTY_RESPONSE/.test(text)
    if ((message.type() === 'error' || /Content Security Policy|\[intlify\]/.test(text)) && !isLost && !allow(text))
      problems.push(`console: ${text}`)
  })
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const target = request.url()
    if (!target.startsWith(origin) && !/^(data|blob):/.test(target)) problems.push(`request: ${target}`)
  })
  page.on('websocket', (socket) => {
    const isKiosk = new URL(socket.url()).host !== new URL(url).host ? false : new URL(url).protocol === 'http:'
    const guard = (check) => (event) => {
      if (isKiosk) return
      try {
        check(String(event.payload))
      } catch (error) {
        problems.push(error.message)
      }
    }
    socket.on('framesent', guard(checkSent))
    socket.on('framereceived', guard(checkReceived))
  })
  const target = new URL(url)
  if (language === 'en') target.searchParams.set('lang', 'en')
  await page.goto(target.href)
  page.problems = problems
  return page
}

/** Throws with everything that went wrong on the page so far. */
export function assertClean(page) {
  if (page.problems.length) throw new Error(page.problems.join('\n'))
}

/** axe, WCAG 2.2 A and AA; returns the violations as lines. The page's own policy forbids scripts
 * that are not its own, so axe comes in through the debugger, not through the page. */
export async function axe(page) {
  // What is fading has no contrast that anybody reads.
  await page.waitForFunction(() => !document.querySelector('[class*="-leave-active"], [class*="-enter-active"]'))
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    }),
  )
  return violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary?.replaceAll('\n', ' ')}`),
  )
}

/** build/screenshots/NAME.png; NAME like "kiosk/welcome-zh". */
export async function shoot(page, name, options = {}) {
  const path = join(screenshots, `${name}.png`)
  mkdirSync(join(path, '..'), { recursive: true })
  await page.screenshot({ path, ...options })
}

/** Boxes that leave the window or text that is cut off: lines, empty when all is well. */
export async function overflow(page) {
  return page.evaluate(() => {
    const found = []
    const wide = document.documentElement
    if (wide.scrollWidth > wide.clientWidth) found.push(`page ${wide.scrollWidth} > ${wide.clientWidth}`)
    for (const element of document.querySelectorAll('button, a, h1, h2, h3, p, label, td, th, li')) {
      const style = getComputedStyle(element)
      if (style.visibility === 'hidden' || !element.getClientRects().length) continue
      if (element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'visible' && style.display !== 'inline')
        found.push(`${element.tagName} "${element.textContent?.trim().slice(0, 30)}" is cut off`)
      const box = element.getBoundingClientRect()
      if (box.right > innerWidth + 1 || box.left < -1)
        found.push(`${element.tagName} "${element.textContent?.trim().slice(0, 30)}" leaves the window`)
    }
    return found
  })
}
