// The organiser's desk, empty and full.
import { openPage, shoot } from '../support/browser.mjs'
import { World, PASSPHRASE } from '../support/world.mjs'

export async function enter(page, login = 'organiser') {
  await page.locator('#login').fill(login)
  await page.locator('#pass').fill(PASSPHRASE)
  await page.locator('button[type=submit]').click()
  await page.locator('.shell').waitFor()
}

async function settled(page) {
  await page.locator('main h1').first().waitFor()
  await page.waitForTimeout(150)
}

export default async function take() {
  const bare = await World.bare()
  await bare.setUp()
  const full = await World.start({ members: 60, booths: 1 })
  await full.pack('A', 70)
  await full.createPoll()
  const pages = ['/', '/bodies', '/staff', '/devices', '/roster', '/roster/import', '/meetings', '/meetings/new', '/packs', '/results', '/settings']
  for (const [stage, world] of [['empty', bare], ['full', full]])
    for (const [language, width, height] of [['zh-CN', 1280, 800], ['en', 1024, 768]]) {
      const page = await openPage(`${world.url}/desk/`, { language, width, height })
      await enter(page)
      const all = stage === 'full'
        ? [...pages, ...['agenda', 'polls', 'keepers'].map((part) => `/meetings/${world.meeting}/${part}`)]
        : pages
      for (const path of all) {
        await page.evaluate((to) => { location.hash = to }, path)
        await settled(page)
        const name = path.split('/').filter((part) => part && part !== world.meeting).join('-') || 'home'
        await shoot(page, `desk/${stage}-${name}-${language}`)
      }
      await page.context().close()
    }
  await bare.end()
  await full.end()
}
