// Metric values from the server's history, page by page, for a time that the shared connection does not reach back to: the link of
// a run that ended an hour ago, or `from=-6h`. Values that come in the meantime are added when the history has been read.

import { SeriesStore } from './series.js';

const kPage = 1000;
const kMostPages = 100;
const kMostWaiting = 20_000;
const kGrowSeconds = 3600; // by so much a time without an end may get longer, before its oldest values are dropped

export class MetricHistory {
  store = new SeriesStore(Infinity);
  /** @type {'idle' | 'reading' | 'done' | 'cut' | 'failed'} cut: there was more than is read */
  state = 'idle';
  problem = '';
  #asked = '';
  /** @type {AbortController | null} */
  #abort = null;
  /** @type {any[]} */
  #waiting = [];
  #isCut = false; // more came than can wait

  /** @param {{request: (query: URLSearchParams, signal: AbortSignal) => Promise<any>, onChange: () => void}} how request: gives a page, as the server answers it */
  constructor({ request, onChange }) {
    this.request = request;
    this.onChange = onChange;
  }

  /** @param {string} key of what is wanted: nothing is read twice for the same @param {{from: number, to: number, isOpen: boolean, metric: string}} range seconds since 1970; isOpen: it goes on, and has come to `to` */
  want(key, { from, to, isOpen, metric }) {
    if (key === this.#asked) {
      return;
    }
    this.clear();
    this.#asked = key;
    this.isOpen = isOpen;
    if (isOpen) {
      this.store = new SeriesStore(to - from + kGrowSeconds);
    }
    this.state = 'reading';
    const iso = (/** @type {number} */ seconds) => new Date(seconds * 1000).toISOString();
    void this.#read(new URLSearchParams({ since: iso(from), limit: String(kPage), ...(isOpen ? {} : { until: iso(to) }), ...(metric ? { names: metric } : {}) }));
  }

  clear() {
    this.#abort?.abort();
    this.#abort = null;
    this.#asked = '';
    this.#waiting = [];
    this.#isCut = false;
    this.isOpen = false;
    this.state = 'idle';
    this.problem = '';
    this.store = new SeriesStore(Infinity);
  }

  /** A value that has just come. @param {any} event */
  take(event) {
    if (!this.isOpen) {
      return;
    }
    if (this.state !== 'reading') {
      this.store.take(event);
    } else if (this.#waiting.length < kMostWaiting) {
      this.#waiting.push(event);
    } else {
      this.#isCut = true;
    }
  }

  /** @param {URLSearchParams} query */
  async #read(query) {
    const abort = new AbortController();
    this.#abort = abort;
    let isWhole = false;
    try {
      for (let n = 0; n < kMostPages; n++) {
        const { events, next } = await this.request(query, abort.signal);
        if (abort.signal.aborted) {
          return;
        }
        events.forEach((/** @type {any} */ event) => this.store.take(event));
        this.onChange();
        if (next === null) {
          isWhole = true;
          break;
        }
        query.set('since', next);
      }
      this.state = isWhole && !this.#isCut ? 'done' : 'cut';
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this.state = 'failed';
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.#waiting.splice(0).forEach((event) => this.store.take(event));
    this.onChange();
  }
}
