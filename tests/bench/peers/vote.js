// Peer: what a team would write first with Node.js, `ws` and SQLite: parse the ballot, do the
// multiplications that verifying costs, insert durably, acknowledge.
//   node vote.js PORT DATABASE [--group] [--scalars N]
// A request is JSON with a field "id" that is unique; everything else is kept as it came. The
// answer is {"re":ID,"ok":true} or {"re":ID,"err":TEXT}.
// --group: all requests of one turn of the event loop share one transaction (group commit);
// otherwise one transaction per row. --scalars: multiplications on Ed25519 by libsodium per request.
'use strict';
const Database = require('better-sqlite3');
const sodium = require('sodium-native');
const { WebSocketServer } = require('ws');

const [, , port, file, ...flags] = process.argv;
const group = flags.includes('--group');
const scalars = flags.includes('--scalars') ? Number(flags[flags.indexOf('--scalars') + 1]) : 0;

const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE IF NOT EXISTS row (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, at INTEGER, body TEXT)');
const insert = db.prepare('INSERT INTO row (id, at, body) VALUES (?, ?, ?)');

const scalar = Buffer.alloc(sodium.crypto_core_ed25519_SCALARBYTES);
const point = Buffer.alloc(sodium.crypto_core_ed25519_BYTES);
const result = Buffer.alloc(sodium.crypto_core_ed25519_BYTES);
sodium.crypto_core_ed25519_scalar_random(scalar);
sodium.crypto_scalarmult_ed25519_base_noclamp(point, scalar);

function verify() {
  for (let i = 0; i < scalars; i++) sodium.crypto_scalarmult_ed25519_noclamp(result, scalar, point);
}

function store({ id, text }) {
  try {
    insert.run(id, Date.now(), text);
    return { re: id, ok: true };
  } catch (error) {
    return { re: id, err: error.message };
  }
}

const storeAll = db.transaction((requests) => requests.map(store));
let gathered = [];

function commit() {
  const requests = gathered;
  gathered = [];
  storeAll(requests).forEach((answer, i) => requests[i].socket.send(JSON.stringify(answer)));
}

function onMessage(socket, data) {
  const text = data.toString();
  let id = null;
  try {
    ({ id } = JSON.parse(text));
    if (typeof id !== 'string') throw new Error('no id');
    verify();
  } catch (error) {
    socket.send(JSON.stringify({ re: id, err: error.message }));
    return;
  }
  if (!group) {
    socket.send(JSON.stringify(store({ id, text })));
    return;
  }
  gathered.push({ socket, id, text });
  if (gathered.length === 1) setImmediate(commit);
}

const server = new WebSocketServer({
  port: Number(port), host: '127.0.0.1', perMessageDeflate: false, backlog: 1024,
});
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data) => onMessage(socket, data));
});
