// Every screen of the kiosk as a document, with texts as long as they get and with few and many
// options: what its look is tested with.
const SETTINGS = { size: 0, theme: 'warm', pinyin: 'band', language: 'page', speed: 3, volume: 3, scanning: 0 }
const HASH = 'uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI'
const RECEIPT = { pictures: [3, 13, 45], code: '1234-5678-9012', hash: HASH }
const UUID = '3yQ8vT1uKp9ZbRrm4sWn2D'

export const DEVICES = {
  portrait: { mm_width: 268, mm_height: 476, px_width: 1080, px_height: 1920 },
  landscape: { mm_width: 344, mm_height: 215, px_width: 1280, px_height: 800 },
  small: { mm_width: 304, mm_height: 228, px_width: 1024, px_height: 768 },
}

const PINYIN = {
  我: 'wǒ', 们: 'men', 要: 'yào', 不: 'bú', 在: 'zài', 校: 'xiào', 门: 'mén', 口: 'kǒu', 画: 'huà', 一: 'yì', 条: 'tiáo',
  斑: 'bān', 马: 'mǎ', 线: 'xiàn', 赞: 'zàn', 成: 'chéng', 反: 'fǎn', 对: 'duì', 弃: 'qì', 权: 'quán', 提: 'tí', 出: 'chū',
  来: 'lái', 请: 'qǐng', 老: 'lǎo', 师: 'shī', 和: 'hé', 区: 'qū', 里: 'lǐ', 决: 'jué', 定: 'dìng', 怎: 'zěn', 么: 'me',
  做: 'zuò', 你: 'nǐ', 能: 'néng', 说: 'shuō', 哪: 'nǎ', 个: 'gè', 月: 'yuè', 以: 'yǐ', 内: 'nèi', 给: 'gěi', 大: 'dà',
  家: 'jiā', 回: 'huí', 话: 'huà', 开: 'kāi', 学: 'xué', 前: 'qián', 先: 'xiān',
}

/** As the package has it: the text, its pinyin for young children. */
export function text(words, band) {
  return { text: words, pinyin: band === 'A' ? [...words].map((one) => PINYIN[one] ?? '') : [] }
}

function question(band, texts, options, more = {}) {
  return {
    number: 1, of: 2, label: text(texts, band), method: 'one', min: 1, max: 1, left: 1, may_blank: true,
    options: options.map((words, option) => ({ option, label: text(words, band), chosen: 0, most: 1 })), ...more,
  }
}

const CANDIDATES = [
  '图书角多放一些画册', '操场边种两排树', '午饭每周有一次水果', '每月一次不带作业的下午', '雨天也能玩的走廊',
  '修好三号楼的饮水机', '放学后多开半小时足球场', '给低年级的小椅子', '校门口的爱心伞', '请消防员来上课',
  '养一只班级的小乌龟，大家轮流照顾它，假期轮流带回家', '周五下午放电影',
]

