// Connecting, close codes, tokens and the heartbeat, against a scripted server.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import WebSocket from 'ws';
import { NodeSocket, ProvisioningWebSocket, UnauthorizedError } from '../support/client.js';
import { FakeServer, event } from '../support/fake_server.js';
import { waitFor } from '../support/wait.js';

const quick = { reconnectInterval: 1, maxReconnectInterval: 2, auth: 'query' };
let server;
let clients;
beforeEach(async () => {
  server = await FakeServer.start();
  clients = [];
});
afterEach(async () => {
  clients.forEach((client) => client.disconnect());
  await server.stop();
});

function makeClient(options = {}, token = 'the token') {
  const client = new ProvisioningWebSocket(server.url, token, { ...quick, ...options });
  client.heard = [];
  for (const name of ['connected', 'disconnected', 'error', 'stopped', 'gap', 'renewed']) {
    client.on(name, (data) => client.heard.push({ name, ...data }));
  }
  client.events_ = [];
  client.on('message', (one) => client.events_.push(one));
  clients.push(client);
  return client;
}
const heard = (client, name) => client.heard.filter((one) => one.name === name);

async function connected(client, n = 0, welcome = {}) {
  client.connect();
  const connection = await server.connection(n);
  connection.welcome(welcome);
  await waitFor(() => client.state === 'open', 'the welcome');
  return connection;
}

for (const [name, Socket] of [['npm ws', WebSocket], ['NodeSocket', NodeSocket]]) {
  test(`with ${name}: the token goes into the URL, events come by type and as message`, async () => {
    const client = makeClient({ WebSocket: Socket });
    const byType = [];
    client.on('TaskStatusChanged', (one) => byType.push(one.data.n));
    const connection = await connected(client);
    assert.equal(connection.url.pathname, '/ws');
    assert.equal(connection.url.searchParams.get('token'), 'the token');
    connection.say(event(1));
    connection.say({ type: 'batch', timestamp: 'now', events: [event(2), event(3, 'LogEntry', { text: 'ä€😀'.repeat(30_000) })] });
    await waitFor(() => client.events_.length === 3, 'three events');
    assert.deepEqual(byType, [1, 2]);
    assert.deepEqual(client.events_.map((one) => one.data.n), [1, 2, 3]);
    assert.equal(client.events_[2].data.text, 'ä€😀'.repeat(30_000));
    assert.equal(heard(client, 'connected')[0].welcome.user, 'alice');
    client.disconnect();
    await waitFor(() => connection.closed === 1000, 'a close with 1000');
  });
}

test('first-message auth keeps the token out of the URL', async () => {
  const client = makeClient({ auth: 'message' });
  client.connect();
  const connection = await server.connection(0);
  assert.deepEqual(await connection.expect('auth'), { type: 'auth', token: 'the token' });
  assert.equal(connection.url.search, '');
});

test('connect() while connected or connecting does nothing', async () => {
  const client = makeClient();
  client.connect();
  client.connect();
  await connected(client);
  client.connect();
  assert.equal(server.connections.length, 1);
});

test('parameters, filters and a base with http and a slash become the URL', async () => {
  const client = new ProvisioningWebSocket(server.url.replace('ws:', 'http:') + '/', 't&=', {
    ...quick, path: '/logs', events: ['log'], since: '2026-01-01T00:00:00Z',
    query: { batch_size: 500, tail: 20 }, filters: { level: ['WARN', 'ERROR'], search: { regex: 'a+b' } },
  });
  clients.push(client);
  client.connect();
  const { url } = await server.connection(0);
  assert.equal(url.pathname, '/logs');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    token: 't&=', events: 'log', batch_size: '500', tail: '20', 'filter.level': 'WARN,ERROR', 'filter.search.regex': 'a+b',
    since: '2026-01-01T00:00:00Z',
  });
});

for (const code of [1001, 1011, 1012, 1013, 4008, 4009, 4029]) {
  test(`close code ${code} is followed by a new connection`, async () => {
    const client = makeClient();
    (await connected(client)).close(code, 'because');
    await server.connection(1);
    const [gone] = heard(client, 'disconnected');
    assert.equal(gone.code, code);
    assert.equal(gone.reason, 'because');
    assert.equal(heard(client, 'error').length, code === 1001 ? 0 : 1);
  });
}

test('a connection that just breaks is told as error 1006 and made anew', async () => {
  const client = makeClient();
  (await connected(client)).socket.terminate();
  await server.connection(1);
  assert.equal(heard(client, 'error')[0].code, 1006);
  assert.equal(heard(client, 'disconnected')[0].code, 1006);
});

for (const code of [1000, 1003, 1007, 1009]) {
  test(`close code ${code} stops the client`, async () => {
    const client = makeClient();
    (await connected(client)).close(code);
    await waitFor(() => heard(client, 'stopped').length === 1, 'the stop');
    assert.equal(client.state, 'stopped');
    assert.equal(server.connections.length, 1);
  });
}

for (const [code, why] of [[4001, 'expired'], [1008, 'refused']]) {
  test(`close code ${code} asks for a new token, once`, async () => {
    const asked = [];
    const client = makeClient({ refreshToken: async (reason) => (asked.push(reason), `token ${asked.length}`) });
    (await connected(client)).close(code);
    const second = await server.connection(1);
    assert.equal(second.url.searchParams.get('token'), 'token 1');
    second.close(code);
    await waitFor(() => client.state === 'stopped', 'the stop');
    assert.deepEqual(asked, [why]);
  });

  test(`close code ${code} without a way to a new token stops the client`, async () => {
    const client = makeClient();
    (await connected(client)).close(code);
    await waitFor(() => client.state === 'stopped', 'the stop');
    assert.equal(server.connections.length, 1);
  });
}

