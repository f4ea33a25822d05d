// Upgrades that the server refuses: told with their reason, which decides what happens next.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { useFixture } from '../support/fixture.js';
import { waitFor } from '../support/wait.js';

const fixture = useFixture();
const kTooMany = { status: 429, body: '{"error":"too_many_connections","message":"this user has 10 connections already"}' };

test('the reason of a refused upgrade is told, and the wait is not shorter than Retry-After', async () => {
  fixture.server.refuse = { ...kTooMany, headers: { 'Retry-After': '7' } };
  const client = fixture.client();
  const before = Date.now();
  client.connect();
  await waitFor(() => client.state === 'waiting', 'the wait');
  const [error] = client.all('error');
  assert.equal(error.message, 'refused with 429 too_many_connections: this user has 10 connections already');
  const [gone] = client.all('disconnected');
  assert.deepEqual([gone.code, gone.status, gone.error, gone.advice, gone.retryAfterMs], [1006, 429, 'too_many_connections', 'retry-later', 7000]);
  assert.ok(client.all('state').at(-1).retryAt >= before + 7000);
});

test('Retry-After may be a date, and is bounded', async () => {
  const wait = async (header) => {
    fixture.server.refuse = { status: 503, headers: { 'Retry-After': header } };
    const client = fixture.client();
    client.connect();
    await waitFor(() => client.state === 'waiting', 'the wait');
    return client.all('state').at(-1).retryAt - Date.now();
  };
  assert.ok((await wait(new Date(Date.now() + 60_000).toUTCString())) > 50_000);
  assert.ok((await wait('999999')) <= 15 * 60_000);
  assert.ok((await wait('rubbish')) < 1000);
});

test('what would be refused again stops the client', async () => {
  fixture.server.refuse = { status: 400, body: '{"error":"bad_parameter","message":"batch_size must be 1 to 1000","parameter":"batch_size"}' };
  const client = fixture.client({ query: { batch_size: 0 } });
  client.connect();
  await waitFor(() => client.state === 'stopped', 'the stop');
  assert.match(client.all('stopped')[0].reason, /batch_size must be 1 to 1000/);
  assert.equal(fixture.server.refused.length, 1);
});

test('an answer that is no JSON, or endless, is a refusal by its status', async () => {
  for (const body of ['<h1>Bad gateway</h1>', 'x'.repeat(1024 * 1024), '{"error":7,"message":[]}', 'null']) {
    fixture.server.refuse = { status: 502, body };
    const client = fixture.client();
    client.connect();
    await waitFor(() => client.all('disconnected').length > 0, 'the refusal');
    assert.equal(client.all('disconnected')[0].reason, 'refused with 502');
    client.disconnect();
  }
});

test('a socket that cannot read the refusal gets it told by the next attempt, in answer to messages', async () => {
  fixture.server.refuse = 401;
  const asked = [];
  const client = fixture.client({ WebSocket, auth: 'query', events: ['task'], filters: { status: 'Failed' }, since: '2026-01-01T00:00:00Z', refreshToken: (why) => (asked.push(why), 'new') }, 'old');
  client.once('disconnected', () => (fixture.server.refuse = null));
  client.connect();
  const connection = await fixture.server.connection(0);
  assert.equal(connection.url.search, '');
  assert.equal((await connection.expect('auth')).token, 'old');
  assert.deepEqual(asked, []);
  connection.close(1008, 'invalid signature');
  const second = await fixture.server.connection(1);
  assert.equal((await second.expect('auth')).token, 'new');
  assert.deepEqual(asked, ['refused']);
  second.welcome();
  assert.deepEqual(await second.expect('subscribe'), { type: 'subscribe', events: ['TaskStatusChanged'], filters: { status: 'Failed', since: '2026-01-01T00:00:00Z' } });
});

test('attempts are endless unless a number is given', async () => {
  fixture.server.refuse = 502;
  const client = fixture.client();
  client.connect();
  await waitFor(() => client.reconnectAttempts > 30, 'thirty attempts');
  assert.notEqual(client.state, 'stopped');
});

test('a server that welcomes and dies at once is given more and more time', async () => {
  const ceilings = [];
  const client = fixture.client({ reconnectInterval: 4, maxReconnectInterval: 64, random: () => 1 });
  client.on('state', ({ state, retryAt }) => state === 'waiting' && ceilings.push(Math.round(retryAt - Date.now())));
  client.connect();
  for (let n = 0; n < 5; n++) {
    (await fixture.welcomed(client, n)).socket.terminate();
    await waitFor(() => ceilings.length > n, 'the wait');
  }
  assert.ok(ceilings[4] > ceilings[0] * 4, String(ceilings));
});
