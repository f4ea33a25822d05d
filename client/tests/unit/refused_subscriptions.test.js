// Subscriptions that the server refuses, and several with history: what was taken stays, and nothing is cut off.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, kEpoch } from '../support/fake_server.js';
import { useFixture } from '../support/fixture.js';
import { waitFor } from '../support/wait.js';

const fixture = useFixture();
const kInfo = { min_level: 'INFO' };
const kBad = { search: { regex: '(' } };
const refusal = { type: 'error', code: 'bad_filter', message: 'filters.search.regex: missing ): (', request: 'subscribe' };
const taken = (connection, { events, filters = {} }) => connection.say({ type: 'subscribed', events, filters });

test('a refused subscription is told with its filters, and the one before is made again on a new connection', async () => {
  const client = fixture.client();
  const first = await fixture.connected(client);
  client.subscribe('log', kInfo);
  taken(first, await first.expect('subscribe'));
  first.say(event(1, 'LogEntry'));
  await waitFor(() => client.got.length === 1, 'the event');
  client.subscribe('log', kBad);
  await first.expect('subscribe');
  first.say(refusal);
  await waitFor(() => client.all('error').length === 1, 'the refusal');
  assert.deepEqual(client.all('error')[0].filters, kBad);
  assert.deepEqual(client.all('error')[0].events, ['LogEntry']);
  first.socket.terminate();
  const second = await fixture.welcomed(client, 1);
  await second.expect('unsubscribe');
  second.say({ type: 'unsubscribed', events: ['*'] });
  assert.deepEqual((await second.expect('subscribe')).filters, { ...kInfo, since: `${kEpoch}:1` });
  second.say({ type: 'subscribed', events: ['LogEntry'], filters: kInfo });
  second.say({ type: 'replay_end', recovered: true, missed: 0 });
  second.say(event(2, 'LogEntry'));
  await waitFor(() => client.got.includes(2), 'the live event');
  assert.deepEqual(second.received.filter((one) => one.type === 'subscribe'), []);
});

test('a subscription whose answer was lost with the connection is made on the next one, and dropped when refused there', async () => {
  const client = fixture.client();
  const first = await fixture.connected(client);
  client.subscribe('log', kInfo);
  taken(first, await first.expect('subscribe'));
  await waitFor(() => client.all('subscribed').length === 1, 'the answer');
  client.subscribe('log', kBad);
  await first.expect('subscribe');
  first.socket.terminate();
  for (let n = 1; n < 3; n++) {
    const connection = await fixture.welcomed(client, n);
    await connection.expect('unsubscribe');
    connection.say({ type: 'unsubscribed', events: ['*'] });
    assert.equal((await connection.expect('subscribe')).filters.min_level, 'INFO');
    connection.say({ type: 'subscribed', events: ['LogEntry'], filters: {} });
    connection.say({ type: 'replay_end', recovered: true, missed: 0 });
    if (n === 1) {
      assert.ok((await connection.expect('subscribe')).filters.search);
      connection.say(refusal);
    }
    connection.say(event(n, 'LogEntry'));
    await waitFor(() => client.got.includes(n), 'the live event');
    assert.deepEqual(connection.received.filter((one) => one.type === 'subscribe'), []);
    connection.socket.terminate();
  }
});

test('types that are denied are not waited for, whether all of a message or some', async () => {
  const client = fixture.client();
  const connection = await fixture.connected(client);
  const denied = (name) => connection.say({ type: 'error', code: 'forbidden', message: 'reworded', event: name, request: 'subscribe' });
  client.subscribe(['system', 'log']);
  await connection.expect('subscribe');
  denied('SystemHealthUpdate');
  denied('LogEntry');
  client.subscribe(['task', 'log']);
  client.subscribe('batch', kBad);
  const some = await connection.expect('subscribe');
  await connection.expect('subscribe');
  denied('LogEntry');
  taken(connection, { events: ['TaskStatusChanged'], filters: some.filters });
  connection.say({ ...refusal });
  await waitFor(() => client.all('error').length === 4, 'the errors');
  assert.deepEqual(client.all('error').map((one) => one.event ?? one.events[0]), ['SystemHealthUpdate', 'LogEntry', 'LogEntry', 'BatchOperationUpdate']);
});

