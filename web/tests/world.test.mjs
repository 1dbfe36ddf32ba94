// The support itself: a poll from slips to result on real programs, without a page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from './support/world.mjs'

test('a world votes and counts', async () => {
  const world = await World.start({ members: 6, booths: 2 })
  try {
    await world.keepers(2, 3)
    const pack = await world.pack('A', 10)
    await world.openMeeting()
    const poll = await world.createPoll()
    await world.openPoll(poll, pack)
    const receipts = []
    for (const [at, option] of [0, 0, 1, 2].entries())
      receipts.push(await world.booths[at % 2].vote(pack.slips[at], [[option]]))
    assert.equal(new Set(receipts.map((one) => one.hash)).size, 4)
    await world.countPoll(poll, pack, 4)
    assert.deepEqual(world.poll(poll).result.counts, [2, 1, 1])
  } finally {
    await world.end()
  }
})
