// SPDX-License-Identifier: MIT
// report.mjs - turns the lines of bench/run into Markdown. Of repeated measurements the median counts.
import { readFileSync } from 'node:fs'

const KEYS = ['server', 'mode', 'window', 'asked_rate', 'idle', 'sessions', 'stored', 'rooms', 'members', 'away', 'what', 'way']

const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const lines = readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
const facts = Object.assign({}, ...lines.filter((line) => line.mode === 'facts'))

// Rows by what was measured, each number the median of its repetitions. The last of several archives
// that differ only in how full they were keeps its own row.
const groups = new Map()
for (const line of lines.filter((line) => line.mode !== 'facts')) {
  const key = KEYS.map((name) => line[name]).join('|')
  groups.set(key, [...(groups.get(key) ?? []), line])
}
const rows = [...groups.values()].map((list) => {
  const row = { ...list[0] }
  for (const name of Object.keys(row))
    if (typeof row[name] === 'number') row[name] = median(list.map((line) => line[name]))
  return row
})

const find = (server, mode, members = {}) =>
  rows.find(
    (row) =>
      row.server === server && row.mode === mode && Object.entries(members).every(([name, value]) => row[name] === value)
  )
const all = (mode, test = () => true) => rows.filter((row) => row.mode === mode && test(row))
const last = (list) => list[list.length - 1]

const number = (value, digits = 1) =>
  value === undefined || Number.isNaN(value)
    ? '-'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const ratio = (value, base, digits = 2) => (value === undefined || !base ? '-' : number(value / base, digits))

const table = (head, body) => {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...body.map(line), ''].join('\n')
}

// ---- what is wanted, and what there is ---------------------------------------------------------------

const relay = {
  one: find('relay/plain', 'pairs', { window: 1, asked_rate: 0 })?.cpu_us,
  slow: find('relay/plain', 'pairs', { asked_rate: 100 })?.p50_us
}
const durable = rows.some((row) => row.server === 'parley/sqlite') ? 'parley/sqlite' : 'parley/memory'
const archiveName = durable === 'parley/sqlite' ? 'durable archive (SQLite)' : 'archive in memory (not durable)'

const verdict = (value, bar, aim, more = false) => {
  if (value === undefined || Number.isNaN(value)) return 'not measured'
  const within = (limit) => limit !== undefined && (more ? value >= limit : value <= limit)
  return within(aim) ? 'aim reached' : within(bar) ? 'bar cleared' : '**missed**'
}

const growth = (mode, server, member) => {
  const list = all(mode, (row) => row.server === server).sort((a, b) => a[member] - b[member])
  return list.length < 2 ? undefined : (last(list).cpu_us / list[0].cpu_us - 1) * 100
}

// CPU of a delivery in rooms of this shape.
const delivery = (server, shape) => find(server, 'group', { away: 0, ...shape })?.cpu_us

const goal = (what, value, text, bar, aim, barText, aimText, more) => [
  what,
  value === undefined || Number.isNaN(value) ? '-' : text,
  barText,
  aimText,
  verdict(value, bar, aim, more)
]

