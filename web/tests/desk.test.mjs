// The organiser's desk: from a server that nobody has set up to a meeting that can be opened, in the
// browser alone; and what a bad list, another person and a lost connection do to it.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Booth } from './support/booth.mjs'
import { assertClean, axe, closeBrowser, openPage, overflow } from './support/browser.mjs'
import { bin } from './support/places.mjs'
import { Program } from './support/process.mjs'
import { PASSPHRASE, World } from './support/world.mjs'

after(closeBrowser)

const require = createRequire(import.meta.url)
const { zipSync, strToU8 } = createRequire(require.resolve('read-excel-file/universal'))('fflate')

/** What Excel writes in China when asked for CSV. */
function gbk(text) {
  const codes = new Map()
  const decoder = new TextDecoder('gbk')
  for (let high = 0x81; high <= 0xfe; high++)
    for (let low = 0x40; low <= 0xfe; low++)
      if (low !== 0x7f) codes.set(decoder.decode(Uint8Array.of(high, low)), [high, low])
  return Buffer.from([...text].flatMap((char) => (char < '\x80' ? char.charCodeAt(0) : codes.get(char))))
}

/** A workbook with one sheet of texts. */
function xlsx(rows) {
  const escape = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;')
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const cells = rows.map(
    (row, r) =>
      `<row r="${r + 1}">${row
        .map((cell, c) => {
          const at = `${String.fromCharCode(65 + c)}${r + 1}`
          return typeof cell === 'number'
            ? `<c r="${at}"><v>${cell}</v></c>`
            : `<c r="${at}" t="inlineStr"><is><t>${escape(cell)}</t></is></c>`
        })
        .join('')}</row>`,
  )
  const files = {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${rel}"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${cells.join('')}</sheetData></worksheet>`,
  }
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(`<?xml version="1.0"?>${text}`)]))),
  )
}

const go = (page, path) => page.locator(`nav.side a[href="#${path}"]`).click()
const choose = async (page, label, option) => {
  await page.getByRole('combobox', { name: label, exact: true }).click({ force: true })
  await page.getByRole('option', { name: option, exact: true }).click()
}
const told = (page, text) => page.locator('.el-message', { hasText: text }).first().waitFor()
async function upload(page, name, buffer) {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
}
async function logIn(page, login, passphrase = PASSPHRASE) {
  await page.locator('#login').fill(login)
  await page.locator('#pass').fill(passphrase)
  await page.getByRole('button', { name: /^(登录|Log in)$/ }).click()
  await page.locator('.shell').waitFor()
}
async function good(page) {
  assertClean(page)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(await overflow(page), [])
}
const sum = (page) => page.locator('.to-store')