test('a second history does not cut off the first: it waits until that has been played', async () => {
  const client = fixture.client();
  const since = '2026-01-01T00:00:00Z';
  const connection = await fixture.connected(client);
  client.subscribe('task', { since });
  client.subscribe('metric', { since });
  taken(connection, await connection.expect('subscribe'));
  connection.say(event(1));
  await waitFor(() => client.got.includes(1), 'the first');
  assert.equal(client.isCatchingUp, true);
  assert.deepEqual(connection.received.filter((one) => one.type === 'subscribe'), []);
  connection.say({ type: 'replay_end', recovered: true, missed: 0 });
  assert.deepEqual((await connection.expect('subscribe')).events, ['MetricUpdate']);
});

test('other filters for the same history take its place at once', async () => {
  const client = fixture.client();
  const since = '2026-01-01T00:00:00Z';
  const connection = await fixture.connected(client);
  client.subscribe('log', { since });
  taken(connection, await connection.expect('subscribe'));
  await waitFor(() => client.all('subscribed').length === 1, 'the answer');
  client.subscribe('log', { ...kInfo, since });
  assert.equal((await connection.expect('subscribe')).filters.min_level, 'INFO');
});

test('history that other filters take the place of comes again, and other types do not', async () => {
  const client = fixture.client();
  const since = '2026-01-01T00:00:00Z';
  const first = await fixture.connected(client);
  client.subscribe('task');
  taken(first, await first.expect('subscribe'));
  client.subscribe('log', { since });
  taken(first, await first.expect('subscribe'));
  first.say(event(1, 'LogEntry'));
  first.say(event(2));
  client.subscribe('log', { ...kInfo, since });
  taken(first, await first.expect('subscribe'));
  first.say(event(1, 'LogEntry'));
  first.say(event(2));
  first.say(event(3));
  await waitFor(() => client.got.includes(3), 'the last event');
  assert.deepEqual(client.got, [1, 2, 1, 3]);
});

test('a subscription made while the connection is away is answered on the next one, and its history is whole', async () => {
  const client = fixture.client();
  const since = '2026-01-01T00:00:00Z';
  const first = await fixture.connected(client);
  client.subscribe('log', { ...kInfo });
  taken(first, await first.expect('subscribe'));
  first.say(event(1, 'LogEntry'));
  await waitFor(() => client.got.length === 1, 'the event');
  client.once('disconnected', () => client.subscribe('log', { min_level: 'ERROR', since }));
  first.socket.terminate();
  const second = await fixture.welcomed(client, 1);
  await second.expect('unsubscribe');
  second.say({ type: 'unsubscribed', events: ['*'] });
  taken(second, await second.expect('subscribe'));
  second.say(event(2, 'LogEntry'));
  second.say({ type: 'replay_end', recovered: true, missed: 0 });
  const asked = await second.expect('subscribe');
  assert.equal(asked.filters.since, since);
  taken(second, asked);
  second.say(event(1, 'LogEntry'));
  second.say(event(2, 'LogEntry'));
  second.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => client.all('subscribed').length === 2, 'the answer');
  assert.equal(client.all('subscribed')[1].filters.since, since);
  await waitFor(() => client.all('replay_end').length === 2, 'the end');
  assert.deepEqual(client.got, [1, 2, 1, 2]);
});

test('a subscription that the rate limit held back is sent again', async () => {
  const client = fixture.client();
  const connection = await fixture.connected(client);
  client.subscribe('log', kInfo);
  await connection.expect('subscribe');
  connection.say({ type: 'error', code: 'rate_limited', message: 'more than 100 messages a second', retry_after_ms: 1 });
  taken(connection, await connection.expect('subscribe'));
  await waitFor(() => client.all('subscribed').length === 1, 'the answer');
});
