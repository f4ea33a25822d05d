// What this page gets from the server: events of the connection that all tabs share, its state, and connections of its own for
// what cannot be shared (logs filtered by the server, travels in time).
//
// Tells: "status", "token" {state}, "denied", "gap", "reset" (another user's events follow), and "TYPE" for each event of that
// type; "events" for each batch of them.

import { Emitter } from '../src/emitter.js';
import { ProvisioningWebSocket } from '../src/websocket.js';
import { Link } from './link.js';
import { noteServerTime, serverNow } from './server_clock.js';
import { keepToken, keptToken } from './sign_in_state.js';
import { statusOf } from './status.js';

/** @type {any} */
const kIdle = { state: 'idle', reason: '', code: 0, retryAt: 0, tokenState: 'ok', welcome: null, skewMs: 0, lag: 0, rtt: 0, lostAt: 0, catchUp: null, missed: 0, received: 0, lastAt: '', denied: [] };

export class Streams extends Emitter {
  /** @type {string | null} */
  token = null;
  /** @type {any} what the hub told last */
  hub = { ...kIdle };
  /** @type {Set<string>} types that the token may not see */
  denied = new Set();
  /** @type {{time: number, reason: string, missed: number}[]} */
  gaps = [];
  /** @type {number | null} the time that a view shows while it is paused */
  pausedAt = null;
  /** @type {((token: string) => void)[]} */
  #waiting = [];
  /** @type {Set<string>} */
  #wants = new Set();

  constructor() {
    super();
    this.base = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
  }

  /** @param {string | null} token of the address */
  begin(token) {
    this.token = token ?? keptToken();
    this.link = new Link(this.base, (/** @type {any} */ message) => this.#onMessage(message), () => ({ token: this.token, wants: [...this.#wants] }), () => this.#onLost());
  }

  /** The hub has ended, or has dropped this tab: what it told is not true any more. */
  #onLost() {
    this.emit('reset');
    this.hub = { ...kIdle };
    this.emit('status');
  }

  /** An HTTP request as the user of the token. @param {string} path with its query @param {RequestInit} [options] @returns {Promise<Response>} */
  request(path, options = {}) {
    return fetch(new URL(path, location.origin), { ...options, headers: { ...options.headers, authorization: `Bearer ${this.token}` }, credentials: 'omit', cache: 'no-store' });
  }

  /** @returns {import('./status.js').Status} */
  get status() {
    return statusOf(this.hub, { pausedAt: this.pausedAt, now: serverNow() });
  }

  /** Whether a panel of these types has nothing to show because the token does not include them. @param {string} type */
  isDenied(type) {
    return this.denied.has(type);
  }

  /** @param {string} token given by a person */
  start(token) {
    this.link?.send({ do: 'token', token });
  }

  signOut() {
    this.link?.send({ do: 'signout' });
  }

  retry() {
    this.link?.send({ do: 'retry' });
  }

  /** @param {'metrics' | 'everything'} what @param {boolean} [on] */
  want(what, on = true) {
    if (on === this.#wants.has(what)) {
      return;
    }
    if (on) {
      this.#wants.add(what);
    } else {
      this.#wants.delete(what);
    }
    this.link?.send({ do: 'want', what, on });
  }

  /** @param {number | null} time that the view stands at; null: it follows */
  setPaused(time) {
    this.pausedAt = time;
    this.emit('status');
  }

  /** A connection of this page's own, which lives and dies with the same token. @param {any} options */
  side(options) {
    return new ProvisioningWebSocket(this.base, (why) => (why === 'connect' && this.token ? this.token : this.#nextToken(why)), {
      reconnectInterval: 1000, maxReconnectInterval: 15_000, heartbeatInterval: 5000, heartbeatTimeout: 8000,
      ...options,
    });
  }

  /**
   * All connections share the fate of one token: what the shared connection lives with is good enough for the others, and when it
   * needs another, a person is asked once. @param {string} why @returns {Promise<string>}
   */
  async #nextToken(why) {
    if (this.token && why !== 'expiring' && this.hub.state === 'open') {
      return this.token;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param {any} message */
  #onMessage(message) {
    switch (message.tell) {
      case 'status':
        this.#onStatus(message.status);
        break;
      case 'counts':
        noteServerTime(message.now);
        Object.assign(this.hub, { received: message.received, missed: message.missed, lastAt: message.lastAt });
        break;
      case 'events':
        this.#onEvents(message.events, message.old === true);
        break;
      case 'gap':
        this.gaps.unshift(message.gap);
        this.gaps.length = Math.min(this.gaps.length, 20);
        this.emit('gap', message.gap);
        break;
      case 'token':
        this.#onToken(message.token);
        break;
      case 'reset':
        this.gaps = [];
        this.emit('reset');
        break;
      case 'again':
        this.#onLost();
        this.link?.greet();
        break;
    }
  }

  /** @param {any} status */
  #onStatus(status) {
    const before = this.hub;
    this.hub = status;
    noteServerTime(status.now);
    if (String(status.denied) !== String([...this.denied])) {
      this.denied = new Set(status.denied);
      this.emit('denied');
    }
    if (status.tokenState !== before.tokenState) {
      this.emit('token', { state: status.tokenState });
    }
    this.emit('status');
  }

  /** @param {string | null} token */
  #onToken(token) {
    const before = this.token;
    this.token = token;
    keepToken(token);
    if (token) {
      this.#waiting.splice(0).forEach((resolve) => resolve(token));
      if (token !== before) {
        this.emit('newtoken', token);
      }
    } else if (before) {
      this.emit('reset');
    }
  }

  /** @param {any[]} events @param {boolean} old history */
  #onEvents(events, old) {
    for (const event of events) {
      this.emit(`event:${event.event_type}`, event);
    }
    this.emit('events', { events, old });
  }

  /** Events of one type. @param {string} type @param {(event: any) => void} handler */
  onType(type, handler) {
    return this.on(`event:${type}`, handler);
  }
}

export const streams = new Streams();