const goals = () => {
  const off = find('parley/no-archive', 'pairs', { window: 1, asked_rate: 0 })
  const on = find(durable, 'pairs', { window: 1, asked_rate: 0 })
  const eight = find('parley/no-archive', 'pairs', { window: 8 })
  const idle = last(all('idle', (row) => row.server === durable))
  const login = find(durable, 'login', { way: 'scram' })
  const slow = find(durable, 'pairs', { asked_rate: 100 })
  const slowBar = (relay.slow + (durable === 'parley/sqlite' ? facts.fsync_us : 0)) * 1.2
  const base = find(durable, 'base')
  const pipeline = find(durable, 'pipeline')
  const back = find(durable, 'reconnect')
  const crowd = growth('crowd', 'parley/no-archive', 'idle')
  const appends = growth('appends', durable, 'stored')
  const pages = growth('pages', durable, 'stored')
  const room = all('group', (row) => row.rooms === 1 && row.members >= 100)[0]?.members
  const [hall, rooms] = [
    { rooms: 1, members: room },
    { rooms: 20, members: 50 }
  ].map((shape) => delivery(durable, shape) / delivery('relay/plain', shape))
  const fifty = delivery(durable, { rooms: 1, members: 50 })
  const half = all('group', (row) => row.server === durable && row.away > 0)[0]
  const away = half && fifty ? (half.cpu_us / fifty - 1) * 100 : undefined
  const [chats, changes] = ['all', 'changes'].map((what) => find(durable, 'inbox', { what })?.cpu_us / 1000)
  const mongo = find('parley/mongo', 'pairs', { window: 1, asked_rate: 0 })
  const beside = mongo && [
    goal('CPU per archived message in parleyd, MongoDB / SQLite', mongo.cpu_us / on?.cpu_us, `${ratio(mongo.cpu_us, on?.cpu_us)} x (${number(mongo.cpu_us)} and ${number(on?.cpu_us)} µs)`, 1.5, undefined, '1.5 x', ''),
    goal('messages in a commit, MongoDB', mongo.batch, number(mongo.batch), 20, undefined, '20', '', true)
  ]
  const percent = (value) => `${value >= 0 ? '+' : ''}${number(value, 0)} %`
  return table(
    ['measure', 'here', 'bar', 'aim', ''],
    [
      goal('1:1 message, no archive, CPU', off?.cpu_us / relay.one, `${ratio(off?.cpu_us, relay.one)} x relay (${number(off?.cpu_us)} µs)`, 2, 1.5, '2.0 x', '1.5 x'),
      goal(`1:1 message, ${archiveName}, CPU`, on?.cpu_us / relay.one, `${ratio(on?.cpu_us, relay.one)} x relay (${number(on?.cpu_us)} µs)`, 2.5, 2, '2.5 x', '2.0 x'),
      goal('1:1, 8 in flight for each pair, CPU', eight?.cpu_us, `${number(eight?.cpu_us)} µs`, 5, 3, '5 µs', '3 µs'),
      goal(`idle TLS session at ${idle?.sessions ?? '?'}, PSS`, idle?.session_pss_kb, `${number(idle?.session_pss_kb)} KB`, 20, 16, '20 KB', '16 KB'),
      goal('login by SCRAM-SCRYPT-SHA-256 with its handshake, CPU', login?.cpu_us, `${number(login?.cpu_us / 1000, 2)} ms`, 450, 360, '0.45 ms', '0.36 ms'),
      goal(`p50 at 100 messages/s, ${archiveName}`, slow?.p50_us, `${number(slow?.p50_us, 0)} µs`, slowBar, undefined, `relay + one fsync + 20 % (${number(slowBar, 0)} µs)`, ''),
      goal(`CPU of 1:1 amid ${last(all('crowd', (row) => row.server === 'parley/no-archive'))?.idle ?? '?'} idle sessions`, crowd, percent(crowd), 10, 5, '+10 %', '+5 %'),
      goal('base memory of the node, PSS', base?.pss_kb, `${number(base?.pss_kb / 1024)} MB`, 12 * 1024, 8 * 1024, '12 MB', '8 MB'),
      goal(`one sender into one chat, ${archiveName}`, pipeline?.rate, `${number(pipeline?.rate, 0)}/s`, 20000, undefined, '20,000/s', '', true),
      goal(`CPU of an append, ${number(last(all('appends', (row) => row.server === durable))?.stored, 0)} messages stored`, appends, percent(appends), 15, 5, '+15 %', '+5 %'),
      goal('CPU of a page, the same', pages, percent(pages), 15, 5, '+15 %', '+5 %'),
      goal(`room of ${room ?? '?'}, 4 on their way, ${archiveName}, CPU of a delivery`, hall, `${number(hall, 2)} x relay`, 1.3, 0.7, '1.3 x', '0.7 x'),
      goal('the same with 50 there and ' + `${half?.away ?? '?'} away, against 50`, away, percent(away), 10, undefined, '+10 %', ''),
      goal('20 rooms of 50, all talking, the same', rooms, `${number(rooms, 2)} x relay`, 1.5, 1, '1.5 x', '1.0 x'),
      goal('inbox of 1,000 chats, from nothing, CPU', chats, `${number(chats)} ms`, 40, 20, '40 ms', '20 ms'),
      goal('the same after 10 changes', changes, `${number(changes, 2)} ms`, 2, 1, '2 ms', '1 ms'),
      goal(`${back?.sessions ?? '?'} clients back after a restart`, back?.back_all_s, `${number(back?.back_all_s)} s, ${back?.lost} of ${back?.messages} messages lost`, 15, undefined, '15 s, 0 lost', ''),
      ...(beside ?? [])
    ]
  )
}

// ---- tables -----------------------------------------------------------------------------------------

const servers = (mode) => [...new Set(all(mode).map((row) => row.server))]

