// The hands of a demonstration that `./dev run` has left running: a slip before the scanner of a
// kiosk, and keepers who open a closed poll.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import WebSocket from 'ws'

const demo = process.env.TS_DEMO ?? 'demo'
const [what, name = 'K1'] = process.argv.slice(2)

function fail(message) {
  console.error(message)
  process.exit(1)
}

if (!existsSync(`${demo}/addresses.json`)) fail('no demonstration is running here: ./dev run')
const addresses = JSON.parse(readFileSync(`${demo}/addresses.json`, 'utf8'))
const pack = JSON.parse(readFileSync(`${demo}/slips-C.json`, 'utf8'))

function holdSlip() {
  const kiosk = addresses.kiosks.find((one) => one.name === name)
  if (!kiosk) fail(`there is no kiosk ${name}: ${addresses.kiosks.map((one) => one.name).join(', ')}`)
  const usedFile = `${demo}/slips-C.used`
  const used = existsSync(usedFile) ? Number(readFileSync(usedFile, 'utf8')) : 0
  const slip = pack.slips[used]
  if (!slip) fail('the hat is empty')
  const socket = new WebSocket(`ws://127.0.0.1:${kiosk.port}/ws`, 'tongsheng.kiosk.v1')
  socket.on('error', (error) => fail(`${name} does not answer: ${error.message}`))
  socket.once('message', (data) => {
    const { screen } = JSON.parse(String(data))
    if (!['welcome', 'scan'].includes(screen.name)) fail(`${name} is not waiting for a slip now`)
    socket.send(JSON.stringify({ scan: slip.code }))
    writeFileSync(usedFile, String(used + 1))
    console.log(`slip ${used + 1} of ${pack.slips.length} before ${name}`)
    socket.close()
  })
}

function openPoll() {
  for (const keeper of ['Key1', 'Key2']) {
    const { status } = spawnSync(
      'build/bin/tongsheng-kiosk',
      [
        'open', '--dir', `${demo}/keeper-${keeper}`, '--server', addresses.server, '--pin', addresses.pin,
        '--name', keeper, '--card', `${demo}/card-${keeper}-2.json`, '--uuid', pack.uuid,
      ],
      { stdio: 'inherit' },
    )
    if (status !== 0) fail(`${keeper} did not open the poll`)
  }
}

if (what === 'slip') holdSlip()
else if (what === 'keepers') openPoll()
else fail('usage: demo.mjs slip [KIOSK] | keepers')
