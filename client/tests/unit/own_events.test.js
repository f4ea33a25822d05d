// Producers name their events as they like; the client's own events stay its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kOwnEvents } from '../../src/own_events.js';
import { event } from '../support/fake_server.js';
import { useFixture } from '../support/fixture.js';
import { waitFor } from '../support/wait.js';

const fixture = useFixture();

test('an event type named like an event of the client reaches "message" and onEvent() alone, once', async () => {
  const client = fixture.client();
  const connection = await fixture.connected(client);
  const called = [];
  const byType = [];
  for (const name of [...kOwnEvents, 'Ordinary']) {
    client.on(name, (one) => called.push([name, one.data?.forged ?? null]));
    client.onEvent(name, (one) => byType.push(one.event_type));
  }
  const iterated = [];
  (async () => {
    for await (const one of client.events()) {
      iterated.push(one.event_type);
    }
    iterated.push('the end');
  })();
  const names = [...kOwnEvents, 'Ordinary'];
  names.forEach((name, i) => connection.say({ ...event(i + 1, name, { forged: name, code: 4001 }), type: 'batch', events: [{ event_type: 'Nested' }] }));
  await waitFor(() => iterated.includes('Ordinary'), 'the last event');
  assert.deepEqual(iterated, names);
  assert.deepEqual(byType, names);
  assert.deepEqual(called.filter(([name]) => name !== 'message'), [['Ordinary', 'Ordinary']]);
  assert.deepEqual(called.filter(([name]) => name === 'message').map(([, type]) => type), names);
  assert.equal(client.state, 'open');
});

test('a message of the server that this version does not know calls no handler of an event type', async () => {
  const client = fixture.client();
  const connection = await fixture.connected(client);
  const called = [];
  client.on('Deployed', () => called.push('event'));
  client.on('control', (message) => called.push(message.type));
  connection.say({ type: 'Deployed' });
  connection.say({ type: 7 });
  await waitFor(() => called.length === 2, 'both');
  assert.deepEqual(called, ['Deployed', 7]);
});

test('every event of the server\'s own has a reserved name', async () => {
  const { readdir } = await import('node:fs/promises');
  const kinds = (await readdir(new URL('../../../conf/schemas/server/', import.meta.url))).map((name) => name.replace('.schema.json', ''));
  assert.deepEqual(kinds.filter((name) => !['event', 'message'].includes(name) && !kOwnEvents.has(name)), []);
});

test('on(), once() and onEvent() return what takes the handler away', async () => {
  const client = fixture.client();
  const connection = await fixture.connected(client);
  const calls = [];
  const off = [client.on('TaskStatusChanged', () => calls.push('on')), client.once('TaskStatusChanged', () => calls.push('once')), client.onEvent('TaskStatusChanged', () => calls.push('onEvent'))];
  off.forEach((one) => one());
  connection.say(event(1));
  await waitFor(() => client.got.length === 1, 'the event');
  assert.deepEqual(calls, []);
});