const pairsTable = () =>
  table(
    ['server', 'CPU µs/msg', 'x relay', 'msg/s', 'core %', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'in a commit', 'CPU µs, window 8', 'in a commit', '100 msg/s: CPU µs', 'p50 µs', 'p99 µs'],
    servers('pairs').map((server) => {
      const one = find(server, 'pairs', { window: 1, asked_rate: 0 })
      const eight = find(server, 'pairs', { window: 8 })
      const slow = find(server, 'pairs', { asked_rate: 100 })
      return [
        server,
        number(one?.cpu_us),
        ratio(one?.cpu_us, relay.one),
        number(one?.rate, 0),
        number(one?.core * 100, 0),
        number(one?.p50_us / 1000, 2),
        number(one?.p99_us / 1000, 2),
        number(one?.p999_us / 1000, 2),
        number(one?.max_us / 1000, 2),
        number(one?.batch),
        number(eight?.cpu_us),
        number(eight?.batch),
        number(slow?.cpu_us, 0),
        number(slow?.p50_us, 0),
        number(slow?.p99_us, 0)
      ]
    })
  )

const groupTable = () => {
  const shapeOf = (row) => `${row.rooms} x ${row.members}${row.away ? ` and ${row.away} away` : ''}`
  const shapes = [...new Set(all('group').map(shapeOf))]
  return table(
    ['server', ...shapes.flatMap((shape) => [`${shape}: CPU µs/delivery`, 'x relay', 'deliveries/s', 'p99 ms', 'join ms'])],
    servers('group').map((server) => [
      server,
      ...shapes.flatMap((shape) => {
        const is = (row) => shapeOf(row) === shape
        const row = all('group', (r) => r.server === server && is(r))[0]
        const base = all('group', (r) => r.server === 'relay/plain' && is(r))[0]
        const join = all('join', (r) => r.server === server && is(r))[0]
        return [number(row?.cpu_us, 2), ratio(row?.cpu_us, base?.cpu_us), number(row?.rate, 0), number(row?.p99_us / 1000, 2), number(join?.cpu_us / 1000, 2)]
      })
    ])
  )
}

const idleTable = () => {
  const names = [...new Set([...servers('base'), ...servers('idle'), ...servers('login')])]
  return table(
    ['server', 'base PSS MB', 'sessions', 'KB/session PSS', 'RSS', 'idle CPU %', 'ramp-up CPU ms', 'login CPU ms: SCRAM', 'TOKEN or none'],
    names.map((server) => {
      const idle = last(all('idle', (row) => row.server === server))
      const base = find(server, 'base')?.pss_kb ?? idle?.base_pss_kb
      return [
        server,
        number(base / 1024),
        idle?.sessions ?? '-',
        number(idle?.session_pss_kb),
        number(idle?.session_rss_kb),
        number(last(all('idle-cpu', (row) => row.server === server))?.core * 100, 2),
        number(last(all('ramp-up', (row) => row.server === server))?.cpu_us / 1000, 2),
        number(find(server, 'login', { way: 'scram' })?.cpu_us / 1000, 3),
        number(find(server, 'login', { way: 'token' })?.cpu_us / 1000, 3)
      ]
    })
  )
}

const otherTable = () =>
  table(
    ['server', 'what', 'operations/s', 'CPU µs', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'],
    rows
      .filter((row) => ['crowd', 'pipeline', 'appends', 'pages'].includes(row.mode))
      .map((row) => [
        row.server,
        row.mode === 'crowd'
          ? `1:1 amid ${row.idle} idle`
          : row.mode === 'pipeline'
            ? `one chat, ${row.window} on their way`
            : `${row.mode}, ${number(row.stored, 0)} stored`,
        number(row.rate, 0),
        number(row.cpu_us),
        number(row.p50_us / 1000, 2),
        number(row.p99_us / 1000, 2),
        number(row.p999_us / 1000, 2),
        number(row.max_us / 1000, 2)
      ])
  )

const section = (title, modes, text) => (rows.some((row) => modes.includes(row.mode)) ? `## ${title}\n\n${text()}` : '')

console.log(
  [
    '# Results of bench/run\n',
    `${facts.date}, commit ${facts.commit}, ${facts.size} run. ${facts.processor}, ${facts.processors} processors, ` +
      `${number(facts.memory_mb / 1024, 0)} GB, Linux ${facts.kernel}, ${facts.openssl}. ` +
      (facts.pinned ? 'Server on one processor, generator on another. ' : 'Not pinned to processors. ') +
      `Load average before ${facts.load}, after ${facts.load_after}. ` +
      `One write of 4 KiB with fdatasync: ${number(facts.fsync_us / 1000, 2)} ms. The method: docs/performance.md.\n`,
    section('Bars', ['pairs'], goals),
    section('One-to-one messages', ['pairs'], pairsTable),
    section('Groups', ['group'], groupTable),
    section('Memory and logins', ['idle', 'login', 'base'], idleTable),
    section('Crowds, one chat, archives', ['crowd', 'pipeline', 'appends', 'pages'], otherTable)
  ]
    .filter(Boolean)
    .join('\n')
)