/** name -> document; `make(more)` of each may change anything. */
export function screens({ band = 'C', device, settings = {} } = {}) {
  const poll = { uuid: UUID, title: '校门口的斑马线', letter: 'A', words: 'lamp river seven' }
  const base = (name, may, more = {}) => ({
    serial: 1, name, kiosk: 'K1', band, poll, review: [], settings: { ...SETTINGS, ...settings },
    ...(device ? { device } : {}), may, ...more,
  })
  const visit = ['help', 'stay', 'decline']
  const notice = (code) =>
    base('notice', ['done', 'help'], { poll: undefined, notice: { code, child: '没关系。', adult: '请看这里。' } })
  const yna = question(band, '我们要不要在校门口画一条斑马线？', ['赞成', '反对', '弃权'], {
    method: 'yna', of: 1, may_blank: undefined,
  })
  const chosen = { ...yna, left: 0, options: yna.options.map((one) => ({ ...one, chosen: one.option === 0 ? 1 : 0 })) }
  const many = question(band, '选三个你最想要的，先做哪一个由大家决定。', CANDIDATES, {
    method: 'many', max: 3, left: 1, number: 2,
  })
  many.options.forEach((one) => (one.chosen = [1, 10].includes(one.option) ? 1 : 0))
  const dots = question(band, '把五个点放到你喜欢的画上。', CANDIDATES.slice(0, 3), { method: 'dots', min: 0, max: 5, left: 2 })
  dots.options.forEach((one) => Object.assign(one, { most: 5, chosen: [3, 0, 0][one.option] }))
  const review = [
    { number: 1, method: 'yna', label: yna.label, chosen: [{ option: 0, label: text('赞成', band), times: 1 }] },
    {
      number: 2, method: 'many', label: many.label,
      chosen: [1, 10].map((option) => ({ option, label: text(CANDIDATES[option], band), times: 1 })),
    },
    { number: 3, method: 'dots', label: dots.label, chosen: [] },
  ]
  const info = {
    asked: text('我们要不要在校门口画一条斑马线？', band), decides: text('你们决定提不提，区里决定怎么做。', band),
    can_change: text('你能说要不要，也能说画在哪里。', band), answer_by: text('一个月以内，区里给大家回话。', band),
  }
  const all = {
    welcome: base('welcome', ['start', 'help']),
    'welcome-wait': base('welcome', ['help'], { poll: undefined }),
    'welcome-held': base('welcome', ['help'], { held: true }),
    'welcome-trouble': base('welcome', ['help'], {
      poll: undefined, notice: { code: 'package.keys_unpinned', child: '没关系。', adult: '还没有扫描密钥卡。' },
    }),
    scan: base('scan', visit),
    info: base('info', ['next', ...visit], { info }),
    'question-yna': base('question', ['choose', 'clear', 'next', 'back', ...visit], { question: yna }),
    'question-yna-chosen': base('question', ['choose', 'clear', 'next', 'back', ...visit], { question: chosen }),
    'question-two': base('question', ['choose', 'clear', 'blank', 'next', 'back', ...visit], {
      question: question(band, '公园里画哪一张画？', CANDIDATES.slice(0, 2), { blank: true }),
    }),
    'question-twelve': base('question', ['choose', 'clear', 'blank', 'next', 'back', ...visit], { question: many }),
    'question-too-many': base('question', ['choose', 'clear', 'blank', 'next', 'back', ...visit], {
      question: { ...many, left: 0, too_many: true },
    }),
    'question-dots': base('question', ['choose', 'clear', 'next', 'back', ...visit], { question: dots }),
    sealing: base('sealing', []),
    review: base('review', ['cast', 'edit', ...visit], { review, receipt: RECEIPT }),
    'review-one': base('review', ['cast', 'edit', ...visit], { review: review.slice(0, 1), receipt: RECEIPT }),
    thanks: base('thanks', ['done', 'extend', 'help'], { receipt: RECEIPT }),
    'thanks-offline': base('thanks', ['done', 'extend', 'help'], { receipt: RECEIPT, offline: true }),
    'thanks-declined': base('thanks', ['done', 'help'], { poll: undefined }),
    help: base('help', ['resume'], { poll: undefined }),
    idle: base('question', ['choose', 'next', ...visit], { question: chosen, countdown: 23 }),
    staff: base('staff', ['release', 'take_back', 'done', 'stay'], { offline: true }),
    'take-back': base('take_back', ['done', 'stay'], { count: 3 }),
    audit: base('audit', ['done'], {
      receipt: RECEIPT,
      audit: {
        uuid: UUID, phi: HASH, credential: 'ab'.repeat(32), hash: HASH, ballot: '{}'.padEnd(2600, ' '), opening: '{}'.padEnd(900, ' '),
      },
    }),
    rehearsal: base('question', ['choose', 'next', ...visit], { question: yna, rehearsal: true }),
  }
  for (const code of [
    'slip.used', 'slip.void', 'slip.unreadable', 'slip.other_pack', 'slip.wait', 'slip.not_open', 'slip.closed', 'kiosk.card',
    'kiosk.clock', 'kiosk.trouble',
  ])
    all[`notice-${code.replace('.', '-')}`] = notice(code)
  for (const one of Object.values(all))
    for (const key of Object.keys(one)) if (one[key] === undefined) delete one[key]
  return JSON.parse(JSON.stringify(all))
}