test('an organiser sets everything up without a terminal', async () => {
  const world = await World.bare()
  const page = await openPage(`${world.url}/desk/`)
  try {
    // The first start: only with the code that the server printed.
    await page.locator('#code').fill('AAAA-BBBB-CCCC')
    await page.locator('#district').fill('张店区')
    await page.locator('#name').fill('王芳')
    await page.locator('#login').fill('organiser')
    await page.locator('#pass').fill(PASSPHRASE)
    await page.locator('#again').fill(`${PASSPHRASE}!`)
    await page.getByRole('button', { name: '完成' }).click()
    await page.getByText('两次口令不一样').waitFor()
    await page.locator('#again').fill(PASSPHRASE)
    await page.getByRole('button', { name: '完成' }).click()
    await page.locator('.el-message--error').waitFor()
    await good(page)
    await page.locator('#code').fill(world.setupCode)
    await page.getByRole('button', { name: '完成' }).click()
    await page.locator('.shell').waitFor()
    world.organiser = await world.login('organiser')
    world.district = (await world.organiser.watch('me')).grants[0].body
    await world.organiser.watch('desk', world.district)
    await good(page)

    // Bodies and a council.
    await go(page, '/bodies')
    await choose(page, '类型', '镇街')
    await page.locator('#body-name').fill('马尚镇')
    await page.getByRole('button', { name: '添加单位' }).click()
    await page.locator('.node-name', { hasText: '马尚镇' }).waitFor()
    await page.locator('#council-name').fill('区儿童议事会')
    await page.getByRole('button', { name: '建立议事会' }).click()
    await page.locator('.council .node-name', { hasText: '区儿童议事会（第1届）' }).waitFor()
    await good(page)
    world.council = world.desk.councils[0].council

    // Colleagues; a role is taken back only by typing.
    await go(page, '/staff')
    await page.locator('#staff-name').fill('李梅')
    await page.locator('#staff-login').fill('facilitator')
    await page.locator('#staff-pass').fill(PASSPHRASE)
    await choose(page, '角色', '协作者')
    await page.getByRole('button', { name: '添加账号' }).click()
    await page.locator('td', { hasText: '李梅' }).waitFor()
    await good(page)
    const row = page.locator('tr', { hasText: '李梅' })
    await row.getByRole('button', { name: '角色与口令' }).click()
    await page.locator('.el-dialog').getByRole('combobox').click({ force: true })
    await page.getByRole('option', { name: '儿童督导员' }).click()
    await page.getByRole('button', { name: '授予' }).click()
    await row.locator('.el-tag', { hasText: '儿童督导员' }).waitFor()
    await page.locator('.el-dialog li', { hasText: '儿童督导员' }).getByRole('button', { name: '收回' }).click()
    const danger = page.locator('.el-dialog', { hasText: '请输入' })
    assert.equal(await danger.getByRole('button', { name: '收回' }).isDisabled(), true)
    await danger.locator('input').fill('facilitator')
    await danger.getByRole('button', { name: '收回' }).click()
    await row.locator('.el-tag', { hasText: '儿童督导员' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')

    // A bad list first, as Excel in China writes it: nothing is stored before it is looked at.
    await go(page, '/roster')
    await page.getByRole('link', { name: '导入名册' }).click()
    await upload(page, 'bad.csv', gbk(
      ['姓名,性别,年级,座位号', '小雨,女,四年级,1', ',男,四年级,2', '浩然,男,十三年级,3', '一诺,不明,5,4',
        '子涵,女,5,1', '小雨,女,4,5', '昊天,男,初一,6'].join('\r\n'),
    ))
    await page.locator('td', { hasText: '缺少姓名' }).waitFor()
    for (const text of ['年级看不懂', '性别看不懂', '座位号和第 2 行重复', '可能和第 2 行是同一个孩子'])
      await page.locator('td', { hasText: text }).waitFor()
    assert.equal(await sum(page).textContent(), '2')
    await page.getByText('他们确实是不同的人').click()
    assert.equal(await sum(page).textContent(), '3')
    assert.equal(world.desk.councils[0].members, 0)
    await good(page)
    await upload(page, 'picture.xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))
    await page.getByText('读不了这个文件').waitFor()

    // The good one: what is counted is what is stored.
    const names = ['小雨', '子涵', '浩然', '一诺', '梓萱', '昊天', '雨桐', '晨曦', '思远', '嘉琪', '=HYPERLINK', '乐乐']
    await upload(page, 'roster.xlsx', xlsx([
      ['姓名', '性别', '年级', '座位号'], ...names.map((name, i) => [name, i % 2 ? '男' : '女', `${3 + (i % 4)}年级`, i + 1]),
    ]))
    await page.getByText('没有发现问题').waitFor()
    assert.equal(await sum(page).textContent(), '12')
    await page.getByRole('button', { name: '保存 12 人' }).click()
    await page.getByText('已保存 12 人').waitFor()
    await page.getByRole('button', { name: '查看名册' }).click()
    await page.getByText('共 12 名小议事员').waitFor()
    assert.equal(world.desk.councils[0].members, 12)
    assert.equal(await page.getByText('（未打开）').count(), 12)
    await good(page)

    // Devices ask; the words are compared; the fleet shows them.
    const booth = new Booth(world, 'K1')
    await booth.start()
    world.booths.push(booth)
    await go(page, '/devices')
    const asking = page.locator('.enrol', { hasText: 'K1' })
    const words = await asking.locator('.words').textContent()
    const kiosk = world.desk.kiosks.find((one) => one.name === 'K1')
    assert.equal(words, kiosk.words)
    await good(page)
    await asking.getByRole('button', { name: '一样，批准' }).click()
    booth.id = kiosk.kiosk
    await page.locator('tr', { hasText: 'K1' }).locator('.state.good', { hasText: '在线' }).first().waitFor()
    await page.locator('tr', { hasText: 'K1' }).getByText('空闲').waitFor()
    await page.locator('tr', { hasText: 'K1' }).getByText('0.1.0').waitFor()

    // A pack is made on the slip office with the command that the page shows.
    await go(page, '/packs')
    await page.locator('h1', { hasText: '选票' }).waitFor()
    assert.match(await page.locator('.command').textContent(), new RegExp(`--council ${world.council} --letter A --count 20`))
    await world.pack('A', 20)
    await page.locator('td', { hasText: '未用' }).waitFor()
    await good(page)

    // A meeting from a template, changed before it is kept.
    await go(page, '/meetings')
    await page.getByRole('link', { name: '安排会议' }).click()
    await page.locator('.template', { hasText: '全体会议' }).click()
    await page.locator('#place').fill('儿童之家')
    await page.getByLabel('第 1 项的题目').fill('读一读我们的公约')
    await page.locator('#minutes').fill('60')
    await page.locator('#minutes').press('Tab')
    await page.getByRole('button', { name: '保存会议' }).click()
    await told(page, '议程共 85 分钟')
    await page.reload()
    await page.locator('.shell').waitFor()
    assert.equal(await page.getByLabel('第 1 项的题目').inputValue(), '读一读我们的公约') // the draft was kept
    await page.locator('#minutes').fill('90')
    await page.locator('#minutes').press('Tab')
    await good(page)
    await page.getByRole('button', { name: '保存会议' }).click()
    await page.locator('h1', { hasText: '第1次会议' }).waitFor()
    world.meeting = world.desk.councils[0].meetings[0].meeting
    world.facilitator = await world.login('facilitator')
    await world.facilitator.watch('console', world.meeting)
    await page.getByLabel('第 3 项的题目').fill('校门口的斑马线')
    await page.getByRole('button', { name: '去掉第 4 项' }).click()
    await page.getByRole('button', { name: '保存改动' }).click()
    await world.facilitator.until(() => world.console.items[2]?.title === '校门口的斑马线', 'the new agenda')
    assert.deepEqual(world.console.items.map((item) => item.title).slice(0, 3), ['读一读我们的公约', '上次提案办理情况', '校门口的斑马线'])
    await good(page)

    // A vote is prepared, and how its texts are read is approved.
    await page.locator('.tabs a', { hasText: '投票' }).click()
    await page.getByRole('button', { name: '准备投票' }).click()
    await choose(page, '议题', '3. 校门口的斑马线')
    await page.locator('#question').fill('还要等很长时间吗？')
    for (const [field, text] of [['asked', '要不要斑马线'], ['decides', '区里决定'], ['can_change', '位置'], ['answer_by', '15天']])
      await page.locator(`#${field}`).fill(text)
    await good(page)
    await page.getByRole('button', { name: '保存投票' }).click()
    await page.locator('.poll h3', { hasText: '还要等很长时间吗' }).waitFor()
    await world.organiser.watch('texts', world.meeting)
    await page.locator('.tabs a', { hasText: '文字与拼音' }).click()
    const question = page.locator('.text-row', { hasText: '投票问题' })
    await question.getByRole('button', { name: '标拼音' }).click()
    const approve = page.getByRole('button', { name: '批准', exact: true })
    await page.locator('.sign.unsure').first().waitFor()
    assert.equal(await approve.isDisabled(), true)
    await page.getByRole('button', { name: '长 读 cháng' }).click()
    while (await page.locator('.sign.unsure').count())
      await page.locator('.sign.unsure .sign-choices button').first().click()
    await good(page)
    await approve.click()
    await question.locator('rt', { hasText: 'cháng' }).waitFor()
    await question.getByText('机器朗读').waitFor()
    const [voiced] = world.organiser.view('texts', world.meeting).texts.filter((one) => one.clip)
    assert.match((await world.organiser.watch('clip', voiced.clip)).mime, /ogg/)
    await good(page)

    // Keepers are chosen and make their keys; a lamp for each step.
    const stations = []
    for (const name of ['Key1', 'Key2', 'Key3']) {
      const program = new Program(
        [join(bin, 'tongsheng-kiosk'), 'keys', '--dir', join(world.dir, `keeper-${name}`), '--server', await world.deviceUrl(),
          '--pin', world.pin, '--name', name, '--card', join(world.dir, `card-${name}.json`)],
        join(world.dir, `keeper-${name}.log`),
      )
      stations.push({ name, program, id: await world.approve(name) })
    }
    await page.locator('.tabs a', { hasText: '密钥保管' }).click()
    for (const { name } of stations) await page.locator('.el-checkbox', { hasText: name }).click()
    await good(page)
    await page.getByRole('button', { name: '开始分钥匙' }).click()
    world.keeperStations = stations
    await world.keepersDone()
    await page.getByText('钥匙已就绪').waitFor()
    assert.equal(await page.locator('td .state.good', { hasText: '好了' }).count(), 15)
    await good(page)

    // Everything is there for the day.
    await world.openMeeting()
    await page.locator('.page-head', { hasText: '进行中' }).waitFor()
    assert.equal(world.console.state, 'open')
    await page.locator('.tabs a', { hasText: '议程' }).click()
    assert.equal(await page.getByRole('button', { name: '保存改动' }).count(), 0)
    assertClean(page)
  } finally {
    await page.context().close()
    await world.end()
  }
})

test('names are read by two, for a reason, and leave the desk as harmless CSV', async () => {
  const world = await World.start({ members: 2 })
  await world.organiser.call('roster.import', {
    council: world.council, rows: [{ name: '=2+5', sex: 'girl', grade: 4, seat: 77 }],
  })
  await world.organiser.call('staff.add', {
    body: world.district, login: 'zhao', name: '赵强', passphrase: PASSPHRASE, role: 'organiser',
  })
  const pages = []
  try {
    for (const login of ['organiser', 'zhao']) {
      const page = await openPage(`${world.url}/desk/`)
      pages.push(page)
      await logIn(page, login)
      await go(page, '/roster')
      await page.getByText('共 3 名小议事员').waitFor()
    }
    const [first, second] = pages
    await first.locator('#why').fill('核对名单')
    await first.getByRole('button', { name: '打开全部姓名' }).click()
    await told(first, '需要另一位工作人员')
    await second.getByText('理由：核对名单').waitFor()
    await second.locator('#why').fill('同意核对')
    await second.getByRole('button', { name: '我同意，一起打开' }).click()
    await first.locator('td', { hasText: '=2+5' }).waitFor()
    await second.locator('td', { hasText: '=2+5' }).waitFor()
    const [download] = await Promise.all([
      first.waitForEvent('download'),
      first.getByRole('button', { name: '导出 CSV' }).first().click(),
    ])
    const { readFileSync } = await import('node:fs')
    assert.match(readFileSync(await download.path(), 'utf8'), /77,'=2\+5,/)
    await good(first)
    await good(second)
  } finally {
    for (const page of pages) await page.context().close()
    await world.end()
  }
})

test('1,200 rows are checked and stored', async () => {
  const world = await World.start({ members: 0 })
  const page = await openPage(`${world.url}/desk/`)
  try {
    await logIn(page, 'organiser')
    await go(page, '/roster')
    await page.getByRole('link', { name: '导入名册' }).click()
    const rows = Array.from({ length: 1200 }, (_, i) => `同学${i},${i % 2 ? '男' : '女'},${1 + (i % 6)},${i + 1}`)
    await upload(page, 'school.csv', Buffer.from(['\ufeff姓名,性别,年级,座位号', ...rows].join('\n')))
    await page.getByRole('button', { name: '保存 1200 人' }).click()
    await page.getByText('已保存 1200 人').waitFor()
    assert.equal(world.desk.councils[0].members, 1200)
    assertClean(page)
  } finally {
    await page.context().close()
    await world.end()
  }
})
