import assert from 'node:assert/strict';
import { test } from 'node:test';

import { event, kEpoch } from '../support/fake_server.js';
import { useFixture } from '../support/fixture.js';
import { waitFor } from '../support/wait.js';

const fixture = useFixture();

test('a ticket goes into the URL, and the token nowhere', async () => {
  fixture.server.tickets = ['one', 'two'];
  const client = fixture.client();
  const first = await fixture.connected(client);
  assert.equal(first.url.searchParams.get('ticket'), 'one');
  assert.ok(!first.url.href.includes('token'));
  assert.deepEqual(first.received, []);
  first.close(1001);
  const second = await fixture.welcomed(client, 1);
  assert.equal(second.url.searchParams.get('ticket'), 'two');
  assert.deepEqual(fixture.server.asked, ['Bearer the token', 'Bearer the token']);
  assert.equal(client.transport, 'websocket');
});

test('a server without tickets gets the token in a message, and is not asked again', async () => {
  const client = fixture.client();
  client.connect();
  const first = await fixture.server.connection(0);
  assert.deepEqual(await first.expect('auth'), { type: 'auth', token: 'the token' });
  first.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  first.close(1001);
  await (await fixture.server.connection(1)).expect('auth');
  assert.equal(fixture.server.asked.length, 1);
});

test('without a ticket this time, the token goes into a message', async () => {
  fixture.server.tickets = [];
  const client = fixture.client();
  client.connect();
  const first = await fixture.server.connection(0);
  assert.equal((await first.expect('auth')).token, 'the token');
  fixture.server.tickets = ['later'];
  first.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  first.close(1001);
  assert.equal((await fixture.server.connection(1)).url.searchParams.get('ticket'), 'later');
});

// --- where WebSockets do not get through

/** A proxy that breaks every upgrade; behind it, streams. */
function breakWebSockets(server) {
  server.http.removeAllListeners('upgrade');
  server.nUpgrades = 0;
  server.http.on('upgrade', (request, socket) => {
    server.nUpgrades++;
    socket.destroy();
  });
  server.streams = [];
  server.http.prependListener('request', (request, response) => {
    if (request.headers.accept !== 'text/event-stream') {
      return;
    }
    const stream = { url: new URL(request.url, 'http://localhost'), token: request.headers.authorization, response, ended: false };
    request.on('close', () => (stream.ended = true));
    response.on('close', () => (stream.ended = true));
    stream.say = (message) => response.write(`event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`);
    stream.send = (one) => response.write(`id: ${one.id}\ndata: ${JSON.stringify(one)}\n\n`);
    stream.welcome = (head = 0) => stream.say({ type: 'welcome', connection_id: `s${server.streams.length}`, user: 'alice', roles: [], events: ['*'], limits: {}, epoch: kEpoch, head: `${kEpoch}:${head}`, time: '2026-01-01T00:00:00Z' });
    const end = response.end.bind(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.writeHead = () => response;
    response.end = () => response; // of the listener that knows no streams
    stream.end = end;
    server.streams.push(stream);
    response.flushHeaders();
  });
}

async function onStream(n) {
  await waitFor(() => fixture.server.streams.length > n, `stream ${n}`);
  return fixture.server.streams[n];
}

test('after two dials that come to nothing, events come by a stream, and the client says so', async () => {
  breakWebSockets(fixture.server);
  const client = fixture.client({ events: ['task'] });
  client.connect();
  const stream = await onStream(0);
  assert.equal(fixture.server.nUpgrades, 2);
  assert.equal(stream.token, 'Bearer the token');
  stream.welcome();
  stream.send(event(1));
  await waitFor(() => client.got.length === 1, 'the event');
  assert.equal(client.transport, 'event-stream');
  assert.equal(client.all('connected')[0].transport, 'event-stream');
  assert.equal(client.lastEventId, `${kEpoch}:1`);
});

test('a stream that ends is resumed after its last event', async () => {
  breakWebSockets(fixture.server);
  const client = fixture.client({ transport: 'event-stream' });
  client.connect();
  const first = await onStream(0);
  first.welcome();
  first.send(event(1));
  first.send(event(2));
  await waitFor(() => client.got.length === 2, 'two events');
  first.end();
  const second = await onStream(1);
  assert.equal(second.url.searchParams.get('since'), `${kEpoch}:2`);
  second.welcome(3);
  second.send(event(3));
  second.say({ type: 'replay_end', recovered: true, missed: 0 });
  await waitFor(() => client.all('replay_end').length === 1, 'the end of the replay');
  assert.deepEqual(client.got, [1, 2, 3]);
});

test('a subscription asks for another stream, after what was seen', async () => {
  breakWebSockets(fixture.server);
  const client = fixture.client({ transport: 'event-stream' });
  client.connect();
  const first = await onStream(0);
  first.welcome(7);
  await waitFor(() => client.state === 'open', 'the welcome');
  client.subscribe(['task'], { status: 'Failed' });
  const second = await onStream(1);
  assert.equal(second.url.searchParams.get('events'), 'TaskStatusChanged');
  assert.equal(second.url.searchParams.get('filter.status'), 'Failed');
  assert.equal(second.url.searchParams.get('since'), `${kEpoch}:7`);
  await waitFor(() => first.ended && client.all('subscribed').length === 1, 'the answer');
});

test('the end of a stream with a code is that of a WebSocket, and a refusal too', async () => {
  breakWebSockets(fixture.server);
  const client = fixture.client({ transport: 'event-stream', refreshToken: () => 'new' });
  client.connect();
  const first = await onStream(0);
  first.welcome();
  await waitFor(() => client.state === 'open', 'the welcome');
  first.say({ type: 'close', code: 4001, reason: 'token expired' });
  assert.equal((await onStream(1)).token, 'Bearer new');
  assert.equal(client.all('disconnected')[0].code, 4001);
});
