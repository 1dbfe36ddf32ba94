// The pages as they come up on a server that nobody has set up.
import { openPage, shoot } from '../support/browser.mjs'
import { World } from '../support/world.mjs'

export default async function take() {
  const world = await World.bare()
  for (const [name, path] of [['public', '/'], ['console', '/console/'], ['desk', '/desk/'], ['screen', '/screen/']])
    for (const language of ['zh-CN', 'en']) {
      const page = await openPage(world.url + path, { language })
      await page.waitForFunction(() => document.querySelector('#app')?.childElementCount > 0)
      await shoot(page, `${name}/first-${language}`)
      await page.context().close()
    }
  await world.end()
}
