// What pages rarely or never say, over the wire: commands with what the views show afterwards, and
// what the server refuses.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import https from 'node:https'
import { test } from 'node:test'
import { Client, drawId } from './support/client.mjs'
import { PASSPHRASE, MAJORITY, World, cardCode } from './support/world.mjs'

const NOBODY = '3yQ8vT1uKp9ZbRrm4sWn2D'
const SIGNATURE = 'A'.repeat(86)
const token = () => randomBytes(32).toString('base64').replace('=', '')

/** A device that a test speaks for: {key, sign(text)}. */
function device() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '')
  return { key: base64(raw), sign: (text) => base64(sign(null, Buffer.from(text), privateKey)) }
}

async function proveDevice(client, one) {
  const { nonce, server_key: server } = await client.call('kiosk.hello', { key: one.key })
  return client.call('kiosk.prove', { signature: one.sign(`tongsheng-kiosk-login-1|${server}|${nonce}`) })
}

function refused(code, params) {
  return (error) => {
    assert.equal(error.code, code, error.message)
    if (params) assert.deepEqual(error.reject.params, params)
    return true
  }
}

function download(url, bearer) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${bearer}` }
    https.get(url, { headers, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

async function inWorld(options, run) {
  const world = await World.start(options)
  const clients = []
  try {
    await run(world, async () => {
      const client = await Client.open(world.url)
      clients.push(client)
      return client
    })
  } finally {
    for (const client of clients) client.close()
    await world.end()
  }
}

test('logins, accounts, bodies and devices', async () => {
  await inWorld({ members: 3 }, async (world, open) => {
    const { organiser, district, council, meeting } = world
    // Logins: wrong, locked, resumed, ended.
    let guest = await open()
    await assert.rejects(guest.call('staff.grant', { staff: NOBODY, body: district, role: 'unit' }), refused('auth.login'))
    await assert.rejects(guest.call('login.resume', { token: token() }), refused('login.expired'))
    await assert.rejects(guest.call('card.login', { code: token() }), refused('card.unknown'))
    await assert.rejects(guest.call('subscribe', { view: 'attic', key: '' }), refused('view.unknown'))
    for (let i = 0; i < 4; i++)
      await assert.rejects(guest.call('login', { login: 'second', passphrase: 'wrong' }), refused('login.failed'))
    guest = await open()
    await assert.rejects(guest.call('login', { login: 'nobody', passphrase: 'wrong' }), refused('login.failed'))
    await assert.rejects(guest.call('login', { login: 'second', passphrase: 'wrong' }), refused('login.failed'))
    await assert.rejects(guest.call('login', { login: 'second', passphrase: PASSPHRASE }), (error) => {
      assert.equal(error.code, 'login.locked')
      assert.match(error.reject.params.minutes, /^[1-9][0-9]?$/)
      return true
    })
    const again = await open()
    const { token: theOther } = await guest.call('login', { login: 'organiser', passphrase: PASSPHRASE })
    const me = await organiser.watch('me')
    assert.equal((await again.call('login.resume', { token: theOther })).id, me.id)
    assert.deepEqual((await again.watch('me')).grants, me.grants)
    await assert.rejects(again.call('login', { login: 'organiser', passphrase: PASSPHRASE }), refused('login.already'))
    await again.call('logout')
    await again.until(() => again.view('me').kind === 'nobody', 'nobody any more')
    await assert.rejects(again.call('login.resume', { token: theOther }), refused('login.expired'))

    // Subscriptions have an end.
    const many = await world.login('facilitator')
    for (let i = 0; i < 64; i++) await many.call('subscribe', { view: 'public.poll', key: `${i}` })
    await assert.rejects(many.call('subscribe', { view: 'me', key: '' }), refused('view.many', { max: '64' }))
    await many.call('unsubscribe', { view: 'public.poll', key: '7' })
    assert.equal((await many.watch('me')).login, 'facilitator')
    many.close()

    // A command id is one person's.
    const id = drawId()
    const body = { parent: district, kind: 'school', name: '实验小学' }
    const { id: school } = await organiser.call('body.add', body, { id })
    assert.equal((await organiser.call('body.add', body, { id })).id, school)
    await assert.rejects(world.facilitator.call('body.add', body, { id }), refused('cmd.id_used'))
    await assert.rejects(organiser.call('body.add', body), refused('body.name_taken'))
    await organiser.until(() => world.desk.below.some((one) => one.body === school), 'the school at the desk')

    // Accounts.
    const account = { body: school, login: 'sun', name: '孙', passphrase: PASSPHRASE, role: 'unit' }
    await assert.rejects(organiser.call('staff.add', { ...account, login: 'Sun' }), refused('staff.login_form'))
    const { id: sun } = await organiser.call('staff.add', account)
    await assert.rejects(organiser.call('staff.add', account), refused('staff.login_taken'))
    const theirs = await world.login('sun')
    await theirs.watch('me')
    await organiser.call('staff.grant', { staff: sun, body: school, role: 'organiser' })
    await theirs.until(() => theirs.view('me').grants.length === 2, 'a second role')
    await organiser.call('staff.revoke', { staff: sun, body: school, role: 'unit' })
    await theirs.until(() => theirs.view('me').grants.length === 1, 'one role')
    assert.equal(theirs.view('me').grants[0].role, 'organiser')
    await assert.rejects(
      organiser.call('staff.revoke', { staff: me.id, body: district, role: 'organiser' }),
      refused('staff.last_organiser'),
    )
    await theirs.call('staff.passphrase', { staff: sun, passphrase: 'another good phrase' })
    guest = await open()
    await assert.rejects(guest.call('login', { login: 'sun', passphrase: PASSPHRASE }), refused('login.failed'))
    await guest.call('login', { login: 'sun', passphrase: 'another good phrase' })
    theirs.close()

    // A device: proof of its key, approval, and the end of it.
    const booth = await world.addBooth('K1')
    await organiser.until(() => world.desk.kiosks[0].online, 'the booth is there')
    guest = await open()
    await assert.rejects(guest.call('kiosk.prove', { signature: SIGNATURE }), refused('kiosk.hello'))
    await assert.rejects(guest.call('kiosk.hello', { key: token() }), refused('kiosk.unknown'))
    const hand = device()
    const request = { key: hand.key, role: 'booth', name: 'K2' }
    const signature = hand.sign(`tongsheng-kiosk-request-1|${hand.key}|booth`)
    await assert.rejects(guest.call('kiosk.request', { ...request, signature: SIGNATURE }), refused('kiosk.signature'))
    await guest.call('kiosk.request', { ...request, signature })
    assert.equal((await guest.call('kiosk.request', { ...request, signature })).repeat, true)
    await guest.call('kiosk.hello', { key: hand.key })
    await assert.rejects(guest.call('kiosk.prove', { signature: SIGNATURE }), refused('kiosk.signature'))
    await proveDevice(guest, hand)
    assert.equal((await guest.watch('me')).approved ?? false, false)
    await organiser.call('kiosk.revoke', { kiosk: booth.id })
    await organiser.until(() => world.desk.kiosks[0].state === 'revoked', 'the booth is out')
    await assert.rejects(organiser.call('kiosk.approve', { kiosk: booth.id, body: district }), refused('kiosk.revoked'))

    // Names go when a member goes.
    const seats = world.console.seats.length
    const { member } = world.console.seats.at(-1)
    await organiser.call('member.remove', { council, member })
    await world.facilitator.until(() => world.console.seats.length === seats - 1, 'one member less')
    await assert.rejects(organiser.call('member.remove', { council, member }), refused('member.unknown'))
    const card = await open()
    await card.call('card.login', { code: await world.card('clerk') })
    assert.equal((await card.watch('me')).office, 'clerk')
    await card.watch('screen', meeting)
    await card.call('logout')
    await card.until(() => card.view('screen', meeting) === null, 'the screen is closed to nobody')
  })
})

test('a meeting: speakers, motions, open votes, texts', async () => {
  await inWorld({ members: 4 }, async (world) => {
    const { facilitator, council, meeting } = world
    const where = { council, meeting }
    const say = (cmd, body, client = facilitator) => client.call(cmd, { ...where, ...body })
    await assert.rejects(say('timer.set', { seconds: 60 }), refused('meeting.not_open'))
    await world.openMeeting(3)
    await assert.rejects(say('timer.set', { meeting: NOBODY, seconds: 60 }), refused('meeting.unknown'))
    await assert.rejects(say('screen.show', { meeting: NOBODY, show: 'blank', step: 0 }), refused('meeting.unknown'))
    await assert.rejects(say('screen.show', { motion: NOBODY, show: 'motion', step: 0 }), refused('motion.unknown'))
    await assert.rejects(say('screen.show', { poll: NOBODY, show: 'result', step: 0 }), refused('poll.unknown'))

    // Speakers: who is here may ask; the order is changed by hand.
    await assert.rejects(say('queue.join', { seat: 4, side: 'for' }), refused('member.absent'))
    for (const seat of [1, 2, 3]) await say('queue.join', { seat, side: 'for' })
    await facilitator.until(() => world.console.queue.length === 3, 'three speakers')
    await say('queue.move', { seat: 3, place: 1 })
    await facilitator.until(() => world.console.queue[0].seat === 3, 'the third comes first')

    // Motions and open votes.
    const motion = { item: 2, title: '斑马线', text: '设斑马线', origin: 'child_card' }
    const { id: withdrawn } = await say('motion.put', motion)
    await facilitator.call('motion.withdraw', { council, motion: withdrawn })
    const find = (id) => world.console.motions.find((one) => one.motion === id)
    await facilitator.until(() => find(withdrawn)?.state === 'withdrawn', 'the motion is withdrawn')
    await assert.rejects(facilitator.call('motion.withdraw', { council, motion: withdrawn }), refused('motion.not_open'))
    const { id: passed } = await say('motion.put', motion)
    const vote = { item: 2, question: '同意吗？', rule: MAJORITY }
    const { id: hands } = await say('hands.record', {
      ...vote, group: 'children', motion: passed, for_count: 2, against: 1, abstain: 0,
    })
    await facilitator.until(() => find(passed).state === 'passed' && find(passed).minority_due, 'it is passed')
    const members = world.console.seats.filter((one) => one.here).map((one) => one.member)
    const { id: named } = await say('named.record', {
      ...vote, votes: members.map((member, at) => ({ member, choice: at ? 'for' : 'against' })),
    })
    await facilitator.until(() => world.console.votes.length === 2, 'two votes')
    const [first, second] = [hands, named].map((id) => world.console.votes.find((one) => one.vote === id))
    assert.deepEqual([first.for_count, first.against, first.present, first.named ?? false], [2, 1, 3, false])
    assert.deepEqual([second.for_count, second.against, second.named], [2, 1, true])

    // A text goes when two people say so.
    const { texts } = await facilitator.watch('texts', meeting)
    const { text: content } = texts[0]
    const other = await world.login('second')
    const erase = { council, content, reason: 'guardian' }
    await assert.rejects(other.call('content.erase', erase), refused('auth.role'))
    await world.organiser.call('staff.add', {
      body: world.district, login: 'mei', name: '梅', passphrase: PASSPHRASE, role: 'privacy_officer',
    })
    const privacy = await world.login('mei')
    assert.equal((await privacy.call('content.erase', erase)).waiting_second, true)
    const before = facilitator.view('texts', meeting)
    await world.organiser.call('content.erase', erase)
    await facilitator.until(() => facilitator.view('texts', meeting) !== before, 'the texts change')
    assert.equal((await privacy.call('content.erase', erase)).repeat, true)
    other.close()
    privacy.close()
  })
})

test('a poll with exchange, audit, a lost booth, a difference, a lot and a complaint', async () => {
  await inWorld({ members: 6, booths: 1 }, async (world, open) => {
    const { facilitator, organiser, council, meeting } = world
    const [booth] = world.booths
    const second = await world.login('second')
    await world.keepers(1, 1)
    const pack = await world.pack('A', 9)
    await world.openMeeting()
    const staff = await world.card('staff')
    const scrutineer = await world.card('scrutineer')

    // A booth that will be lost.
    const hand = device()
    const lost = await open()
    const { id: hers } = await lost.call('kiosk.request', {
      key: hand.key, role: 'booth', name: 'H', signature: hand.sign(`tongsheng-kiosk-request-1|${hand.key}|booth`),
    })
    await organiser.call('kiosk.approve', { kiosk: hers, body: world.district })
    await proveDevice(lost, hand)
    const options = ['山里', '海边', '公园'].map((text) => ({ text }))
    const rule = { ...MAJORITY, kind: 'plurality', base: 'valid', tie: 'lot', notice_days: 3 }
    const poll = await world.createPoll({ method: 'one', options, rule })
    const tell = (cmd, more, client) => world.pollCommand(cmd, poll, more, client)
    await assert.rejects(tell('kiosk.release', { kiosk: booth.id }), refused('poll.not_open'))
    await tell('poll.prepare', { pack: pack.pack, booths: [booth.id, hers] })
    await lost.watch('package', pack.uuid)
    const { package: text } = lost.view('package', pack.uuid)
    const digest = createHash('sha256').update(JSON.parse(text).election).digest('base64')
    const phi = digest.replace(/=+$/, '')
    await assert.rejects(
      lost.call('package.ack', { council, uuid: pack.uuid, phi: token() }),
      refused('package.phi'),
    )
    const zero = hand.sign(`tongsheng-zero-1|${pack.uuid}|${phi}|9`)
    await lost.call('package.ack', { council, uuid: pack.uuid, phi, zero })
    await world.everyBooth(poll, 'acked')
    const slip = { council, uuid: pack.uuid, credential: `58${'66'.repeat(31)}`, proof: '{"challenge":"1","response":"1"}' }
    await assert.rejects(lost.call('slip.void', slip), refused('poll.not_open'))
    await tell('poll.open')
    await assert.rejects(lost.call('slip.void', slip), refused('slip.proof'))
    await assert.rejects(lost.call('slip.audit', slip), refused('slip.proof'))
    await tell('kiosk.release', { kiosk: booth.id })
    await facilitator.until(() => world.poll(poll).booths.find((one) => one.kiosk === booth.id).released === 1, 'released')

    // Two votes that tie, a slip that the scrutineers open, one that is exchanged.
    await booth.vote(pack.slips[0], [[0]])
    await booth.vote(pack.slips[1], [[1]])
    booth.tap('start')
    await booth.until(() => booth.screen.name === 'scan', 'the scan page')
    booth.scan(pack.slips[2])
    await booth.shows('info')
    booth.tap('next')
    await booth.shows('question')
    const { serial } = booth.screen
    booth.tap('choose', { option: 2 })
    await booth.until(() => booth.screen.serial !== serial, 'the choice')
    booth.tap('next')
    await booth.shows('review')
    booth.scan(cardCode(scrutineer))
    await booth.shows('audit')
    booth.tap('done')
    await booth.shows('welcome')
    booth.scan(cardCode(staff))
    await booth.shows('staff')
    booth.tap('take_back')
    await booth.shows('take_back')
    booth.scan(pack.slips[3])
    await booth.until(() => booth.screen.count === 1, 'one slip is back')
    booth.tap('done')
    await booth.shows('welcome')

    // One booth never says what it holds: two people give it up.
    await tell('poll.close')
    const up = { kiosk: hers, reason: '坏了' }
    assert.equal((await tell('booth.give_up', up)).waiting_second, true)
    await facilitator.until(() => world.poll(poll).waiting.some((one) => one.kiosk === hers), 'one has said so')
    await tell('booth.give_up', up, second)
    await world.everyBooth(poll, 'stated')
    assert.equal(world.poll(poll).booths.find((one) => one.kiosk === hers).given_up, true)

    // Paper: one child took part without a ballot; two people accept that.
    await tell('poll.paper', {
      counts: {
        printed: 9, left_over: 5, handed_out: 4, unused: 0, lost: 0, lost_replaced: 0, exchanged: 1,
        audited: 1, took_part: 3,
      },
    })
    await facilitator.until(() => world.poll(poll).balance, 'the balance')
    const { balance } = world.poll(poll)
    assert.deepEqual([balance.cast, balance.voided, balance.audited], [2, 1, 1])
    assert.ok(balance.differences.length > 0)
    await assert.rejects(tell('poll.finish'), refused('poll.unbalanced'))
    assert.equal((await tell('poll.accept_difference', { reason: '没投' })).waiting_second, true)
    await tell('poll.accept_difference', { reason: '没投' }, second)
    await facilitator.until(() => world.poll(poll).balance.accepted, 'the difference is accepted')
    await tell('poll.finish')
    await world.everyBooth(poll, 'k_signed')
    await world.decrypt(poll, pack)
    await tell('poll.tally')
    await facilitator.until(() => world.poll(poll).result, 'the result')
    assert.deepEqual(world.poll(poll).result.counts, [1, 1, 0])
    assert.equal(world.poll(poll).result.verdict.outcome, 'tied')

    // The lot decides before two people; then the notice, with a complaint.
    await assert.rejects(tell('poll.lot', { drawn: [3] }), refused('poll.lot'))
    assert.equal((await tell('poll.lot', { drawn: [2] })).waiting_second, true)
    await tell('poll.lot', { drawn: [2] }, second)
    await facilitator.until(() => world.poll(poll).result.lots?.length === 1, 'the lot')
    assert.deepEqual(world.poll(poll).result.verdict.elected, [2])
    await tell('poll.publish')
    await tell('poll.complain', { text: '请再数一次' })
    await facilitator.until(() => world.poll(poll).complaints_open === 1, 'a complaint')
    await tell('poll.answer', { complaint: 1, text: '已复核，一致。' }, organiser)
    await facilitator.until(() => world.poll(poll).complaints_open === 0, 'an answer')
    await assert.rejects(tell('poll.finalise', {}, organiser), refused('poll.notice', { until: world.poll(poll).notice_until }))
    await assert.rejects(tell('poll.void', { reason: '停电' }), refused('poll.state'))

    // Another poll ends before it begins.
    const other = await world.createPoll()
    await world.pollCommand('poll.void', other, { reason: '停电' })
    await facilitator.until(() => world.poll(other).state === 'void', 'it is void')
    const guest = await open()
    const shown = await guest.watch('public.poll', pack.uuid)
    assert.equal(shown.result.counts.length, 3)
    second.close()
  })
})

test('notes, leaving, the queue, rules, recordings and zero reports', async () => {
  await inWorld({ members: 6, booths: 1 }, async (world) => {
    const { organiser, facilitator, council, meeting } = world
    const where = { council, meeting }
    await organiser.call('council.rules', {
      council, rules: { quorum_num: 1, quorum_den: 2, speech_seconds: 90, reply_days: 30 },
    })
    await organiser.until(() => world.desk.councils[0].rules.speech_seconds === 90, 'the new rules')
    await world.keepers(1, 1)
    const pack = await world.pack('A', 10)
    await world.openMeeting(4)
    const seats = world.console.seats.map((seat) => seat.member)
    await facilitator.call('attendance.leave', { ...where, members: [seats[0]] })
    await facilitator.call('attendance.excuse', { ...where, members: [seats[5]] })
    await facilitator.until(() => world.console.present === 3 && world.console.excused === 1, 'attendance')
    await facilitator.call('item.note', { ...where, item: 1, text: '12件：8件办结。' })
    const minutes = await download(`${world.url}/meetings/${meeting}/minutes.md`, organiser.token)
    assert.match(minutes, /12件：8件办结。/)
    await facilitator.call('queue.join', { ...where, seat: 2, side: 'for' })
    await facilitator.until(() => world.console.queue.length === 1, 'a speaker')
    await facilitator.call('queue.leave', { ...where, seat: 2 })
    await facilitator.until(() => world.console.queue.length === 0, 'nobody waits')
    const { texts } = await organiser.watch('texts', meeting)
    const clip = (text) => organiser.call('text.clip', { council, text, upload: NOBODY })
    await assert.rejects(clip(NOBODY), refused('text.unknown'))
    await assert.rejects(clip(texts[0].text), refused('upload.unknown'))
    // Two scrutineers confirm that every booth is empty.
    const poll = await world.createPoll()
    await world.pollCommand('poll.prepare', poll, { pack: pack.pack, booths: [world.booths[0].id] })
    await world.everyBooth(poll, 'acked')
    for (let i = 1; i <= 2; i++) {
      const scrutineer = await Client.open(world.url)
      await scrutineer.call('card.login', { code: await world.card('scrutineer') })
      await scrutineer.call('poll.zero', { council, poll })
      scrutineer.close()
      await facilitator.until(() => world.poll(poll).zero_seen === i, `${i} of them`)
    }
    assert.equal(world.poll(poll).booths[0].zero, true)
  })
})
