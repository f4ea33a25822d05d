// A tab's way to the hub: through a SharedWorker, so that all tabs share one connection, or, where a browser has none or does not
// start it, to a hub in this page. A hub tells something every second; one that is silent has ended, and another takes over.

import { Hub } from './hub.js';

const kWorkerName = 'ringside-2'; // the number goes up when the messages between tab and hub change
const kAnswerMs = 15_000; // on a slow network the worker loads its files for a while
const kLookMs = 2000;
const kSilentMs = 12_000;
const kPingMs = 20_000;

/** @typedef {import('./tabs.js').Port} Port */

/** @param {string} base @returns {Port} the tab's end */
function localPort(base) {
  const { port1, port2 } = new MessageChannel();
  new Hub(base).tabs.add(/** @type {any} */ (port2));
  return /** @type {any} */ (port1);
}

export class Link {
  /**
   * @param {string} base of the server
   * @param {(message: any) => void} onMessage
   * @param {() => any} hello  what the hub is told first, again when another one takes over
   * @param {() => void} onLost  the hub has ended: another one is told hello next
   */
  constructor(base, onMessage, hello, onLost) {
    this.base = base;
    this.onMessage = onMessage;
    this.hello = hello;
    this.onLost = onLost;
    this.isShared = false;
    this.use(this.sharedPort() ?? localPort(base));
    addEventListener('pagehide', (event) => {
      if (!event.persisted) {
        this.send({ do: 'bye' });
      }
    });
    addEventListener('pageshow', (event) => event.persisted && this.send({ do: 'ping' }));
    setInterval(() => this.send({ do: 'ping' }), kPingMs);
    this.lookedAt = performance.now();
    setInterval(() => this.look(), kLookMs);
  }

  /** @returns {Port | null} */
  sharedPort() {
    if (typeof SharedWorker === 'undefined') {
      return null;
    }
    try {
      const worker = new SharedWorker(new URL('./hub_worker.js', import.meta.url), { type: 'module', name: kWorkerName });
      const port = /** @type {any} */ (worker.port);
      worker.addEventListener('error', () => this.fallBack(port));
      setTimeout(() => this.fallBack(port), kAnswerMs);
      this.isShared = true;
      return port;
    } catch {
      return null; // such as in a page whose storage is blocked
    }
  }

  /** The worker did not answer: continue without it. @param {Port} port */
  fallBack(port) {
    if (this.port === port && !this.answered) {
      this.send({ do: 'bye' }); // in case it starts later
      this.isShared = false;
      this.use(localPort(this.base));
    }
  }

  /** Looks whether the hub still answers. A page that was suspended itself asks first. */
  look() {
    const now = performance.now();
    const wasAsleep = now - this.lookedAt > kLookMs * 2;
    this.lookedAt = now;
    if (wasAsleep) {
      this.heardAt = now;
      this.send({ do: 'ping' });
    } else if (this.answered && now - this.heardAt > kSilentMs) {
      this.onLost();
      this.use(this.sharedPort() ?? localPort(this.base));
    }
  }

  /** @param {Port} port */
  use(port) {
    this.port = port;
    this.answered = false;
    this.heardAt = performance.now();
    port.onmessage = ({ data }) => {
      if (this.port === port) {
        this.answered = true;
        this.heardAt = performance.now();
        this.onMessage(data);
      }
    };
    port.start?.();
    this.greet();
  }

  /** Begins with this hub, or begins again after it had dropped this tab. */
  greet() {
    this.send({ do: 'hello', ...this.hello() });
  }

  /** @param {any} request */
  send(request) {
    this.port?.postMessage(request);
  }
}
