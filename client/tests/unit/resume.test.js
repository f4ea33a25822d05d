// Subscriptions and the resume after a reconnect. The server here keeps events and follows the protocol's rules for `since`,
// so that a test can say what it is about: nothing lost, nothing doubled.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ProvisioningWebSocket } from '../support/client.js';
import { Subscriptions } from '../../src/subscriptions.js';
import { FakeServer, event, kEpoch } from '../support/fake_server.js';
import { waitFor } from '../support/wait.js';

const quick = { reconnectInterval: 1, maxReconnectInterval: 2, auth: 'query' };
let server;
let client;
let got;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(async () => {
  client?.disconnect();
  await server.stop();
});

function start(options = {}) {
  client = new ProvisioningWebSocket(server.url, 't', { ...quick, ...options });
  got = [];
  client.on('message', (one) => got.push(one.data.n));
  client.connect();
}
async function welcomed(n, more) {
  const connection = await server.connection(n);
  connection.welcome(more);
  await waitFor(() => client.state === 'open' && client.ws !== null, 'the welcome');
  return connection;
}

test('subscribe() right after connect() is kept and sent after the welcome', async () => {
  start();
  client.subscribe(['TaskStatusChanged', 'WorkflowProgressUpdate']);
  client.subscribe('log', { level: ['ERROR'] });
  const connection = await welcomed(0);
  assert.deepEqual(await connection.expect('subscribe'), { type: 'subscribe', events: ['TaskStatusChanged', 'WorkflowProgressUpdate'] });
  assert.deepEqual(await connection.expect('subscribe'), { type: 'subscribe', events: ['LogEntry'], filters: { level: ['ERROR'] } });
});

test('events of other types that come before the server has taken the subscription are left out', async () => {
  start();
  client.subscribe('task');
  const connection = await welcomed(0);
  connection.say(event(1, 'MetricUpdate'));
  connection.say(event(2, 'TaskStatusChanged'));
  connection.say({ type: 'subscribed', events: ['TaskStatusChanged'], filters: {} });
  connection.say(event(3, 'TaskStatusChanged'));
  await waitFor(() => got.includes(3), 'the last');
  assert.deepEqual(got, [2, 3]);
});

test('a subscription sent as a message of one\'s own is kept as well', async () => {
  start();
  client.send({ type: 'subscribe', events: ['TaskStatusChanged'], filters: { status: ['Failed'] } });
  const message = await (await welcomed(0)).expect('subscribe');
  assert.deepEqual(message.filters, { status: ['Failed'] });
});

test('filters that have no form for a URL go in a message', async () => {
  start({ filters: { component: 'a,b' } });
  const connection = await welcomed(0);
  assert.equal(connection.url.search, '?token=t');
  assert.deepEqual(await connection.expect('subscribe'), { type: 'subscribe', events: ['*'], filters: { component: 'a,b' } });
});

test('without subscriptions, a reconnect goes on after the last event, by the URL', async () => {
  start({ query: { tail: 5, batch_size: 100 } });
  const first = await welcomed(0);
  assert.equal(first.url.searchParams.get('since'), null);
  first.say(event(7));
  await waitFor(() => got.length === 1, 'the event');
  first.close(1001);
  const second = await server.connection(1);
  assert.equal(second.url.searchParams.get('since'), `${kEpoch}:7`);
  assert.equal(second.url.searchParams.get('tail'), null);
  assert.equal(second.url.searchParams.get('batch_size'), '100');
});

test('before the first event, a reconnect goes on after the head that the welcome named', async () => {
  start();
  (await welcomed(0, { head: `${kEpoch}:41` })).close(1001);
  assert.equal((await server.connection(1)).url.searchParams.get('since'), `${kEpoch}:41`);
});

test('resume: false begins with what comes next', async () => {
  start({ resume: false });
  const first = await welcomed(0);
  first.say(event(7));
  first.close(1001);
  assert.equal((await server.connection(1)).url.searchParams.get('since'), null);
});

