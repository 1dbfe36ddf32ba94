// Peer: the usual broadcaster on Node.js with `ws`. "sub" subscribes, any other text goes to all
// subscribers.  node fanout.js PORT [CERT KEY]
'use strict';
const fs = require('fs');
const https = require('https');
const { WebSocketServer } = require('ws');

const [, , port, cert, key] = process.argv;
const options = { perMessageDeflate: false };
if (cert) {
  options.server = https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
  options.server.listen(Number(port), '127.0.0.1', 1024);
} else {
  Object.assign(options, { port: Number(port), host: '127.0.0.1', backlog: 1024 });
}
const subscribers = new Set();
new WebSocketServer(options).on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('close', () => subscribers.delete(socket));
  socket.on('message', (data) => {
    if (data.length === 3 && data.toString() === 'sub') {
      subscribers.add(socket);
      socket.send('ok');
    } else {
      for (const subscriber of subscribers) subscriber.send(data, { binary: false });
    }
  });
});
