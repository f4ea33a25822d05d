// A tab's way to the hub: through a SharedWorker, so that all tabs share one connection, or, where a browser has none or does not
// start it, to a hub in this page.

import { Hub } from './hub.js';

const kWorkerName = 'ringside-1'; // the number goes up when the messages between tab and hub change
const kAnswerMs = 5000;

/** @typedef {import('./hub.js').Port} Port */

/** @param {string} base @returns {Port} the tab's end */
function localPort(base) {
  const { port1, port2 } = new MessageChannel();
  new Hub(base).addPort(/** @type {any} */ (port2));
  return /** @type {any} */ (port1);
}

export class Link {
  /**
   * @param {string} base of the server
   * @param {(message: any) => void} onMessage
   * @param {() => any} hello  what the hub is told first, again when another one takes over
   */
  constructor(base, onMessage, hello) {
    this.base = base;
    this.onMessage = onMessage;
    this.hello = hello;
    this.isShared = false;
    this.answered = false;
    this.use(this.sharedPort() ?? localPort(base));
    addEventListener('pagehide', (event) => {
      if (!event.persisted) {
        this.send({ do: 'bye' });
      }
    });
    setInterval(() => this.send({ do: 'ping' }), 20_000);
  }

  /** @returns {Port | null} */
  sharedPort() {
    if (typeof SharedWorker === 'undefined') {
      return null;
    }
    try {
      const worker = new SharedWorker(new URL('./hub_worker.js', import.meta.url), { type: 'module', name: kWorkerName });
      worker.addEventListener('error', () => this.fallBack());
      setTimeout(() => this.fallBack(), kAnswerMs);
      this.isShared = true;
      return /** @type {any} */ (worker.port);
    } catch {
      return null; // such as in a page whose storage is blocked
    }
  }

  /** The worker did not answer: go on without it. */
  fallBack() {
    if (!this.answered) {
      this.isShared = false;
      this.use(localPort(this.base));
    }
  }

  /** @param {Port} port */
  use(port) {
    this.port = port;
    port.onmessage = ({ data }) => {
      if (this.port === port) {
        this.answered = true;
        this.onMessage(data);
      }
    };
    port.start?.();
    port.postMessage({ do: 'hello', ...this.hello() });
  }

  /** @param {any} request */
  send(request) {
    this.port?.postMessage(request);
  }
}
