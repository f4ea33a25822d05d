// Nodes of a cluster: a list of addresses, and what a node says of itself.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import WebSocket from 'ws';
import { ProvisioningWebSocket } from '../support/client.js';
import { FakeServer, event } from '../support/fake_server.js';
import { waitFor } from '../support/wait.js';

let nodes;
let client;
beforeEach(async () => {
  nodes = [await FakeServer.start(), await FakeServer.start()];
});
afterEach(async () => {
  client.disconnect();
  await Promise.all(nodes.map((node) => node.stop()));
});

function makeClient(address) {
  client = new ProvisioningWebSocket(address, 'the token', { reconnectInterval: 1, maxReconnectInterval: 2, auth: 'query', WebSocket });
  client.notices = [];
  client.on('notice', (one) => client.notices.push(one.code));
  client.on('error', () => {});
  client.connect();
}

test('a client that loses its node continues at the next one of the list', async () => {
  makeClient(nodes.map((node) => node.url));
  const first = await nodes[0].connection(0);
  first.welcome();
  first.say(event(7));
  await waitFor(() => client.lastEventId !== null, 'the event');
  await nodes[0].stop();
  const second = await nodes[1].connection(0);
  assert.equal(second.url.searchParams.get('since'), client.lastEventId);
});

test('a client leaves a node that is cut off when it has others, and says so', async () => {
  makeClient(nodes.map((node) => node.url));
  const first = await nodes[0].connection(0);
  first.welcome({ cluster: { node: 'node-0', state: 'live' } });
  first.say({ type: 'notice', code: 'cluster_cut', message: 'cut off' });
  (await nodes[1].connection(0)).welcome({ cluster: { node: 'node-1', state: 'live' } });
  await waitFor(() => client.welcome?.cluster?.node === 'node-1', 'the welcome of the other node');
  assert.deepEqual(client.notices, ['cluster_cut']);
});

test('a client with one address stays and is told when the node is back', async () => {
  makeClient(nodes[0].url);
  const first = await nodes[0].connection(0);
  first.welcome();
  first.say({ type: 'notice', code: 'cluster_cut', message: 'cut off' });
  first.say({ type: 'notice', code: 'cluster_live', message: 'back' });
  await waitFor(() => client.notices.length === 2, 'both notices');
  assert.equal(nodes[0].connections.length, 1);
});
