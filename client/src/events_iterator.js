// `for await (const event of client.events())`: what arrives is kept until it is asked for, up to a bound; beyond it the oldest
// goes, is counted in `missed`, and told as a `gap` with reason "buffer".

/**
 * @typedef {Object} EventsOptions
 * @property {string | string[]} [events]   types to subscribe to; without it, what the client is subscribed to
 * @property {Record<string, any>} [filters]
 * @property {AbortSignal} [signal]         ends the iteration
 * @property {number} [buffer]              events kept, 10,000 unless told
 */

import { fullNames } from './event_names.js';

/** @implements {AsyncIterableIterator<any>} */
export class EventsIterator {
  missed = 0;
  #client;
  #names;
  #most;
  #done = false;
  /** @type {any[]} */
  #kept = [];
  #first = 0;
  /** @type {((result: IteratorResult<any>) => void)[]} */
  #waiting = [];
  /** @type {(() => void)[]} */
  #ends;

  /**
   * @param {import('./websocket.js').ProvisioningWebSocket} client
   * @param {EventsOptions} options
   * @param {any[]} early  what has arrived since the iteration began
   */
  constructor(client, { events, signal, buffer = 10_000 }, early) {
    this.#client = client;
    this.#names = events === undefined ? null : fullNames(events);
    this.#most = buffer;
    const end = () => this.#finish();
    signal?.addEventListener('abort', end);
    this.#ends = [client.on('message', (event) => this.#take(event)), client.on('stopped', end), () => signal?.removeEventListener('abort', end)];
    early.forEach((event) => this.#take(event));
    if (signal?.aborted || client.state === 'stopped') {
      end();
    }
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<any>>} */
  async next() {
    if (this.#first < this.#kept.length) {
      return { value: this.#shift(), done: false };
    }
    return this.#done ? { value: undefined, done: true } : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @returns {Promise<IteratorResult<any>>} */
  async return() {
    if (!this.#done && this.#names) {
      this.#client.unsubscribe(this.#names);
    }
    this.#kept = [];
    this.#first = 0;
    this.#finish();
    return { value: undefined, done: true };
  }

  /** @param {any} event */
  #take(event) {
    if (this.#names && !this.#names.includes('*') && !this.#names.includes(event.event_type)) {
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting({ value: event, done: false });
      return;
    }
    if (this.#kept.length - this.#first >= this.#most) {
      const { id } = this.#shift();
      this.missed++;
      this.#client.emit('gap', { type: 'gap', reason: 'buffer', missed: 1, from: id, to: id });
    }
    this.#kept.push(event);
  }

  // Array.shift() moves the whole array each time; here it is moved once in a while.
  #shift() {
    const value = this.#kept[this.#first];
    this.#kept[this.#first++] = undefined;
    if (this.#first > 1024 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
    return value;
  }

  #finish() {
    this.#done = true;
    this.#ends.splice(0).forEach((end) => end());
    for (const resolve of this.#waiting.splice(0)) {
      resolve({ value: undefined, done: true });
    }
  }
}