test('with subscriptions, each group is replayed for itself, and nothing is lost or doubled', async () => {
  start();
  client.subscribe('task', { status: ['Failed'] });
  client.subscribe('log');
  const first = await welcomed(0);
  first.say(event(1));
  first.say(event(2, 'LogEntry'));
  await waitFor(() => got.length === 2, 'two events');
  first.socket.terminate();

  const second = await server.connection(1);
  assert.equal(second.url.search, '?token=t');
  second.say(event(9, 'MetricUpdate')); // before anything: must not be seen, nor count as progress
  second.welcome();
  assert.deepEqual(await second.expect('unsubscribe'), { type: 'unsubscribe', events: ['*'] });
  second.say(event(10)); // sent before the server had taken it; comes again with the replay
  second.say({ type: 'unsubscribed', events: ['*'] });
  assert.deepEqual(await second.expect('subscribe'), {
    type: 'subscribe', events: ['TaskStatusChanged'], filters: { status: ['Failed'], since: `${kEpoch}:2` },
  });
  second.say({ type: 'subscribed', events: ['TaskStatusChanged'], filters: {} });
  second.say(event(3));
  second.say(event(10));
  await waitFor(() => got.length === 4, 'the replayed');
  // The second connection is lost too, in the middle of it.
  second.socket.terminate();

  const third = await server.connection(2);
  third.welcome();
  await third.expect('unsubscribe');
  third.say({ type: 'unsubscribed', events: ['*'] });
  assert.equal((await third.expect('subscribe')).filters.since, `${kEpoch}:2`);
  [event(3), event(10), { type: 'replay_end', recovered: true, missed: 0 }].forEach((one) => third.say(one));
  assert.deepEqual(await third.expect('subscribe'), { type: 'subscribe', events: ['LogEntry'], filters: { since: `${kEpoch}:2` } });
  third.say(event(11));
  third.say({ type: 'subscribed', events: ['LogEntry'], filters: {} });
  [event(4, 'LogEntry'), { type: 'replay_end', recovered: true, missed: 0 }, event(12)].forEach((one) => third.say(one));
  await waitFor(() => got.includes(12), 'the live event');
  assert.deepEqual(got, [1, 2, 3, 10, 11, 4, 12]);
  assert.equal(client.lastEventId, `${kEpoch}:12`);
});

test('history asked for in a subscription is not asked for again after it has been played', async () => {
  start();
  client.subscribe('task', { since: '2026-01-01T00:00:00Z' });
  const first = await welcomed(0);
  const { filters } = await first.expect('subscribe');
  assert.equal(filters.since, '2026-01-01T00:00:00Z');
  first.say({ type: 'subscribed', events: ['TaskStatusChanged'], filters });
  [event(5), { type: 'replay_end', recovered: true, missed: 0 }, event(6)].forEach((one) => first.say(one));
  await waitFor(() => got.length === 2, 'two events');
  first.close(1001);
  const second = await welcomed(1);
  await second.expect('unsubscribe');
  second.say({ type: 'unsubscribed', events: ['*'] });
  assert.deepEqual((await second.expect('subscribe')).filters, { since: `${kEpoch}:6` });
});

test('types taken away from all stay away', async () => {
  start();
  client.unsubscribe('metric');
  const first = await welcomed(0);
  assert.deepEqual(await first.expect('unsubscribe'), { type: 'unsubscribe', events: ['MetricUpdate'] });
  first.say(event(1));
  await waitFor(() => got.length === 1, 'the event');
  first.close(1001);
  const second = await welcomed(1);
  assert.equal(second.url.searchParams.get('since'), `${kEpoch}:1`);
  second.say(event(2, 'MetricUpdate'));
  second.say(event(3));
  assert.deepEqual(await second.expect('unsubscribe'), { type: 'unsubscribe', events: ['MetricUpdate'] });
  await waitFor(() => got.includes(3), 'the event after it');
  assert.deepEqual(got, [1, 3]);
});

test('gaps and the end of a replay are told', async () => {
  start();
  const told = [];
  client.on('gap', (one) => told.push(one));
  client.on('replay_end', (one) => told.push(one));
  const connection = await welcomed(0);
  const gap = { type: 'gap', reason: 'lapped', missed: 12, from: `${kEpoch}:1`, to: `${kEpoch}:12` };
  connection.say(gap);
  connection.say({ type: 'replay_end', recovered: false, missed: 3 });
  await waitFor(() => told.length === 2, 'both');
  assert.deepEqual(told, [gap, { type: 'replay_end', recovered: false, missed: 3, resume: false }]);
});

