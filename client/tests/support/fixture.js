// A scripted server and clients of it, for tests of the library. Use it as `const fixture = useFixture()` at the top of a file.

import { afterEach, beforeEach } from 'node:test';
import { ProvisioningWebSocket } from './client.js';
import { FakeServer } from './fake_server.js';
import { waitFor } from './wait.js';

export const kQuick = { reconnectInterval: 1, maxReconnectInterval: 2 };
const kHeard = ['connected', 'disconnected', 'error', 'stopped', 'gap', 'renewed', 'subscribed', 'replay_end', 'state'];

export class Fixture {
  /** @param {any} [options] @param {any} [token] @param {any} [url] */
  client(options = {}, token = 'the token', url = this.server.url) {
    const client = new ProvisioningWebSocket(url, token, { ...kQuick, ...options });
    client.heard = [];
    client.got = [];
    for (const name of kHeard) {
      client.on(name, (data) => client.heard.push({ name, ...data }));
    }
    client.on('message', (one) => client.got.push(one.data.n));
    client.all = (name) => client.heard.filter((one) => one.name === name);
    this.clients.push(client);
    return client;
  }

  /** Connects and welcomes it. @param {any} client @param {number} n which connection of the server */
  async connected(client, n = 0, welcome = {}) {
    client.connect();
    return this.welcomed(client, n, welcome);
  }

  async welcomed(client, n, welcome = {}) {
    const connection = await this.server.connection(n);
    connection.welcome(welcome);
    await waitFor(() => client.state === 'open' && client.ws !== null, 'the welcome');
    return connection;
  }
}

export function useFixture() {
  const fixture = new Fixture();
  beforeEach(async () => {
    fixture.server = await FakeServer.start();
    fixture.clients = [];
  });
  afterEach(async () => {
    fixture.clients.forEach((client) => client.disconnect());
    await fixture.server.stop();
  });
  return fixture;
}
