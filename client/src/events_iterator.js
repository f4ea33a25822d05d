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
  /**
   * @param {import('./websocket.js').ProvisioningWebSocket} client
   * @param {EventsOptions} options
   */
  constructor(client, options) {
    this.client = client;
    this.names = options.events === undefined ? null : fullNames(options.events);
    this.signal = options.signal;
    this.most = options.buffer ?? 10_000;
    this.missed = 0;
    this.done = false;
    /** @type {any[]} */
    this.kept = [];
    this.first = 0;
    /** @type {((result: IteratorResult<any>) => void)[]} */
    this.waiting = [];
    this.onEvent = (/** @type {any} */ event) => this.take(event);
    this.onEnd = () => this.finish();
    client.on('message', this.onEvent);
    client.on('stopped', this.onEnd);
    this.signal?.addEventListener('abort', this.onEnd);
    if (this.names) {
      client.subscribe(this.names, options.filters);
    }
    if (this.signal?.aborted) {
      this.finish();
    } else {
      client.connect();
    }
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<any>>} */
  next() {
    if (this.first < this.kept.length) {
      return Promise.resolve({ value: this.shift(), done: false });
    }
    if (this.done) {
      return Promise.resolve({ value: undefined, done: true });
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** @returns {Promise<IteratorResult<any>>} */
  return() {
    if (!this.done && this.names) {
      this.client.unsubscribe(this.names);
    }
    this.kept = [];
    this.first = 0;
    this.finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @param {any} event */
  take(event) {
    if (this.names && !this.names.includes('*') && !this.names.includes(event.event_type)) {
      return;
    }
    const waiting = this.waiting.shift();
    if (waiting) {
      waiting({ value: event, done: false });
      return;
    }
    if (this.kept.length - this.first >= this.most) {
      const lost = this.shift();
      this.missed++;
      this.client.emit('gap', { type: 'gap', reason: 'buffer', missed: 1, from: lost.id, to: lost.id });
    }
    this.kept.push(event);
  }

  // Array.shift() moves the whole array each time; here it is moved once in a while.
  shift() {
    const value = this.kept[this.first];
    this.kept[this.first++] = undefined;
    if (this.first > 1024 && this.first * 2 > this.kept.length) {
      this.kept = this.kept.slice(this.first);
      this.first = 0;
    }
    return value;
  }

  finish() {
    if (this.done) {
      return;
    }
    this.done = true;
    this.client.off('message', this.onEvent);
    this.client.off('stopped', this.onEnd);
    this.signal?.removeEventListener('abort', this.onEnd);
    for (const resolve of this.waiting.splice(0)) {
      resolve({ value: undefined, done: true });
    }
  }
}