test('a token source that gives up stops the client and says why', async () => {
  const client = makeClient({ refreshToken: () => Promise.reject(new UnauthorizedError('signed out')) });
  (await connected(client)).close(4001);
  await waitFor(() => client.state === 'stopped', 'the stop');
  assert.match(heard(client, 'stopped')[0].reason, /signed out/);
});

test('a refused upgrade asks for a new token too', async () => {
  server.refuse = 401;
  const client = makeClient({
    refreshToken: () => {
      server.refuse = null;
      return 'new';
    },
  });
  client.connect();
  assert.equal((await server.connection(0)).url.searchParams.get('token'), 'new');
});

test('auth_expiring renews the token on the live connection, which then goes on', async () => {
  const client = makeClient({ refreshToken: (why) => `after ${why}` });
  const connection = await connected(client);
  const { connection_id } = client.welcome;
  connection.say({ type: 'auth_expiring', expires_in: 60 });
  assert.equal((await connection.expect('auth')).token, 'after expiring');
  connection.welcome({ connection_id, roles: ['viewer'] });
  await waitFor(() => heard(client, 'renewed').length === 1, 'the renewal');
  assert.deepEqual(client.welcome.roles, ['viewer']);
  assert.equal(heard(client, 'connected').length, 1);
  assert.equal(server.connections.length, 1);
});

test('gives up after maxReconnectAttempts, and a connection in between starts the count anew', async () => {
  const client = makeClient({ maxReconnectAttempts: 3 });
  const connection = await connected(client);
  server.refuse = 503;
  connection.socket.terminate();
  await waitFor(() => client.state === 'stopped', 'the stop');
  assert.equal(client.reconnectAttempts, 3);
  server.refuse = null;
  await connected(client, 1);
  assert.equal(client.reconnectAttempts, 0);
});

test('reconnect: false is obeyed', async () => {
  const client = makeClient({ reconnect: false });
  (await connected(client)).close(1001);
  await waitFor(() => client.state === 'stopped', 'the stop');
  assert.equal(server.connections.length, 1);
});

test('a handler of "disconnected" may connect by itself', async () => {
  const client = makeClient({ reconnect: false });
  client.on('disconnected', (gone) => {
    if (gone.code === 4001) {
      client.token = 'mine';
      client.connect();
    }
  });
  (await connected(client)).close(4001);
  assert.equal((await server.connection(1)).url.searchParams.get('token'), 'mine');
  assert.equal(server.connections.length, 2);
});

test('pings at each interval; the pong is told with lag and round trip', async () => {
  const client = makeClient({ heartbeatInterval: 5 });
  const pongs = [];
  client.on('pong', (one) => pongs.push(one));
  const connection = await connected(client);
  await connection.expect('ping');
  connection.say({ type: 'pong', lag_ms: 7 });
  await waitFor(() => pongs.length === 1, 'a pong');
  assert.equal(pongs[0].lag_ms, 7);
  assert.ok(pongs[0].rtt_ms >= 0);
});

test('a connection that no longer answers is dropped and made anew', async () => {
  const client = makeClient({ heartbeatInterval: 5, heartbeatTimeout: 10 });
  await connected(client);
  await server.connection(1);
  assert.equal(heard(client, 'disconnected')[0].code, 1006);
  assert.match(heard(client, 'disconnected')[0].reason, /ping/);
});

test('events count as a sign of life', async () => {
  const client = makeClient({ heartbeatInterval: 5, heartbeatTimeout: 60_000 });
  const connection = await connected(client);
  await connection.expect('ping');
  connection.say(event(1));
  await connection.expect('ping');
  assert.equal(server.connections.length, 1);
});

test('a server that never says welcome is left', async () => {
  const client = makeClient({ connectTimeout: 20 });
  client.connect();
  await server.connection(1);
  assert.match(heard(client, 'disconnected')[0].reason, /welcome/);
});

test('handlers: off() takes one away, once() hears once, one that throws stops nobody', async (t) => {
  const error = t.mock.method(console, 'error', () => {});
  const client = makeClient();
  const calls = [];
  const gone = () => calls.push('gone');
  client.on('x', () => {
    throw new Error('mine');
  });
  client.on('x', gone);
  client.once('x', () => calls.push('once'));
  client.on('x', () => calls.push('stays'));
  client.off('x', gone);
  client.emit('x');
  client.emit('x');
  assert.deepEqual(calls, ['once', 'stays', 'stays']);
  assert.equal(error.mock.callCount(), 2);
});

test('a message that is not JSON, or no object, is passed over', async (t) => {
  t.mock.method(console, 'error', () => {});
  const client = makeClient();
  const connection = await connected(client);
  connection.socket.send('{"a":');
  connection.socket.send('null');
  connection.say(event(1));
  await waitFor(() => client.events_.length === 1, 'the event after them');
});

test('send() without a connection warns and says no', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  assert.equal(makeClient().send({ type: 'ping' }), false);
  assert.equal(warn.mock.callCount(), 1);
});
