// Every JavaScript example of README.md runs, against a server that sends it what it asks for.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import * as library from '../../src/node/index.js';
import { FakeServer, event } from '../support/fake_server.js';
import { waitFor } from '../support/wait.js';

const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/^## (.*)$|```js\n([\s\S]*?)```/gm)].reduce((found, [, title, code]) => (title ? { ...found, title } : { ...found, list: [...found.list, [found.title, code]] }), { title: '', list: [] }).list;

let server;
before(async () => {
  server = await FakeServer.start();
});
after(() => server.stop());

/** Welcomes a connection, takes every subscription and sends one event of each core type. @param {any} connection */
async function serve(connection) {
  const answer = (message) => {
    if (message.type === 'auth') {
      connection.welcome();
    } else if (message.type === 'subscribe' || message.type === 'unsubscribe') {
      connection.say({ type: `${message.type}d`, events: message.events, filters: message.filters ?? {} });
    }
    if (message.type === 'auth' || message.type === 'subscribe') {
      connection.say(event(1, 'TaskStatusChanged', { name: 'create_servers', status: 'Running' }));
      connection.say(event(2, 'LogEntry', { level: 'WARN', message: 'disk almost full' }));
    }
  };
  connection.received.splice(0).forEach(answer);
  connection.socket.on('message', (data) => answer(JSON.parse(data.toString())));
}

test('README.md has examples', () => assert.ok(examples.length >= 4));

for (const [title, code] of examples) {
  test(`the example of "${title}" works`, async (t) => {
    t.mock.method(console, 'log', () => {});
    t.mock.method(console, 'warn', () => {});
    const errors = t.mock.method(console, 'error', () => {});
    t.mock.method(globalThis, 'fetch', async () => ({ status: 200, text: async () => 'fetched' }));
    const n = server.connections.length;
    const clients = [];
    const kept = class extends library.ProvisioningWebSocket {
      constructor(...given) {
        super(...given);
        clients.push(this);
      }
    };
    const body = code.replace(/^import \{(.*)\} from '@ringside\/client';$/m, 'const {$1} = library;').replaceAll('ws://localhost:9090', server.url);
    const running = new (Object.getPrototypeOf(async () => {}).constructor)('library', 'token', body)({ ...library, ProvisioningWebSocket: kept }, 'a token');
    await serve(await server.connection(n));
    await running;
    const [client] = clients;
    await waitFor(() => client.welcome !== null, 'the welcome');
    client.disconnect();
    assert.deepEqual(errors.mock.calls, []);
  });
}
