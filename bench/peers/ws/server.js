// Broadcast as the README of `ws` has it under "Server broadcast": what one client sends, all others
// get. usage: node server.js PORT [compress]
'use strict';
const { WebSocketServer, WebSocket } = require('ws');

const wss = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  backlog: 4096,
  perMessageDeflate: process.argv[3] === 'compress',
});

wss.on('connection', (ws) => {
  ws.on('error', () => {});
  ws.on('message', (data, isBinary) => {
    wss.clients.forEach((client) => {
      if (client !== ws && client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    });
  });
});
