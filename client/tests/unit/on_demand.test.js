// The built client, and the parts that it loads when they are needed: what is asked for before a part is there, and a part that
// cannot be had.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NodeSocket } from '../../src/node/socket.js';
import { event, FakeServer, kEpoch } from '../support/fake_server.js';
import { waitFor } from '../support/wait.js';

const kQuick = { reconnectInterval: 1, maxReconnectInterval: 2, auth: 'query', WebSocket: NodeSocket };
let built;
let directory;
let server;
let client;
let errors;
before(async () => {
  built = await mkdtemp(join(tmpdir(), 'rs-built-'));
  execFileSync(process.execPath, ['script/build.js', built], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
});
after(() => rm(built, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rs-parts-'));
  for (const name of (await readdir(built)).filter((one) => one.endsWith('.mjs'))) {
    await copyFile(join(built, name), join(directory, name)); // files of its own: a module is loaded once in a process
  }
  server = await FakeServer.start();
});
afterEach(async () => {
  client?.disconnect();
  await server.stop();
  await rm(directory, { recursive: true });
});

const hide = (part) => rename(join(directory, part), join(directory, `${part}.away`));
const show = (part) => rename(join(directory, `${part}.away`), join(directory, part));

async function start(options = {}) {
  const { ProvisioningWebSocket } = await import(pathToFileURL(join(directory, 'ringside.mjs')).href);
  client = new ProvisioningWebSocket(server.url, 't', { ...kQuick, ...options });
  client.got = [];
  errors = [];
  client.on('message', (one) => client.got.push(one.data.n));
  client.on('error', ({ code, request }) => code === 'not_loaded' && errors.push(request));
}
async function welcomed(n) {
  const connection = await server.connection(n);
  connection.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  return connection;
}

test('types in the options, a reconnect and its resume need no part', async () => {
  for (const name of (await readdir(directory)).filter((one) => one.startsWith('ringside.') && one !== 'ringside.mjs')) {
    await hide(name);
  }
  await start({ events: ['task'] });
  client.connect();
  const first = await welcomed(0);
  assert.equal(first.url.searchParams.get('events'), 'task');
  first.say(event(1));
  await waitFor(() => client.got.length === 1, 'the event');
  first.close(1001);
  assert.equal((await server.connection(1)).url.searchParams.get('since'), `${kEpoch}:1`);
  assert.deepEqual(errors, []);
});

test('a subscription whose part is not there is told, holds events back that it does not want, and is made on the next connection', async () => {
  await hide('ringside.subscriber.mjs');
  await start();
  client.connect();
  const first = await welcomed(0);
  client.subscribe('task', { status: 'Failed' });
  await waitFor(() => errors.length === 1, 'the error');
  assert.deepEqual(errors, ['subscribe']);
  [event(1, 'MetricUpdate'), event(2)].forEach((one) => first.say(one));
  await waitFor(() => client.got.length === 1, 'the task');
  assert.deepEqual(client.got, [2]);
  await show('ringside.subscriber.mjs');
  first.socket.terminate();
  const second = await welcomed(1);
  await second.expect('unsubscribe');
  second.say({ type: 'unsubscribed', events: ['*'] });
  assert.deepEqual(await second.expect('subscribe'), { type: 'subscribe', events: ['TaskStatusChanged'], filters: { status: 'Failed', since: `${kEpoch}:2` } });
});

test('without the part that a first connection needs, it is tried again until the part is there', async () => {
  await hide('ringside.subscriber.mjs');
  await start();
  client.subscribe('task');
  client.connect();
  await waitFor(() => errors.length >= 3, 'some attempts');
  assert.equal(server.connections.length, 0);
  await show('ringside.subscriber.mjs');
  assert.deepEqual((await (await welcomed(0)).expect('subscribe')).events, ['TaskStatusChanged']);
});

test('without the part for streams, WebSockets are tried again', async () => {
  await hide('ringside.stream-socket.mjs');
  server.refuse = 502;
  const withoutReasons = class extends NodeSocket {
    set onerror(_handler) {} // as in a browser
    get onerror() { return null; }
  };
  await start({ WebSocket: withoutReasons });
  client.connect();
  await waitFor(() => errors.length >= 1, 'the missing part');
  server.refuse = null;
  await welcomed(0);
  assert.equal(client.transport, 'websocket');
});

test('requests made at once come in their order, and events() and debug() work', async () => {
  await start();
  const events = client.events({ events: ['log'] });
  client.subscribe('task');
  client.unsubscribe('task');
  const connection = await server.connection(0);
  connection.welcome();
  assert.deepEqual((await connection.expect('subscribe')).events, ['LogEntry']);
  assert.deepEqual((await connection.expect('subscribe')).events, ['TaskStatusChanged']);
  await connection.expect('unsubscribe');
  connection.say(event(5, 'LogEntry'));
  assert.equal((await events.next()).value.data.n, 5);
  const paused = client.debug('pause');
  await connection.expect('debug');
  connection.say({ type: 'debug', action: 'pause', ok: true, behind: 3 });
  assert.equal((await paused).behind, 3);
});
