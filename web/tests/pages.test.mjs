// Every page opens under the strict policy, with nothing loaded from elsewhere (FE-01).
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { assertClean, closeBrowser, openPage } from './support/browser.mjs'
import { World } from './support/world.mjs'

after(closeBrowser)

test('the five pages open, in both languages, without a complaint', async () => {
  const world = await World.start({ members: 0, booths: 1 })
  try {
    const addresses = ['/', '/console/', '/desk/', '/screen/'].map((path) => world.url + path)
    for (const url of [...addresses, `${world.booths[0].url}/`])
      for (const language of ['zh-CN', 'en']) {
        const page = await openPage(url, { language })
        await page.waitForFunction(() => document.querySelector('#app')?.childElementCount > 0)
        assert.equal(await page.evaluate(() => document.documentElement.lang), language, url)
        assertClean(page)
        await page.context().close()
      }
  } finally {
    await world.end()
  }
})
