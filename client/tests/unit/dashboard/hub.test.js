// The connection that all tabs share, against a scripted server.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Hub } from '../../../dashboard/hub.js';
import { statusOf } from '../../../dashboard/status.js';
import { NodeSocket } from '../../../src/node/socket.js';
import { FakeServer, event, kEpoch } from '../../support/fake_server.js';
import { waitFor } from '../../support/wait.js';

let server;
let hub;
let ports;
beforeEach(async () => {
  server = await FakeServer.start();
  hub = new Hub(server.url, { WebSocket: NodeSocket, reconnectInterval: 1, maxReconnectInterval: 2 });
  ports = [];
});
afterEach(async () => {
  hub.client.disconnect();
  ports.forEach((port) => port.close());
  await server.stop();
});

/** A tab: what it was told, and its status in words. @param {string | null} token */
function tab(token = null) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const one = { events: [], news: [], words: [], status: {}, agains: 0, gaps: [], tokens: [], say: (request) => port1.postMessage(request), get word() { return statusOf(one.status, { now: hub.serverNow() }); } };
  port1.on('message', (message) => {
    if (message.tell === 'events') {
      one.events.push(...message.events);
      one.news.push(...(message.old ? [] : message.events));
    } else if (message.tell === 'status') {
      one.status = message.status;
      one.words.push(one.word.state);
    } else if (message.tell === 'gap') {
      one.gaps.push(message.gap);
    } else if (message.tell === 'token') {
      one.tokens.push(message.token);
    } else if (message.tell === 'again') {
      one.agains++;
    }
  });
  const adapter = { postMessage: (message) => port2.postMessage(message), onmessage: null };
  port2.on('message', (data) => adapter.onmessage({ data }));
  hub.tabs.add(adapter);
  one.say({ do: 'hello', token });
  return one;
}

/** Welcomes the nth connection and plays the history that it asks for. */
async function welcomed(n, history = [], welcome = {}) {
  const connection = await server.connection(n);
  await connection.expect('auth');
  connection.welcome({ time: new Date().toISOString(), ...welcome });
  const request = await connection.expect('subscribe');
  connection.say({ type: 'subscribed', events: request.events, filters: request.filters });
  history.forEach((one) => connection.say(one));
  connection.say({ type: 'replay_end', recovered: true, missed: 0 });
  return { connection, request };
}

test('ten tabs are one connection, and the tenth knows what came before', async () => {
  const first = tab('t');
  const { connection } = await welcomed(0, [event(1), event(2, 'LogEntry')]);
  await waitFor(() => first.events.length === 2, 'the history');
  const others = Array.from({ length: 9 }, () => tab());
  await waitFor(() => others.every((one) => one.events.length === 2), 'what came before');
  connection.say(event(3));
  await waitFor(() => others.every((one) => one.events.length === 3) && first.events.length === 3, 'the live event');
  assert.equal(server.connections.length, 1);
  assert.deepEqual(others[8].events.map((one) => one.id).sort(), [1, 2, 3].map((n) => `${kEpoch}:${n}`));
  assert.deepEqual(others[0].tokens, ['t']);
});

test('a tab without a token is asked for one; the token of one tab is that of all', async () => {
  const one = tab();
  const other = tab();
  await waitFor(() => one.word.state === 'signin' && other.word.state === 'signin', 'the question');
  other.say({ do: 'token', token: 'given' });
  const { connection } = await welcomed(0);
  await waitFor(() => one.word.state === 'live' && other.word.state === 'live', 'live');
  assert.deepEqual(one.tokens, [null, 'given']);
  one.say({ do: 'signout' });
  await waitFor(() => connection.closed !== null && other.word.state === 'signin', 'the end');
  assert.equal(other.tokens.at(-1), null);
});

test('a first message that came too late asks nobody for a token', async () => {
  const one = tab('t');
  const states = [];
  (await server.connection(0)).close(4002, 'no token was sent in time');
  await welcomed(1);
  await waitFor(() => (states.push(one.status.tokenState), one.word.state === 'live'), 'live');
  assert.ok(!states.includes('refused') && !states.includes('expired'));
});

test('a refused token is asked for, and again when the next one is refused too', async () => {
  const one = tab('bad');
  const refuse = async (n) => {
    const connection = await server.connection(n);
    await connection.expect('auth');
    connection.close(1008, 'invalid signature');
    await waitFor(() => one.status.tokenState === 'refused', 'the question');
  };
  await refuse(0);
  one.say({ do: 'token', token: 'bad too' });
  await refuse(1);
  one.say({ do: 'token', token: 'good' });
  await welcomed(2);
  await waitFor(() => one.word.state === 'live', 'live');
});

test('catching up is told with how far it is, and is not called live', async () => {
  const one = tab('t');
  const connection = await server.connection(0);
  await connection.expect('auth');
  connection.welcome({ time: new Date().toISOString(), head: `${kEpoch}:101` });
  const request = await connection.expect('subscribe');
  connection.say({ type: 'subscribed', events: request.events, filters: request.filters });
  await waitFor(() => one.word.state === 'catching-up', 'catching up');
  connection.say(event(1));
  connection.say(event(51));
  await waitFor(() => one.status.catchUp?.percent === 50, 'half of it');
  assert.match(one.word.word, /^Catching up, \d\d:\d\d of \d\d:\d\d \(50 %\)$/);
  assert.ok(!one.words.includes('live'), String(one.words));
  connection.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => one.word.state === 'live', 'live');
});

