// ProvisioningWebSocket: the documented client, with the same constructor, options, methods, properties and events, and under
// them what a lasting connection needs: backoff, resume, close codes, heartbeat, renewal of the token.
//
// Events:
//   connected      the server has said welcome            disconnected   {code, reason, wasClean, advice}
//   message        every event; also one by its type      error          {code, message}: a close code, or the server's error code
//   gap            events that were missed                replay_end     history has been played; `resume`: after a reconnect
//   auth_expiring  the token ends soon                    pong           {lag_ms, rtt_ms}
//   state          {state, attempt, retryAt, reason}      stopped        {code, reason}: no further attempt will be made
//
// Nothing is lost or doubled over a reconnect as long as the server's history reaches back; if it does not, `replay_end` says
// recovered: false and how many may be missing.

import { addressOf } from './address.js';
import { backoffDelay } from './backoff.js';
import { adviceFor, textFor } from './close_codes.js';
import { DebugCalls } from './debug_calls.js';
import { Emitter } from './emitter.js';
import { EventsIterator } from './events_iterator.js';
import { fullNames } from './event_names.js';
import { fitInQuery } from './filters.js';
import { Heartbeat } from './heartbeat.js';
import { kDefaultOptions } from './options.js';
import { Position } from './position.js';
import { Recovery } from './recovery.js';
import { subscribeMessage, Subscriptions } from './subscriptions.js';

/** @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'refreshing' | 'stopped'} State */
/** @typedef {import('./options.js').Options} Options */

const kConnecting = 0;
const kOpen = 1;

export class ProvisioningWebSocket extends Emitter {
  #wanted = false;
  #welcomed = false;
  #opened = false;
  #subscribed = false;
  #refreshed = false;
  #touched = false;
  #historyAsked = 0; // subscriptions with `since` that have not been answered
  #historyRuns = false; // the server has one replay a connection at a time: a new one ends the one before
  #resuming = false;
  #connectionId = '';
  #position = new Position();
  /** @type {Recovery | null} */
  #recovery = null;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #reconnectTimer = null;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #welcomeTimer = null;
  #debugCalls = new DebugCalls();
  #subscriptions = new Subscriptions();
  #heartbeat;
  #onOnline = () => this.connect();

