// A network between the browser and the server that is as bad as a test wants it: slow, silent, or cut.

import { connect, createServer } from 'node:net';

export class Network {
  #sockets = new Set();
  #bytesPerSecond = Infinity;
  #latencyMs = 0;
  /** @type {Promise<void> | null} while nothing passes */
  #silence = null;
  #endSilence = () => {};

  /** @param {import('./stack.js').Stack} stack */
  static async start(stack) {
    const network = new Network();
    network.server = createServer((near) => network.#carry(near, connect(stack.port, '127.0.0.1')));
    await new Promise((resolve) => network.server.listen(0, '127.0.0.1', resolve));
    network.url = `http://localhost:${network.server.address().port}`;
    return network;
  }

  /** @param {{bytesPerSecond?: number, latencyMs?: number}} how of each direction of each connection */
  slow({ bytesPerSecond = Infinity, latencyMs = 0 }) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#latencyMs = latencyMs;
  }

  /** Nothing passes any more, and no connection is closed. */
  silence() {
    this.#silence ??= new Promise((resolve) => (this.#endSilence = resolve));
  }

  /** What was silent passes again. */
  restore() {
    this.#silence = null;
    this.#endSilence();
  }

  /** Every connection breaks; new ones can be made. */
  cut() {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  async stop() {
    this.restore();
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #carry(near, far) {
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => this.#sockets.delete(from));
      void this.#pass(from, to);
    }
  }

  async #pass(from, to) {
    try {
      let ready = performance.now(); // when the line is free again
      for await (const chunk of from) {
        await this.#silence;
        const now = performance.now();
        ready = Math.max(ready, now) + (chunk.length / this.#bytesPerSecond) * 1000;
        const wait = ready - now + (ready - now > 0 ? this.#latencyMs : 0);
        if (wait > 0) {
          await new Promise((resolve) => setTimeout(resolve, wait));
        }
        if (to.destroyed) {
          return;
        }
        if (!to.write(chunk)) {
          await Promise.race([new Promise((resolve) => to.once('drain', resolve)), new Promise((resolve) => to.once('close', resolve))]);
        }
      }
      to.end();
    } catch {
      to.destroy(); // the other side was cut
    }
  }
}
