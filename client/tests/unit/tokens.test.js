// Tokens: where they go, how new ones are asked for, and what happens when there is none at the moment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnauthorizedError } from '../support/client.js';
import { useFixture } from '../support/fixture.js';
import { waitFor } from '../support/wait.js';

const fixture = useFixture();
const connected = (client, n) => fixture.connected(client, n);

test('by default the token is in no URL, which consoles and access logs show', async () => {
  const client = fixture.client();
  const connection = await connected(client);
  assert.equal(connection.url.search, '');
  assert.deepEqual(await connection.expect('auth'), { type: 'auth', token: 'the token' });
});

test('a token source that fails is asked again, with waits in between, and the client goes on', async () => {
  let asked = 0;
  const client = fixture.client({
    refreshToken: () => {
      asked++;
      if (asked < 4) {
        throw new TypeError('fetch failed');
      }
      return 'new';
    },
  });
  (await connected(client)).close(4001);
  assert.equal((await (await fixture.server.connection(1)).expect('auth')).token, 'new');
  assert.equal(asked, 4);
  assert.deepEqual(client.all('stopped'), []);
  assert.equal(client.all('error').filter((one) => one.code === 'token_unavailable').length, 3);
  assert.equal(client.all('state').filter((one) => one.state === 'waiting' && /fetch failed/.test(one.reason)).length, 3);
});

test('a renewal that fails is asked for again while the connection goes on', async () => {
  let asked = 0;
  const client = fixture.client({ refreshToken: async (why) => (++asked < 3 ? Promise.reject(new Error('offline')) : `after ${why}`) });
  const connection = await connected(client);
  await connection.expect('auth');
  connection.say({ type: 'auth_expiring', expires_in: 60 });
  assert.equal((await connection.expect('auth')).token, 'after expiring');
  assert.equal(asked, 3);
  assert.equal(fixture.server.connections.length, 1);
});

test('an UnauthorizedError ends the client, of whatever copy of the library it is', async () => {
  for (const error of [new UnauthorizedError(), Object.assign(new Error('gone'), { name: 'UnauthorizedError' })]) {
    const n = fixture.server.connections.length;
    const client = fixture.client({ refreshToken: () => Promise.reject(error) });
    (await connected(client, n)).close(4001);
    await waitFor(() => client.all('stopped').length === 1, 'the stop');
    assert.equal(fixture.server.connections.length, n + 1);
  }
});

test('an outage is no reason to ask for a token', async () => {
  const asked = [];
  for (const auth of ['query', 'message']) {
    const n = fixture.server.connections.length;
    const client = fixture.client({ auth, refreshToken: (why) => (asked.push(why), 'new') });
    const connection = await connected(client, n);
    fixture.server.refuse = auth === 'query' ? { status: 429, body: '{"error":"too_many_connections","message":"enough"}' } : 502;
    connection.socket.terminate();
    await waitFor(() => client.reconnectAttempts > 3, 'some attempts');
    fixture.server.refuse = null;
    await connected(client, n + 1);
  }
  assert.deepEqual(asked, []);
});

test('a token and a URL may be functions, asked before each connection', async () => {
  let n = 0;
  const whys = [];
  const client = fixture.client({}, async (why) => (whys.push(why), `token ${++n}`), async () => fixture.server.url);
  client.connect();
  client.connect();
  const first = await fixture.server.connection(0);
  assert.equal((await first.expect('auth')).token, 'token 1');
  first.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  first.close(1001);
  const second = await fixture.server.connection(1);
  assert.equal((await second.expect('auth')).token, 'token 2');
  second.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  second.close(4001);
  assert.equal((await (await fixture.server.connection(2)).expect('auth')).token, 'token 3');
  assert.deepEqual(whys, ['connect', 'connect', 'expired']);
  assert.equal(fixture.server.connections.length, 3);
});

test('disconnect() while a token is being asked for makes no connection', async () => {
  let give;
  const client = fixture.client({}, () => new Promise((resolve) => (give = resolve)));
  client.connect();
  client.disconnect();
  give('late');
  client.connect();
  await waitFor(() => client.state === 'connecting', 'the second attempt');
  assert.equal(fixture.server.connections.length, 0);
});

test('a first message that came too late is sent again with the same token', async () => {
  const asked = [];
  const client = fixture.client({ refreshToken: (why) => (asked.push(why), 'new') });
  client.connect();
  (await fixture.server.connection(0)).close(4002, 'no token was sent in time');
  assert.equal((await (await fixture.server.connection(1)).expect('auth')).token, 'the token');
  assert.deepEqual(asked, []);
});

test('debug tells what the connection does, and never a token', async (t) => {
  const printed = [];
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) {
    t.mock.method(console, name, (...parts) => printed.push(parts.join(' ')));
  }
  const quiet = fixture.client({ refreshToken: () => 'secret-2' }, 'secret-1');
  (await connected(quiet)).close(4001);
  await connected(quiet, 1);
  assert.deepEqual(printed, []);
  quiet.disconnect();
  const lines = [];
  const told = fixture.client({ auth: 'query', refreshToken: () => 'secret-2', debug: (line) => lines.push(line) }, 'secret-1');
  (await connected(told, 2)).close(4001, 'over');
  await connected(told, 3);
  assert.ok(lines.some((line) => /4001.*over/.test(line)), lines.join('\n'));
  const loud = fixture.client({ debug: true }, 'secret-1');
  await connected(loud, 4);
  assert.ok(printed.length > 0);
  assert.doesNotMatch([...lines, ...printed].join('\n'), /secret/);
});
