// Where the log view gets its entries: from the shared connection without filters; from a connection of its own for what the
// server filters, and for travels in time. A filter counts when the server has taken it: until then, and when it is refused, the
// entries of the one before stay and go on.

import { allLogs } from './all_logs.js';
import { LogBuffer } from './log_buffer.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';

const kMostEntries = 200_000;
const kHistoryMs = 30 * 60 * 1000;
const kAgainMs = 5000;

export class LogSource {
  /** What is shown. @type {LogBuffer} */
  buffer = allLogs;
  filters = /** @type {Record<string, any>} */ ({});
  /** @type {any} */
  #side = null;
  #asked = '{}';
  #since = ''; // where the history of the filters asked for last begins: their answer says it, too
  #discarding = false;
  #trouble = '';
  isTravelling = false;

  /** @param {{onBuffer: () => void, onEntries: () => void, onProblem: (text: string) => void, onPlaceLost: () => void}} view */
  constructor(view) {
    this.view = view;
    streams.on('events', () => this.buffer === allLogs && view.onEntries());
    streams.on('reset', () => this.close());
    streams.on('newtoken', (token) => this.#side?.renewToken(token));
  }

  get isFiltered() {
    return Object.keys(this.filters).length > 0;
  }

  get isWaiting() {
    return this.#discarding || (this.#side?.isCatchingUp ?? false);
  }

  /** What is wrong with the connection of its own, if it has one; until it is open again. @returns {string} */
  get trouble() {
    return this.#side ? this.#trouble : '';
  }

  /** @param {Record<string, any>} filters @param {boolean} [again] even if they are those there are */
  choose(filters, again = false) {
    const asked = JSON.stringify(filters);
    if (asked === this.#asked && !again && !this.isTravelling) {
      return;
    }
    this.#asked = asked;
    if (this.isTravelling) {
      this.#side?.debug('detach').catch(() => {}); // where it fails, the connection is gone, and the session with it
    }
    this.isTravelling = false;
    this.view.onProblem('');
    if (asked === '{}') {
      this.close();
      return;
    }
    this.#discarding = true;
    this.#since = this.#newSince();
    this.#open().subscribe(['LogEntry'], { ...filters, since: this.#since });
  }

  /** Differs from the last one, which tells their answers apart. */
  #newSince() {
    return new Date(Math.max(serverNow() - kHistoryMs, (Date.parse(this.#since) || 0) + 1)).toISOString();
  }

  /** Back to what the shared connection brings. */
  close() {
    const side = this.#side;
    this.#side = null;
    this.#asked = '{}';
    this.#discarding = false;
    this.isTravelling = false;
    this.filters = {};
    side?.disconnect();
    if (this.buffer !== allLogs) {
      this.buffer = allLogs;
      this.view.onBuffer();
    }
  }

  /**
   * A connection that a debug session can be held on.
   * @param {() => boolean} isWanted asked when it is there
   * @returns {Promise<any>} null when it is not wanted any more: the list then stays as it is
   */
  async travel(isWanted) {
    const side = this.#open();
    if (this.#asked === '{}') {
      side.subscribe(['LogEntry']);
    }
    if (side.state !== 'open') {
      await new Promise((resolve) => side.once('connected', resolve));
    }
    if (this.#side !== side || !isWanted()) {
      return null;
    }
    this.isTravelling = true;
    this.#discarding = false;
    this.#begin();
    return side;
  }

  /** An empty list, for what comes now. */
  #begin() {
    this.buffer = new LogBuffer(kMostEntries);
    this.view.onBuffer();
  }

  #open() {
    if (this.#side) {
      return this.#side;
    }
    const side = streams.side({ path: '/logs', query: { batch_size: 500 } });
    this.#side = side;
    this.#trouble = '';
    const mine = (/** @type {(data: any) => void} */ handler) => (/** @type {any} */ data) => this.#side === side && handler(data);
    side.on('LogEntry', mine((event) => this.#take(event)));
    side.on('gap', mine((gap) => this.#take({ gap, timestamp: new Date(serverNow()).toISOString() })));
    side.on('subscribed', mine((message) => this.#onTaken(message)));
    side.on('error', mine((error) => this.#onError(error)));
    side.on('state', mine(({ state, reason }) => {
      this.#trouble = state === 'open' ? '' : (reason ?? this.#trouble);
      this.view.onEntries();
    }));
    side.on('stopped', mine(() => setTimeout(() => this.#side === side && side.connect(), kAgainMs)));
    side.on('replay_end', mine(() => this.view.onEntries()));
    side.on('connected', mine(() => {
      if (this.isTravelling) {
        this.view.onPlaceLost();
        this.choose(this.filters, true); // a debug session ends with its connection
        this.view.onProblem('The connection was lost, and the place in time with it.');
      }
    }));
    side.connect();
    return side;
  }

  /** A person chooses faster than the server answers: only the answer to the last choice begins the list. @param {any} message */
  #onTaken(message) {
    const { since, ...filters } = message.filters ?? {};
    if (this.#discarding && since === this.#since) {
      this.#discarding = false;
      this.filters = filters;
      this.#begin();
    }
  }

  /** @param {any} error */
  #onError(error) {
    if (error.code === 'rate_limited' || (error.filters && error.filters.since !== this.#since)) {
      return; // the client asks again; or another choice has been made since
    }
    if (error.request === 'subscribe' || error.code === 'bad_filter') {
      this.#discarding = false;
      this.view.onProblem(`${error.message}. The list still shows ${this.isFiltered ? 'the filter before' : 'all entries'}.`);
      if (this.buffer === allLogs) {
        const asked = this.#asked;
        this.close();
        this.#asked = asked;
      }
    } else if (typeof error.code === 'number') {
      this.view.onEntries();
    }
  }

  /** @param {any} entry */
  #take(entry) {
    if (this.#discarding && this.buffer === allLogs) {
      return; // what comes before the first filter is taken
    }
    if (this.buffer !== allLogs) {
      this.buffer.push(entry);
      this.view.onEntries();
    }
  }
}
