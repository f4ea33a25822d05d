// A server that follows a script: accepts connections, keeps what each said, and says what the test tells it to.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { waitFor } from './wait.js';

export const kEpoch = '0badcafe';

/** @param {number} seq @param {string} [type] @param {object} [data] */
export function event(seq, type = 'TaskStatusChanged', data = {}) {
  return { event_type: type, timestamp: '2026-01-01T00:00:00Z', data: { n: seq, ...data }, metadata: {}, id: `${kEpoch}:${seq}` };
}

export class FakeConnection {
  constructor(socket, request) {
    this.socket = socket;
    this.url = new URL(request.url, 'http://localhost');
    this.received = [];
    this.closed = null;
    socket.on('message', (data) => this.received.push(JSON.parse(data.toString())));
    socket.on('close', (code) => (this.closed = code));
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  welcome(more = {}) {
    this.say({
      type: 'welcome', connection_id: `c${FakeConnection.n++}`, protocol: 'ringside-ws', user: 'alice', roles: ['admin'], events: ['*'],
      batch_size: 10, limits: {}, epoch: kEpoch, head: `${kEpoch}:0`, ...more,
    });
  }

  close(code, reason = '') {
    this.socket.close(code, reason);
  }

  /** Waits for a message of that type and takes it, and what came before it, away. */
  async expect(type) {
    await waitFor(() => this.received.some((message) => message.type === type), `a "${type}" of the client`);
    const at = this.received.findIndex((message) => message.type === type);
    return this.received.splice(0, at + 1)[at];
  }
}
FakeConnection.n = 1;

export class FakeServer {
  static async start() {
    const server = new FakeServer();
    server.tickets = null; // the next tickets that it gives; null: it has none
    server.asked = []; // the tokens that tickets were asked for with
    server.http = createServer((request, response) => {
      const ticket = request.url === '/ticket' && request.method === 'POST' ? server.tickets?.shift() : undefined;
      server.asked.push(request.headers.authorization);
      response.writeHead(ticket ? 200 : server.tickets ? 429 : 404, { 'content-type': 'application/json' });
      response.end(ticket ? JSON.stringify({ ticket, expires_in: 30 }) : '{}');
    });
    server.connections = [];
    server.refuse = null; // a status, or {status, headers, body}
    server.refused = [];
    server.websockets = new WebSocketServer({ noServer: true });
    server.http.on('upgrade', (request, socket, head) => {
      if (server.refuse) {
        const { status, headers = {}, body = '' } = typeof server.refuse === 'number' ? { status: server.refuse } : server.refuse;
        const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
        server.refused.push(request.url);
        socket.on('error', () => {}); // a client that has heard enough resets it
        socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
        return;
      }
      server.websockets.handleUpgrade(request, socket, head, (websocket) => {
        const connection = new FakeConnection(websocket, request);
        server.connections.push(connection);
      });
    });
    await new Promise((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    server.url = `ws://127.0.0.1:${server.http.address().port}`;
    return server;
  }

  /** The nth connection (0 is the first), when it is there. */
  async connection(n) {
    await waitFor(() => this.connections.length > n, `connection ${n}`);
    return this.connections[n];
  }

  async stop() {
    for (const connection of this.connections) {
      connection.socket.terminate();
    }
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