  /**
   * @param {string} baseUrl  "ws://localhost:9090"
   * @param {string | null} token
   * @param {Partial<Options>} [options]
   */
  constructor(baseUrl, token, options = {}) {
    super();
    this.baseUrl = baseUrl;
    this.token = token;
    /** @type {Options} */
    this.options = { ...kDefaultOptions, ...options };
    /** @type {WebSocket | null} */
    this.ws = null;
    this.reconnectAttempts = 0;
    this.heartbeatInterval = this.options.heartbeatInterval || kDefaultOptions.heartbeatInterval;
    /** @type {State} */
    this.state = 'idle';
    /** @type {any} the server's last welcome: user, roles, events, limits, epoch, head */
    this.welcome = null;
    if (this.options.events) {
      this.#subscriptions.subscribe(fullNames(this.options.events), this.options.filters ?? null);
    }
    if (this.options.filters && !fitInQuery(this.options.filters)) {
      this.#touched = true; // they go in a message instead
      if (!this.options.events) {
        this.#subscriptions.subscribe(['*'], this.options.filters);
      }
    }
    this.#heartbeat = new Heartbeat({
      interval: this.heartbeatInterval,
      timeout: this.options.heartbeatTimeout,
      ping: () => this.#transmit({ type: 'ping' }),
      onDead: () => this.#abandon('no answer to a ping'),
    });
  }

  get heartbeatTimer() {
    return this.#heartbeat.timer;
  }

  /** Where a new connection would go on: the id of the last event received. @returns {string | null} */
  get lastEventId() {
    return this.#position.id;
  }

  // --- connection ---------------------------------------------------------------------------------------------------------

  /** Connects; does nothing where there is a connection or one is being made. */
  connect() {
    this.#wanted = true;
    if ((this.ws && (this.ws.readyState === kConnecting || this.ws.readyState === kOpen)) || this.state === 'refreshing') {
      return;
    }
    this.#open();
  }

  /** Closes the connection and makes no other. */
  disconnect() {
    this.#wanted = false;
    this.#clearTimers();
    const socket = this.ws;
    if (socket && socket.readyState <= kOpen) {
      socket.close(1000);
    }
    this.#stop(1000, 'disconnect() was called');
  }

  #open() {
    this.#clearTimers();
    const Socket = this.options.WebSocket ?? globalThis.WebSocket;
    if (!Socket) {
      throw new Error('there is no WebSocket here: pass the class as options.WebSocket');
    }
    this.#opened = false;
    this.#welcomed = false;
    this.#subscribed = false;
    const socket = new Socket(this.#address());
    this.ws = socket;
    this.#setState('connecting');
    this.#welcomeTimer = setTimeout(() => this.#abandon('no welcome in time'), this.options.connectTimeout);
    socket.onopen = () => {
      if (this.ws === socket) {
        this.#opened = true;
        if (this.options.auth === 'message') {
          this.#transmit({ type: 'auth', token: this.token });
        }
      }
    };
    socket.onmessage = (/** @type {MessageEvent} */ event) => {
      if (this.ws === socket) {
        this.#receive(event.data);
      }
    };
    socket.onclose = (/** @type {CloseEvent} */ event) => {
      if (this.ws === socket) {
        this.#closed(event.code, String(event.reason ?? ''), event.wasClean);
      }
    };
    socket.onerror = () => {}; // says nothing that the close does not say better
  }

  #address() {
    const { options } = this;
    const again = this.welcome !== null;
    /** @type {Record<string, string | number | boolean>} */
    const query = { ...options.query };
    if (again) {
      delete query.tail;
    }
    const resume = again && options.resume ? this.#position.id : null;
    const inUrl = !this.#touched || this.#subscriptions.implied;
    this.#resuming = resume !== null;
    return addressOf(this.baseUrl, options.path, {
      token: options.auth === 'query' ? this.token : null,
      events: this.#touched ? undefined : options.events,
      filters: inUrl ? options.filters : undefined,
      since: again ? (inUrl ? resume : null) : options.since,
      query,
    });
  }

  /** @param {string} reason The connection is dead; its own close may never come. */
  #abandon(reason) {
    const socket = this.ws;
    if (!socket) {
      return;
    }
    this.ws = null;
    try {
      socket.close();
    } catch {
      // it is of no use any more in any case
    }
    this.#closed(1006, reason, false);
  }

  /** @param {number} code @param {string} reason @param {boolean} wasClean */
  #closed(code, reason, wasClean) {
    const opened = this.#opened;
    this.ws = null;
    this.#welcomed = false;
    this.#recovery = null;
    this.#historyAsked = 0;
    this.#historyRuns = false;
    this.#clearTimers();
    this.#heartbeat.stop();
    this.#debugCalls.rejectAll(reason || textFor(code));
    const wanted = this.#wanted;
    const advice = adviceFor(code);
    if (wanted && code !== 1000 && code !== 1001) {
      this.emit('error', { type: 'error', code, reason, message: reason || textFor(code) });
    }
    this.emit('disconnected', { type: 'close', code, reason, wasClean, advice });
    if (!wanted || !this.#wanted || this.ws) {
      return; // a handler has connected anew, or given up
    }
    if (advice === 'stop') {
      this.#stop(code, reason || textFor(code));
    } else if (advice === 'refresh') {
      void this.#refresh(code === 4001 ? 'expired' : 'refused', code, reason);
    } else if (!opened && this.options.auth === 'query' && this.options.refreshToken && !this.#refreshed) {
      void this.#refresh('refused', code, reason); // a browser does not tell a 401 from a lost connection
    } else {
      this.#reconnectLater(advice === 'retry-later', code, reason);
    }
  }

  /** @param {boolean} longer @param {number} code @param {string} reason */
  #reconnectLater(longer, code, reason) {
    const { options } = this;
    if (!options.reconnect) {
      this.#stop(code, reason || textFor(code));
      return;
    }
    if (this.reconnectAttempts >= options.maxReconnectAttempts) {
      this.#stop(code, `no connection after ${this.reconnectAttempts} attempts`);
      return;
    }
    const delay = backoffDelay(this.reconnectAttempts, options, longer);
    this.#reconnectTimer = setTimeout(() => {
      this.reconnectAttempts++;
      this.#open();
    }, delay);
    globalThis.addEventListener?.('online', this.#onOnline);
    this.#setState('waiting', { retryAt: Date.now() + delay, reason: reason || textFor(code) });
  }

  /** @param {'expired' | 'refused'} why @param {number} code @param {string} reason */
  async #refresh(why, code, reason) {
    if (!this.options.refreshToken || this.#refreshed || !this.options.reconnect) {
      this.#stop(code, reason || textFor(code));
      return;
    }
    this.#refreshed = true;
    this.#setState('refreshing', { reason: reason || textFor(code) });
    try {
      this.token = await this.options.refreshToken(why);
    } catch (error) {
      this.emit('error', { type: 'error', code, reason, message: `no new token: ${messageOf(error)}` });
      this.#stop(code, `no new token: ${messageOf(error)}`);
      return;
    }
    if (this.#wanted && !this.ws) {
      this.#open();
    }
  }

  /** @param {number} code @param {string} reason */
  #stop(code, reason) {
    this.#wanted = false;
    this.#heartbeat.stop();
    this.#setState('stopped', { reason, code });
    this.emit('stopped', { type: 'stopped', code, reason });
  }

  #clearTimers() {
    if (this.#reconnectTimer !== null) {
      clearTimeout(this.#reconnectTimer);
      this.#reconnectTimer = null;
      globalThis.removeEventListener?.('online', this.#onOnline);
    }
    if (this.#welcomeTimer !== null) {
      clearTimeout(this.#welcomeTimer);
      this.#welcomeTimer = null;
    }
  }

  /** @param {State} state @param {{retryAt?: number, reason?: string, code?: number}} [more] */
  #setState(state, more = {}) {
    this.state = state;
    this.emit('state', { state, attempt: this.reconnectAttempts, ...more });
  }

  // --- token ----------------------------------------------------------------------------------------------------------------

  /**
   * Takes a new token for the same user, on the live connection where there is one.
   * @param {string} token
   */
  renewToken(token) {
    this.token = token;
    if (this.#welcomed) {
      this.#transmit({ type: 'auth', token });
    } else {
      this.#refreshed = false;
      this.connect();
    }
  }

  async #renewExpiring() {
    if (!this.options.refreshToken) {
      return;
    }
    try {
      const token = await this.options.refreshToken('expiring');
      if (this.#welcomed) {
        this.renewToken(token);
      } else {
        this.token = token;
      }
    } catch (error) {
      this.emit('error', { type: 'error', code: 'unauthenticated', message: `no new token: ${messageOf(error)}` });
    }
  }

  // --- what arrives -----------------------------------------------------------------------------------------------------------

  /** @param {any} data */
  #receive(data) {
    this.#heartbeat.alive();
    let message;
    try {
      message = JSON.parse(typeof data === 'string' ? data : String(data));
    } catch (error) {
      console.error('Ringside: a message that is not JSON:', error);
      return;
    }
    this.handleMessage(message);
  }

  /** @param {any} message */
  handleMessage(message) {
    if (message === null || typeof message !== 'object') {
      return;
    }
    if (message.type === 'batch' && Array.isArray(message.events)) {
      for (const event of message.events) {
        this.handleMessage(event);
      }
    } else if (typeof message.event_type === 'string') {
      this.#event(message);
    } else {
      this.#control(message);
    }
  }

  /** @param {any} event */
  #event(event) {
    const filling = this.#recovery !== null || this.#historyAsked > 0 || this.#historyRuns;
    if (this.#recovery && !this.#recovery.admits(event)) {
      return;
    }
    // Until the server has taken the first subscription it sends all types.
    if (!this.#subscribed && this.#touched && !this.#subscriptions.wants(event.event_type)) {
      return;
    }
    if (typeof event.id === 'string') {
      if (!filling) {
        this.#position.advance(event.id);
      } else {
        this.#position.remember(event.id);
      }
    }
    this.emit(event.event_type, event);
    this.emit('message', event);
  }

  /** @param {any} message */
  #control(message) {
    if (this.#recovery?.onControl(message)) {
      return;
    }
    switch (message.type) {
      case 'welcome':
        this.#onWelcome(message);
        break;
      case 'subscribed':
      case 'unsubscribed':
        this.#subscribed = true;
        if (message.type === 'subscribed' && message.filters && 'since' in message.filters) {
          this.#historyAsked = Math.max(0, this.#historyAsked - 1);
          this.#historyRuns = true;
        }
        this.emit(message.type, message);
        break;
      case 'pong':
        this.emit('pong', { ...message, rtt_ms: this.#heartbeat.pong() });
        break;
      case 'replay_end':
        if (this.#historyRuns) {
          this.#historyRuns = false;
          this.#historyDone();
        }
        this.emit('replay_end', { ...message, resume: this.#resuming });
        this.#resuming = this.#resuming && this.#recovery !== null;
        break;
      case 'auth_expiring':
        this.emit('auth_expiring', message);
        void this.#renewExpiring();
        break;
      case 'error':
        if (message.request === 'debug') {
          this.#debugCalls.rejectFirst(String(message.message));
        } else if (message.request === 'subscribe' && message.code !== 'forbidden') {
          this.#historyAsked = Math.max(0, this.#historyAsked - 1);
        }
        this.emit('error', message);
        break;
      case 'debug':
        this.#debugCalls.onReply(message);
        this.emit('debug', message);
        break;
      default:
        if (typeof message.type === 'string') {
          this.emit(message.type, message); // gap, and what later servers may say
        }
    }
  }

  /** @param {any} message */
  #onWelcome(message) {
    const again = this.welcome !== null;
    const renewal = this.#welcomed && message.connection_id === this.#connectionId;
    this.welcome = message;
    this.#connectionId = message.connection_id;
    if (renewal) {
      this.emit('renewed', message);
      return;
    }
    this.#welcomed = true;
    this.#refreshed = false;
    this.reconnectAttempts = 0;
    if (this.#welcomeTimer !== null) {
      clearTimeout(this.#welcomeTimer);
      this.#welcomeTimer = null;
    }
    this.#restore(again);
    this.#position.id ??= this.options.since ? null : (message.head ?? null);
    this.startHeartbeat();
    this.#setState('open');
    this.emit('connected', { type: 'open', target: this.ws, welcome: message });
  }

  /** Brings the new connection to the subscriptions there are. @param {boolean} again */
  #restore(again) {
    const subscriptions = this.#subscriptions;
    if (!this.#touched) {
      this.#subscribed = true;
      return;
    }
    const excluded = [...subscriptions.excluded];
    if (subscriptions.implied) {
      if (excluded.length > 0) {
        this.#transmit({ type: 'unsubscribe', events: excluded });
      }
      return;
    }
    const groups = subscriptions.groups();
    if (again && this.options.resume && this.#position.id !== null) {
      this.#subscribed = true;
      this.#recovery = new Recovery({
        groups,
        excluded,
        since: this.#position.id,
        seen: this.#position.seen,
        send: (one) => this.#transmit(one),
        onDone: () => {
          this.#recovery = null;
          subscriptions.forgetSince();
          this.#historyDone();
        },
      });
      this.#recovery.begin();
      return;
    }
    if (groups.length === 0) {
      this.#transmit({ type: 'unsubscribe', events: ['*'] });
    }
    for (const group of groups) {
      this.#transmit(subscribeMessage(group.events, group.filters));
      this.#historyAsked += group.filters && 'since' in group.filters ? 1 : 0;
    }
    if (excluded.length > 0) {
      this.#transmit({ type: 'unsubscribe', events: excluded });
    }
  }

  #historyDone() {
    if (this.#recovery === null && this.#historyAsked === 0 && !this.#historyRuns) {
      this.#position.settle();
      this.#subscriptions.forgetSince();
    }
  }

  // --- what is sent -------------------------------------------------------------------------------------------------------------

  /**
   * Sends a message. Subscriptions may be sent at any time: those made before the connection is ready go out when it is, and
   * all are made again after a reconnect.
   * @param {any} message
   * @returns {boolean} whether it went out
   */
  send(message) {
    if (message?.type === 'subscribe' && Array.isArray(message.events)) {
      return this.#subscribe(fullNames(message.events), message.filters ?? null);
    }
    if (message?.type === 'unsubscribe' && Array.isArray(message.events)) {
      return this.#unsubscribe(fullNames(message.events));
    }
    if (this.#transmit(message)) {
      return true;
    }
    console.warn('Ringside: not connected, message not sent');
    return false;
  }

  /**
   * @param {string | string[]} eventTypes
   * @param {Record<string, any> | null} [filters]
   */
  subscribe(eventTypes, filters) {
    this.#subscribe(fullNames(eventTypes), filters ?? null);
  }

  /** @param {string | string[]} eventTypes */
  unsubscribe(eventTypes) {
    this.#unsubscribe(fullNames(eventTypes));
  }

  /** @param {string[]} events @param {Record<string, any> | null} filters */
  #subscribe(events, filters) {
    this.#touched = true;
    this.#subscriptions.subscribe(events, filters);
    if (!this.#welcomed) {
      return false;
    }
    this.#historyAsked += filters && 'since' in filters ? 1 : 0;
    return this.#transmit(subscribeMessage(events, filters));
  }

  /** @param {string[]} events */
  #unsubscribe(events) {
    this.#touched = true;
    this.#subscriptions.unsubscribe(events);
    return this.#welcomed && this.#transmit({ type: 'unsubscribe', events });
  }

  /**
   * A debug session: attach, pause, step, seek, resume, inspect, detach.
   * @param {string} action
   * @param {Record<string, any>} [parameters]
   * @returns {Promise<any>} the server's answer; rejected when it refuses
   */
  debug(action, parameters = {}) {
    const reply = this.#debugCalls.expect(action);
    if (!this.#transmit({ type: 'debug', action, ...parameters })) {
      this.#debugCalls.rejectAll('not connected');
    }
    return reply;
  }

  /**
   * Events as an async iterator; connects when there is no connection yet.
   * @param {import('./events_iterator.js').EventsOptions} [options]
   */
  events(options = {}) {
    return new EventsIterator(this, options);
  }

  startHeartbeat() {
    this.#heartbeat.options.interval = this.heartbeatInterval;
    this.#heartbeat.start();
  }

  stopHeartbeat() {
    this.#heartbeat.stop();
  }

  /** @param {object} message */
  #transmit(message) {
    if (!this.ws || this.ws.readyState !== kOpen) {
      return false;
    }
    this.ws.send(JSON.stringify(message));
    return true;
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
