// What does an echo of length-prefixed frames cost on Node.js? All complete
// frames of a chunk go out in one write. A peer for `echo_bench`:
//
//   node bench/peers/echo.js
'use strict';

const net = require('net');

const headerBytes = 4;

// Bytes of all complete frames at the front of `data`.
function completeBytes(data) {
  let end = 0;
  while (data.length - end >= headerBytes) {
    const next = end + headerBytes + data.readUInt32BE(end);
    if (next > data.length)
      break;
    end = next;
  }
  return end;
}

const server = net.createServer({noDelay: true}, (socket) => {
  let rest = null;
  socket.on('data', (chunk) => {
    const data = rest === null ? chunk : Buffer.concat([rest, chunk]);
    const end = completeBytes(data);
    rest = end < data.length ? data.subarray(end) : null;
    if (end === 0)
      return;
    if (!socket.write(end < data.length ? data.subarray(0, end) : data)) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
  socket.on('error', () => socket.destroy());
});

server.listen({port: 0, host: '127.0.0.1', backlog: 4096}, () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});

process.on('SIGTERM', () => process.exit(0));
