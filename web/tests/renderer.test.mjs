// A renderer that is missing, dies or hangs: what was approved is kept, the answer says what happened,
// and the server goes on.
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bin, outDir } from './support/places.mjs'
import { World } from './support/world.mjs'

const SYLLABLES = ['ni3', 'hao3']

test('approved pinyin outlives every end of the renderer', async () => {
  const programs = mkdtempSync(join(outDir, 'programs-'))
  copyFileSync(join(bin, 'tongsheng-server'), join(programs, 'tongsheng-server'))
  const world = await World.bare({ programs })
  try {
    await world.setUp()
    await world.addCouncil(0)
    await world.addMeeting({ items: [{ title: '你好', minutes: 5, origin: 'group' }] })
    const where = { council: world.council }
    const { texts } = await world.organiser.watch('texts', world.meeting)
    const { text } = texts.find((one) => one.shown === '你好')
    const approve = () => world.organiser.call('text.pinyin', { ...where, text, pinyin: SYLLABLES })
    const renderer = (script) => writeFileSync(join(programs, 'tongsheng-render'), script, { mode: 0o755 })
    assert.equal((await approve()).note, 'render.none')
    for (const [script, note] of [
      ['#!/bin/sh\nkill -9 $$\n', 'render.died'],
      ['#!/bin/sh\nexec sleep 600\n', 'render.time'],
    ]) {
      renderer(script)
      assert.equal((await approve()).note, note)
    }
    const shown = world.organiser.view('texts', world.meeting).texts.find((one) => one.shown === '你好')
    assert.deepEqual(shown.pinyin, SYLLABLES)
    assert.equal(shown.clip, undefined)
  } finally {
    await world.end()
    rmSync(programs, { recursive: true, force: true })
  }
})