test('debug() gives the answer of its action, or what was wrong', async () => {
  start();
  const connection = await welcomed(0);
  const pause = client.debug('pause');
  const seek = client.debug('seek', { to: 'x' });
  assert.deepEqual(await connection.expect('debug'), { type: 'debug', action: 'pause' });
  assert.deepEqual(await connection.expect('debug'), { type: 'debug', action: 'seek', to: 'x' });
  connection.say({ type: 'debug', action: 'pause', ok: true, behind: 3 });
  assert.equal((await pause).behind, 3);
  connection.say({ type: 'error', code: 'invalid_message', message: 'to: no time', request: 'debug' });
  await assert.rejects(seek, /to: no time/);
  const lost = client.debug('inspect');
  connection.close(1001, 'bye');
  await assert.rejects(lost, /bye/);
});

test('for await gives the events, subscribes, and unsubscribes at its end', async () => {
  client = new ProvisioningWebSocket(server.url, 't', quick);
  const events = client.events({ events: ['task'], filters: { status: 'Failed' } });
  const connection = await server.connection(0);
  connection.welcome();
  assert.deepEqual(await connection.expect('subscribe'), { type: 'subscribe', events: ['TaskStatusChanged'], filters: { status: 'Failed' } });
  [event(1), event(2, 'LogEntry'), event(3), event(4)].forEach((one) => connection.say(one));
  const seen = [];
  for await (const one of events) {
    seen.push(one.data.n);
    if (seen.length === 3) {
      break;
    }
  }
  assert.deepEqual(seen, [1, 3, 4]);
  assert.deepEqual(await connection.expect('unsubscribe'), { type: 'unsubscribe', events: ['TaskStatusChanged'] });
});

test('for await ends with disconnect() and with its signal', async () => {
  start();
  await welcomed(0);
  const controller = new AbortController();
  const aborted = client.events({ signal: controller.signal }).next();
  controller.abort();
  assert.equal((await aborted).done, true);
  const ended = client.events().next();
  client.disconnect();
  assert.equal((await ended).done, true);
});

test('an iteration that does not keep up loses the oldest, and counts them', async () => {
  start();
  const connection = await welcomed(0);
  const gaps = [];
  client.on('gap', (gap) => gaps.push(gap));
  const events = client.events({ buffer: 2 });
  connection.say({ type: 'batch', events: [event(1), event(2), event(3), event(4)] });
  await waitFor(() => got.length === 4, 'all');
  assert.equal(events.missed, 2);
  assert.deepEqual(gaps.map((gap) => [gap.reason, gap.from]), [['buffer', `${kEpoch}:1`], ['buffer', `${kEpoch}:2`]]);
  assert.deepEqual([(await events.next()).value.data.n, (await events.next()).value.data.n], [3, 4]);
});

test('subscriptions follow the rules of the server', () => {
  const all = new Subscriptions();
  assert.equal(all.wants('X'), true);
  all.unsubscribe(['X']);
  assert.deepEqual([all.wants('X'), all.wants('Y'), all.implied], [false, true, true]);
  all.subscribe(['Z'], null);
  assert.deepEqual([all.wants('X'), all.wants('Y'), all.wants('Z')], [false, false, true]);
  all.subscribe(['Z', 'A'], { a: 1 });
  assert.deepEqual(all.groups(), [{ events: ['Z', 'A'], filters: { a: 1 } }]);
  all.subscribe(['*'], null);
  all.unsubscribe(['Q']);
  all.subscribe(['A'], { a: 2 });
  assert.deepEqual(all.groups(), [{ events: ['*'], filters: null }, { events: ['A'], filters: { a: 2 } }]);
  assert.deepEqual([...all.excluded], ['Q']);
  all.unsubscribe(['*']);
  assert.deepEqual([all.groups(), all.wants('A')], [[], false]);
});