test('history is asked for by the server\'s clock, not by this computer\'s', async () => {
  const one = tab('t');
  const time = new Date(Date.now() - 2 * 3_600_000);
  const { request } = await welcomed(0, [], { time: time.toISOString() });
  assert.ok(Math.abs(Date.parse(request.filters.since) - (time.getTime() - 3_600_000)) < 60_000, request.filters.since);
  await waitFor(() => one.word.state === 'live', 'live');
  assert.ok(Math.abs(one.status.skewMs + 2 * 3_600_000) < 60_000);
});

test('a connection limit is told with its reason, and a lost connection with its time', async () => {
  hub = new Hub(server.url, { WebSocket: NodeSocket, reconnectInterval: 60_000, random: () => 1 });
  const one = tab('t');
  const connection = await server.connection(0);
  await connection.expect('auth');
  connection.close(4009, 'too many connections');
  await waitFor(() => one.word.state === 'refused', 'the refusal');
  assert.match(one.word.word, /^Refused: too many connections, again in \d+ s$/);
  one.say({ do: 'retry' });
  const { connection: second } = await welcomed(1);
  await waitFor(() => one.word.state === 'live', 'live');
  second.socket.terminate();
  await waitFor(() => one.word.state === 'waiting', 'offline');
  assert.match(one.word.word, /^Offline since \d\d:\d\d:\d\d/);
  assert.equal(one.word.isStale, true);
  assert.equal(one.word.mark, '(!) ');
});

test('what the token may not see is known by the member that names it, whatever the message says', async () => {
  const one = tab('t');
  const connection = await server.connection(0);
  await connection.expect('auth');
  connection.welcome({ time: new Date().toISOString(), events: ['TaskStatusChanged', 'LogEntry'] });
  await connection.expect('subscribe');
  connection.say({ type: 'error', code: 'forbidden', message: 'reworded some day', event: 'LogEntry', request: 'subscribe' });
  await waitFor(() => one.status.denied?.includes('LogEntry'), 'the denial');
  assert.deepEqual([...one.status.denied].sort(), ['BatchOperationUpdate', 'LogEntry', 'MetricUpdate', 'SystemHealthUpdate', 'WorkflowProgressUpdate']);
});

test('metrics come while a tab wants them, with history for each that begins to', async () => {
  const one = tab('t');
  const { connection } = await welcomed(0);
  one.say({ do: 'want', what: 'metrics', on: true });
  const request = await connection.expect('subscribe');
  assert.deepEqual(request.events, ['MetricUpdate']);
  assert.ok(request.filters.since);
  connection.say({ type: 'subscribed', events: request.events, filters: request.filters });
  connection.say({ ...event(5, 'MetricUpdate'), data: { metric_name: 'm', value: 1 } });
  connection.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => one.events.length === 1, 'the value');
  const other = tab();
  other.say({ do: 'want', what: 'metrics', on: true });
  await waitFor(() => other.events.length === 1, 'the value, for another tab');
  one.say({ do: 'bye' });
  other.say({ do: 'want', what: 'metrics', on: false });
  assert.deepEqual((await connection.expect('unsubscribe')).events, ['MetricUpdate']);
});

test('what comes twice by two subscriptions is handed on once', async () => {
  const one = tab('t');
  const { connection } = await welcomed(0, [event(1)]);
  one.say({ do: 'want', what: 'everything', on: true });
  const request = await connection.expect('subscribe');
  assert.deepEqual(request.events, ['*']);
  connection.say({ type: 'subscribed', events: ['*'], filters: request.filters });
  connection.say(event(1));
  connection.say(event(2, 'Deployed'));
  connection.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => one.events.some((given) => given.event_type === 'Deployed'), 'the custom event');
  assert.equal(one.events.length, 2);
});

test('another user\'s token begins anew: nothing of the first user is shown to the second', async () => {
  const tokenOf = (sub) => `x.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.x`;
  tab(tokenOf('alice'));
  await welcomed(0, [event(1)]);
  const other = tab(tokenOf('bob'));
  const { connection } = await welcomed(1);
  connection.say(event(2));
  await waitFor(() => other.events.some((one) => one.data.n === 2), 'the event');
  assert.deepEqual(other.events.map((one) => one.data.n), [2]);
});

test('the first history is old, what a later connection catches up on is news', async () => {
  const one = tab('t');
  const { connection } = await welcomed(0, [event(1)]);
  await waitFor(() => one.word.state === 'live' && one.events.length === 1, 'live');
  connection.say(event(2));
  await waitFor(() => one.news.length === 1, 'the live event');
  connection.socket.terminate();
  const second = await server.connection(1);
  await second.expect('auth');
  second.welcome({ time: new Date().toISOString() });
  const { events } = await second.expect('unsubscribe');
  second.say({ type: 'unsubscribed', events });
  const request = await second.expect('subscribe');
  second.say({ type: 'subscribed', events: request.events, filters: {} });
  second.say(event(3));
  second.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => one.news.length === 2, 'the event of the outage');
  assert.deepEqual(one.news.map((given) => given.data.n), [2, 3]);
});

test('without tabs there is no connection; a tab that comes back is served again', async () => {
  const one = tab('t');
  const { connection } = await welcomed(0, [event(1)]);
  await waitFor(() => one.events.length === 1, 'the history');
  one.say({ do: 'bye' });
  await waitFor(() => connection.closed !== null, 'the end of the connection');
  one.say({ do: 'ping' });
  await waitFor(() => one.agains === 1, 'the request to begin again');
  one.say({ do: 'hello', token: 't', wants: ['metrics'] });
  const { connection: second } = await welcomed(1, [event(1), event(2)]);
  assert.deepEqual((await second.expect('subscribe')).events, ['MetricUpdate']);
  await waitFor(() => one.events.length === 3, 'the history, from its beginning');
});
