// Every screen of the kiosk: on three screens, for three age bands, in both languages, in all themes
// and at the largest letters.
import { Agent } from '../support/agent.mjs'
import { openPage, shoot } from '../support/browser.mjs'
import { DEVICES, screens } from '../support/kiosk_screens.mjs'

const LOOKS = [
  ['portrait', 'A', 'warm', 0, 'zh-CN'], ['landscape', 'B', 'warm', 0, 'zh-CN'], ['small', 'C', 'warm', 0, 'zh-CN'],
  ['landscape', 'C', 'warm', 0, 'en'], ['landscape', 'A', 'dark', 2, 'zh-CN'], ['small', 'B', 'light', 1, 'en'],
  ['portrait', 'C', 'soft', 3, 'zh-CN'],
]

export default async function take() {
  const agent = await Agent.start()
  for (const [kind, band, theme, size, language] of LOOKS) {
    const device = DEVICES[kind]
    const all = screens({ band, device, settings: { theme, size } })
    let serial = 1
    agent.show({ ...all.welcome, serial: ++serial })
    const page = await openPage(agent.url, {
      width: device.px_width, height: device.px_height, touch: true, language, reducedMotion: 'reduce',
    })
    const draw = async (document) => {
      agent.show({ ...document, serial: ++serial })
      await page.locator(`[data-screen="${document.name} ${serial}"]`).waitFor()
      await page.evaluate(() =>
        document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))),
      )
    }
    const place = `kiosk/${kind}-${band}-${theme}-${size}-${language}`
    for (const [name, document] of Object.entries(all)) {
      await draw(document)
      await shoot(page, `${place}/${name}`)
    }
    await draw(all.welcome)
    await page.locator('.tools .key').last().tap()
    await page.locator('.panel-sheet').waitFor()
    await shoot(page, `${place}/settings`)
    await page.context().close()
  }
  await agent.end()
}
