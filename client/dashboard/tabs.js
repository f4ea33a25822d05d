// The tabs of a hub: which there are, and what each wants. A tab can end without a message, and it can sleep: the laptop was
// closed, or the browser froze the page. A tab that was dropped while it slept is told to begin again as soon as it asks anything.

/** @typedef {{postMessage: (message: any) => void, onmessage: ((event: {data: any}) => void) | null, start?: () => void}} Port */
/** @typedef {{port: Port, wants: Set<string>, ready: boolean, seenAt: number}} Tab ready: it has the backlog and gets new events */

export const kTabSilentMs = 150_000; // hidden tabs wake up once a minute
const kSleptMs = 10_000; // without a look at the tabs for this long, the computer itself has slept

export class Tabs {
  /** @type {Set<Tab>} */
  #all = new Set();
  #onRequest;
  #now;
  #lookedAt;

  /** @param {(tab: Tab, request: any) => void} onRequest @param {() => number} [now] ms, for tests */
  constructor(onRequest, now = Date.now) {
    this.#onRequest = onRequest;
    this.#now = now;
    this.#lookedAt = now();
  }

  get size() {
    return this.#all.size;
  }

  /** @returns {Tab[]} the tabs that get new events */
  get ready() {
    return [...this.#all].filter((tab) => tab.ready);
  }

  /** @param {Port} port */
  add(port) {
    /** @type {Tab} */
    const tab = { port, wants: new Set(), ready: false, seenAt: this.#now() };
    this.#all.add(tab);
    port.onmessage = ({ data }) => this.#take(tab, data);
    port.start?.();
  }

  /** @param {Tab} tab @param {any} request */
  #take(tab, request) {
    tab.seenAt = this.#now();
    if (request.do === 'bye') {
      this.#all.delete(tab);
    } else if (!this.#all.has(tab)) {
      this.#all.add(tab);
      tab.ready = false;
      tab.wants.clear();
      if (request.do !== 'hello') {
        tab.port.postMessage({ tell: 'again' });
      }
    }
    this.#onRequest(tab, request);
  }

  /** @param {string} what @returns {boolean} whether some tab wants it */
  want(what) {
    return [...this.#all].some((tab) => tab.wants.has(what));
  }

  /** Drops tabs that were silent for too long. Call it every second. @returns {boolean} whether there were any */
  dropSilent() {
    const now = this.#now();
    const slept = now - this.#lookedAt;
    this.#lookedAt = now;
    const before = this.#all.size;
    for (const tab of this.#all) {
      if (slept > kSleptMs) {
        tab.seenAt += slept; // the tab could not send anything either
      } else if (now - tab.seenAt > kTabSilentMs) {
        this.#all.delete(tab);
      }
    }
    return this.#all.size < before;
  }

  /** @param {any} message */
  tell(message) {
    for (const tab of this.#all) {
      tab.port.postMessage(message);
    }
  }
}
