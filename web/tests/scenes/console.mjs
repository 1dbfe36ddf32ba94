// The facilitator's console through a meeting day, wide and small, in both languages.
import { assertClean, openPage, overflow, shoot } from '../support/browser.mjs'
import { Facilitator, playDay } from '../support/day.mjs'
import { World } from '../support/world.mjs'

const SIZES = [[1280, 800], [1024, 768]]

/** Each screen in both sizes. */
function camera(language) {
  let n = 0
  return async (name, page) => {
    n++
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height })
      await shoot(page, `console/${language}-${width}/${String(n).padStart(2, '0')}-${name}`)
      for (const line of await overflow(page)) console.log(`${language} ${width} ${name}: ${line}`)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  }
}

export default async function take() {
  for (const language of ['zh-CN', 'en']) {
    const world = await World.start({ members: 12, booths: 2, rehearsal: language === 'en' })
    try {
      const look = camera(language)
      const facilitator = await Facilitator.enter(world, { language, look })
      facilitator.english = language === 'en'
      await playDay(world, facilitator)
      const { page } = facilitator
      for (const [key, name] of [['h', 'hands'], ['r', 'named'], ['c', 'cards'], ['?', 'keys']]) {
        await page.keyboard.press(key)
        await page.waitForSelector('dialog[open]')
        if (key === 'c') {
          await page.click('dialog .choices button >> nth=3')
          await page.waitForSelector('dialog figure')
        }
        await look(name, page)
        await page.keyboard.press('Escape')
        await page.waitForSelector('dialog[open]', { state: 'detached' })
      }
      assertClean(page)
      for (const office of ['chair', 'clerk', 'timekeeper', 'scrutineer']) {
        const card = await openPage(`${world.url}/console/#card=${await world.card(office)}`, { language })
        await card.waitForSelector('.office')
        await look(`office-${office}`, card)
        assertClean(card)
        await card.context().close()
      }
      await page.context().close()
    } finally {
      await world.end()
    }
  }
}
