// One lasting connection: dials, authenticates, finds out that the other side is dead, waits, gets new tokens, dials again. It
// knows no event and no subscription; the client on top of it does.

import { backoffDelay } from './backoff.js';
import { kAdvice } from './protocol_table.js';
import { Heartbeat } from './heartbeat.js';
import { takeTicket } from './tickets.js';
import { isUnauthorized, messageOf } from './tokens.js';

/** @typedef {import('./options.js').Options} Options */
/** @typedef {import('./own_events.js').State} State */
/** @typedef {import('./connection_owner.js').Owner} Owner */

const kOpen = 1;
const kMostRetryAfterMs = 15 * 60 * 1000;
const kMostSilentFailures = 2; // in a row, of WebSockets that said nothing; then a stream is tried

export class Connection {
  /** @type {State} */
  state = 'idle';
  /** @type {WebSocket | null} */
  socket = null;
  reconnectAttempts = 0;
  welcomed = false;
  #wanted = false;
  #opened = false;
  #showed = false; // the URL has a token or a ticket
  #refreshed = false; // a new token was taken, and the server has not yet welcomed it
  #bare = false; // an upgrade was refused for a reason that this socket cannot read: in a message the server can tell it
  #hasTickets = true;
  #silent = 0; // dials in a row that came to nothing, and nobody said why
  #streams = false; // streams have worked here, and WebSockets have not
  #failures = 0;
  #welcomedAt = 0;
  #dial = 0; // numbers the attempts: an answer to an older one is out of date
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];
  #options;
  #owner;
  #source;
  #asksToken;
  #retry = () => {};
  #onOnline = () => this.#retry();

  /** @param {Options} options @param {Owner} owner @param {import('./options.js').TokenSource | undefined} source of tokens */
  constructor(options, owner, source) {
    this.#options = options;
    this.#owner = owner;
    this.#source = source;
    this.#asksToken = typeof owner.token === 'function';
    this.heartbeat = new Heartbeat(options.heartbeatTimeout, () => this.send({ type: 'ping' }), () => this.abandon('no answer to a ping'));
  }

  /** Whether the URL may carry parameters that the server could refuse. */
  get bare() {
    return this.#bare;
  }

  /** How the connection is made, or will be. @returns {'websocket' | 'event-stream'} */
  get transport() {
    const { transport } = this.#options;
    if (transport !== 'auto') {
      return transport;
    }
    const canStream = 'TextDecoderStream' in globalThis; // which has fetch, too
    const turns = this.#silent % (kMostSilentFailures + 1) === kMostSilentFailures;
    return canStream && (this.#streams ? this.#silent === 0 || turns : turns) ? 'event-stream' : 'websocket';
  }

  connect() {
    this.#wanted = true;
    if (this.state === 'refreshing' || this.state === 'connecting' || (this.socket && this.socket.readyState <= kOpen)) {
      return;
    }
    this.#open();
  }

  disconnect() {
    const socket = this.socket;
    if (socket && socket.readyState <= kOpen) {
      socket.close(1000);
    }
    this.#stop(1000, 'disconnect() was called');
  }

  /** A token was given from outside. @param {string} token */
  renew(token) {
    this.#owner.token = token;
    if (this.welcomed) {
      this.send({ type: 'auth', token });
      return;
    }
    this.#refreshed = false;
    if (this.state === 'refreshing') {
      this.state = 'idle'; // the answer that it waits for is not needed any more
    }
    this.connect();
  }

  /** @param {object} message @returns {boolean} whether it went out */
  send(message) {
    if (this.socket?.readyState !== kOpen) {
      return false;
    }
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** The server has said welcome. */
  onWelcome() {
    this.welcomed = true;
    this.#streams = this.transport === 'event-stream';
    this.#silent = 0;
    this.#refreshed = false;
    this.#bare = false;
    this.#welcomedAt = performance.now();
    this.reconnectAttempts = 0;
    this.#clearTimers();
    this.#setState('open');
  }

  /** The token ends soon: a new one, on the live connection. Tried again until there is one or the connection ends. */
  async onExpiring(attempt = 0) {
    if (!this.#source) {
      return;
    }
    const dial = this.#dial;
    try {
      const token = await this.#source('expiring');
      if (this.welcomed && dial === this.#dial) {
        this.renew(token);
      } else {
        this.#owner.token = token;
      }
    } catch (error) {
      this.#tellNoToken(error);
      if (!isUnauthorized(error) && this.welcomed && dial === this.#dial) {
        this.#timers.push(setTimeout(() => void this.onExpiring(attempt + 1), backoffDelay(attempt, this.#options)));
      }
    }
  }

  /** @param {string} line without tokens */
  log(line) {
    const { debug } = this.#options;
    if (typeof debug === 'function') {
      debug(line);
    } else if (debug) {
      console.debug(`Ringside: ${line}`);
    }
  }

  /** @param {State} state @param {{retryAt?: number, reason?: string, code?: number}} [more] */
  #setState(state, more = {}) {
    this.state = state;
    this.log(`${state}${more.reason ? `: ${more.reason}` : ''}`);
    this.#owner.emit('state', { state, attempt: this.reconnectAttempts, transport: this.transport, ...more });
  }

  #open() {
    this.#clearTimers();
    const streams = this.transport === 'event-stream';
    const Socket = streams ? null : (this.#options.WebSocket ?? globalThis.WebSocket);
    if (!Socket && !streams) {
      throw new Error('there is no WebSocket here: pass the class as options.WebSocket');
    }
    this.#opened = false;
    this.welcomed = false;
    const dial = ++this.#dial;
    this.#setState('connecting');
    const { baseUrl, token } = this.#owner;
    const asks = this.#asksToken && !this.#refreshed;
    const parts = this.#owner.prepare();
    if (Socket && !parts && typeof baseUrl !== 'function' && !asks && !this.#takesTicket(token)) {
      this.#start(Socket, baseUrl, token);
    } else {
      void this.#ask(Socket, dial, asks, parts);
    }
  }

  /** @param {any} Socket null: a stream @param {number} dial @param {boolean} asks for a token, not for the address alone @param {Promise<void>} [parts] */
  async #ask(Socket, dial, asks, parts) {
    const owner = this.#owner;
    const isCurrent = () => dial === this.#dial && this.#wanted;
    try {
      if (parts) {
        await parts;
      }
      if (!Socket) {
        Socket = (await import('./stream_socket.js')).StreamSocket;
      }
    } catch (error) {
      if (isCurrent()) {
        const text = messageOf(error);
        this.#silent += Socket ? 0 : 1; // a WebSocket needs no part
        owner.emit('error', { type: 'error', code: 'not_loaded', message: text });
        this.#retryLater(() => this.#open(), { code: 1006, text });
      }
      return;
    }
    let base;
    let token;
    let ticket = null;
    try {
      base = typeof owner.baseUrl === 'function' ? await owner.baseUrl() : owner.baseUrl;
      token = asks ? await this.#source?.('connect') : owner.token;
    } catch (error) {
      if (isCurrent()) {
        this.#onNoToken(error, () => this.#open(), 'no address or no token');
      }
      return;
    }
    if (isCurrent() && this.#takesTicket(token)) {
      const given = await takeTicket(base, token);
      this.#hasTickets = !given.none;
      ticket = given.ticket;
    }
    if (isCurrent()) {
      owner.token = token;
      try {
        this.#start(Socket, base, token, ticket);
      } catch (error) {
        this.#stop(1006, messageOf(error));
      }
    }
  }

  /** A refusal of the ticket in the URL could not be read: after one, the token goes into a message. @param {any} token */
  #takesTicket(token) {
    return this.#options.auth === 'ticket' && this.#hasTickets && !this.#bare && typeof token === 'string' && this.transport === 'websocket';
  }

  /** @param {any} Socket @param {string} base @param {any} token @param {string | null} [ticket] */
  #start(Socket, base, token, ticket = null) {
    const inQuery = this.#options.auth === 'query' && !this.#bare && this.transport === 'websocket';
    const inUrl = inQuery || ticket !== null;
    this.#showed = inUrl;
    /** @type {WebSocket} */
    const socket = new Socket(this.#owner.addressOf(base, ticket !== null ? { ticket } : inQuery ? { token } : {}));
    this.socket = socket;
    this.#timers.push(setTimeout(() => this.abandon('no welcome in time'), this.#options.connectTimeout));
    /** @type {import('./node/refusal.js').Refusal | undefined} */
    let refusal;
    socket.onopen = () => {
      if (this.socket === socket) {
        this.#opened = true;
        if (!inUrl) {
          this.send({ type: 'auth', token });
        }
      }
    };
    socket.onmessage = (/** @type {MessageEvent} */ event) => {
      if (this.socket === socket) {
        this.heartbeat.alive();
        this.#owner.onText(event.data);
      }
    };
    socket.onerror = (/** @type {any} */ event) => {
      refusal = event?.refusal; // NodeSocket reads the answer; elsewhere an error says nothing that the close does not say
    };
    socket.onclose = (/** @type {CloseEvent} */ event) => {
      if (this.socket === socket) {
        this.#closed(event.code, String(event.reason ?? ''), event.wasClean, refusal);
      }
    };
  }

  /** @param {string} reason The connection is dead; its own close may never come. */
  abandon(reason) {
    const socket = this.socket;
    if (!socket) {
      return;
    }
    this.socket = null;
    try {
      socket.close();
    } catch {
      // it is of no use any more in any case
    }
    this.#closed(1006, reason, false);
  }

  /** @param {number} code @param {string} reason @param {boolean} wasClean @param {import('./node/refusal.js').Refusal} [refusal] */
  #closed(code, reason, wasClean, refusal) {
    const unreadable = !this.#opened && !refusal && this.#showed;
    this.#silent = this.welcomed || refusal || code !== 1006 ? 0 : this.#silent + 1;
    if (this.welcomed && performance.now() - this.#welcomedAt >= this.#options.minUptime) {
      this.#failures = 0;
    }
    this.#bare ||= unreadable;
    this.socket = null;
    this.welcomed = false;
    this.#dial++;
    this.#clearTimers();
    this.heartbeat.stop();
    const { status, error, retryAfterMs, advice = kAdvice[code] ?? 'retry', text: refused } = refusal ?? {};
    const text = refused ?? (reason || (code === 1006 ? 'the connection was lost' : `closed with code ${code}`));
    const told = { code, reason: refused ?? reason, status, error, retryAfterMs };
    this.#owner.onLost();
    this.log(`closed with ${code}: ${text}; ${advice}`);
    const wanted = this.#wanted;
    this.state = wanted ? 'idle' : this.state; // a handler may connect by itself
    if (wanted && code !== 1000 && code !== 1001) {
      this.#owner.emit('error', { type: 'error', message: text, ...told });
    }
    this.#owner.emit('disconnected', { type: 'close', wasClean, advice, ...told });
    if (!wanted || !this.#wanted || this.socket || this.state !== 'idle') {
      return; // a handler has connected anew, or given up
    }
    if (advice === 'stop') {
      this.#stop(code, text);
    } else if (advice === 'refresh') {
      void this.#refresh(code === 4001 ? 'expired' : 'refused', code, text);
    } else {
      this.#retryLater(() => this.#open(), { code, text, longer: advice === 'retry-later', atLeast: retryAfterMs });
    }
  }

  /** @param {() => void} retry @param {{code: number, text: string, longer?: boolean, atLeast?: number}} why */
  #retryLater(retry, { code, text, longer = false, atLeast = 0 }) {
    const options = this.#options;
    if (!options.reconnect) {
      this.#stop(code, text);
      return;
    }
    if (this.reconnectAttempts >= options.maxReconnectAttempts) {
      this.#stop(code, `no connection after ${this.reconnectAttempts} attempts: ${text}`);
      return;
    }
    const delay = Math.max(backoffDelay(this.#failures, options, longer), Math.min(atLeast, kMostRetryAfterMs));
    this.#failures++;
    this.#retry = () => {
      this.#clearTimers();
      this.reconnectAttempts++;
      retry();
    };
    this.#timers.push(setTimeout(this.#retry, delay));
    if (atLeast === 0) {
      globalThis.addEventListener?.('online', this.#onOnline);
    }
    this.#setState('waiting', { retryAt: Date.now() + delay, reason: text, code });
  }

  /** @param {'expired' | 'refused'} why @param {number} code @param {string} text */
  async #refresh(why, code, text) {
    if (!this.#source || this.#refreshed || !this.#options.reconnect) {
      this.#stop(code, text);
      return;
    }
    const dial = ++this.#dial;
    this.#setState('refreshing', { reason: text, code });
    try {
      const token = await this.#source(why);
      if (dial === this.#dial && this.#wanted) {
        this.#owner.token = token;
        this.#refreshed = true;
        this.#open();
      }
    } catch (error) {
      if (dial === this.#dial && this.#wanted) {
        this.#onNoToken(error, () => void this.#refresh(why, code, text), 'no new token', code);
      }
    }
  }

  /** @param {unknown} error @param {() => void} retry @param {string} what @param {number} [code] */
  #onNoToken(error, retry, what, code = 1008) {
    const text = `${what}: ${messageOf(error)}`;
    this.#tellNoToken(error);
    if (!this.#wanted) {
      return;
    }
    if (isUnauthorized(error)) {
      this.#stop(code, text);
    } else {
      this.#retryLater(retry, { code, text });
    }
  }

  /** @param {unknown} error */
  #tellNoToken(error) {
    this.#owner.emit('error', { type: 'error', code: isUnauthorized(error) ? 'unauthenticated' : 'token_unavailable', message: `no new token: ${messageOf(error)}` });
  }

  /** @param {number} code @param {string} reason */
  #stop(code, reason) {
    this.#wanted = false;
    this.#dial++;
    this.#clearTimers();
    this.heartbeat.stop();
    this.#setState('stopped', { reason, code });
    this.#owner.emit('stopped', { type: 'stopped', code, reason });
  }

  #clearTimers() {
    this.#timers.splice(0).forEach((timer) => clearTimeout(timer));
    globalThis.removeEventListener?.('online', this.#onOnline);
  }
}
