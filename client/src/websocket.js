// ProvisioningWebSocket: the documented client, with the same constructor, options, methods, properties and events. The lasting
// connection is in connection.js, resuming in history.js, subscriptions in subscriber.js. own_events.js lists the events.
//
// Nothing is lost or doubled over a reconnect as long as the server's history reaches back; if it does not, `replay_end` says
// recovered: false and how many may be missing.

import { addressOf } from './address.js';
import { takeTurns } from './turns.js';
import { Connection } from './connection.js';
import { DebugCalls } from './debug_calls.js';
import { Emitter } from './emitter.js';
import { EventsIterator } from './events_iterator.js';
import { fullNames } from './event_names.js';
import { fitInQuery } from './filters.js';
import { History } from './history.js';
import { kDefaultOptions } from './options.js';
import { kOwnEvents } from './own_events.js';
import { Subscriber } from './subscriber.js';

/** @typedef {import('./options.js').Options} Options */
/** @typedef {import('./own_events.js').State} State */

export class ProvisioningWebSocket extends Emitter {
  #connection;
  #history = new History(() => this.#subscriber.onHistoryDone());
  #subscriber;
  #debugCalls = new DebugCalls();
  #types = new Emitter();
  #connectionId = '';

  /**
   * @param {string | string[] | (() => string | Promise<string>)} baseUrl  "ws://localhost:9090"; of a list, each attempt to connect takes the
   *     next one; a function is asked before each connection
   * @param {string | null | import('./options.js').TokenSource} token  a function is asked before each connection, and for renewals
   * @param {Partial<Options>} [options]
   */
  constructor(baseUrl, token, options = {}) {
    super();
    this.baseUrl = baseUrl;
    /** @type {any} the token, or what gives it until there is one */
    this.token = token;
    /** @type {Options} */
    this.options = { ...kDefaultOptions, ...options };
    this.heartbeatInterval = this.options.heartbeatInterval || kDefaultOptions.heartbeatInterval;
    this.options.heartbeatInterval = this.heartbeatInterval;
    /** @type {any} the server's last welcome: user, roles, events, limits, epoch, head */
    this.welcome = null;
    const client = this;
    this.#connection = new Connection(this.options, {
      emit: (name, data) => this.emit(name, data),
      addressOf: (base, shown) => this.#address(base, shown),
      onText: (text) => this.#receive(text),
      onLost: (reason) => this.#onLost(reason),
      get baseUrl() { return Array.isArray(client.baseUrl) ? takeTurns(client.baseUrl) : client.baseUrl; },
      get token() { return client.token; },
      set token(given) { client.token = given; },
    }, this.options.refreshToken ?? (typeof token === 'function' ? token : undefined));
    this.#subscriber = new Subscriber({ history: this.#history, send: (message) => this.#connection.send(message), resume: this.options.resume });
    const { events, filters } = this.options;
    if (events) {
      this.#subscriber.preset(fullNames(events), filters ?? null);
    }
    if (filters && !fitInQuery(filters)) {
      this.#inMessages(); // the URL has no form for them
    }
  }

  /** @returns {WebSocket | null} */
  get ws() {
    return this.#connection.socket;
  }

  /** @returns {State} */
  get state() {
    return this.#connection.state;
  }

  /** How events come, or will come: by a WebSocket, or by a stream over plain HTTP. @returns {'websocket' | 'event-stream'} */
  get transport() {
    return this.#connection.transport;
  }

  get reconnectAttempts() {
    return this.#connection.reconnectAttempts;
  }

  /** @returns {ReturnType<typeof setInterval> | null} */
  get heartbeatTimer() {
    return this.#connection.heartbeat.timer;
  }

  /** The id of the last event received, after which a new connection continues. @returns {string | null} */
  get lastEventId() {
    return this.#history.id;
  }

  /** Whether history is being received. @returns {boolean} */
  get isCatchingUp() {
    return this.#history.isFilling;
  }

  /** Connects. Does nothing if there is a connection already, or one is being made. */
  connect() {
    this.#connection.connect();
  }

  /** Closes the connection and does not reconnect. */
  disconnect() {
    this.#connection.disconnect();
  }

  /**
   * Sets a new token of the same user and, if there is a connection, sends it.
   * @param {string} token
   */
  renewToken(token) {
    this.#connection.renew(token);
  }

  /**
   * Calls the handler for each event of that type, also if the type has the name of one of the client's own events.
   * @template {string} Name
   * @param {Name} eventType
   * @param {(event: Name extends keyof import('./own_events.js').CoreEvents ? import('./own_events.js').CoreEvents[Name] : import('./own_events.js').CustomEvent) => void} handler
   * @returns {() => void} a function that removes the handler
   */
  onEvent(eventType, handler) {
    return this.#types.on(eventType, /** @type {any} */ (handler));
  }

  /** @param {string} base @param {{token?: string, ticket?: string}} shown */
  #address(base, shown) {
    const { options } = this;
    const again = this.welcome !== null;
    if (this.#connection.bare) {
      this.#inMessages(); // the server refuses the URL, and can say why in answer to a message
    }
    const { tail, ...rest } = options.query ?? {};
    const { isTouched, isImplied } = this.#subscriber;
    const inUrl = !isTouched || isImplied;
    const resume = again && options.resume ? this.#history.id : null;
    this.#history.onDial(resume !== null);
    return addressOf(base, options.path, {
      ...shown,
      events: isTouched ? undefined : options.events,
      filters: inUrl ? options.filters : undefined,
      since: again ? (inUrl ? resume : null) : isTouched && this.#connection.bare ? null : options.since,
      query: again || tail === undefined ? rest : { ...rest, tail },
    });
  }

  #inMessages() {
    const { events, filters, since } = this.options;
    if (!this.#subscriber.isTouched && (events || filters || since)) {
      const first = since && this.#connection.bare && this.welcome === null ? { since } : {};
      this.#subscriber.preset(events ? fullNames(events) : ['*'], filters || since ? { ...filters, ...first } : null);
      this.#subscriber.touch();
    }
  }

  /** @param {any} data */
  #receive(data) {
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
    if (typeof message.event_type === 'string') {
      this.#event(message);
    } else if (message.type === 'batch' && Array.isArray(message.events)) {
      for (const event of message.events) {
        this.handleMessage(event);
      }
    } else {
      this.#control(message);
    }
  }

  /** @param {any} event */
  #event(event) {
    const name = event.event_type;
    if (this.#history.admits(event, this.#subscriber.wants(name))) {
      if (!kOwnEvents.has(name)) {
        this.emit(name, event);
      }
      this.#types.emit(name, event);
      this.emit('message', event);
    }
  }

  /** @param {any} message */
  #control(message) {
    if (message.type === 'error') {
      this.#onError(message);
    } else if (this.#history.onControl(message)) {
      return;
    } else if (message.type === 'welcome') {
      this.#onWelcome(message);
    } else if (message.type === 'subscribed' || message.type === 'unsubscribed') {
      this.#subscriber.onAnswer(message);
      this.emit(message.type, message);
    } else if (message.type === 'pong') {
      this.emit('pong', { ...message, rtt_ms: this.#connection.heartbeat.pong() });
    } else if (message.type === 'replay_end') {
      this.emit('replay_end', this.#history.onReplayEnd(message));
    } else if (message.type === 'auth_expiring') {
      this.emit('auth_expiring', message);
      void this.#connection.onExpiring();
    } else if (message.type === 'notice') {
      this.emit('notice', message);
      if (message.code === 'cluster_cut' && Array.isArray(this.baseUrl) && this.baseUrl.length > 1 && this.options.reconnect) {
        this.#connection.abandon('its node is cut off from the cluster');
      }
    } else if (message.type === 'debug') {
      this.#debugCalls.onReply(message);
      this.emit('debug', message);
    } else {
      this.emit(message.type === 'gap' ? 'gap' : 'control', message);
    }
  }

  /** @param {any} message */
  #onError(message) {
    const { request, code } = message;
    let refused;
    if (request === 'debug') {
      this.#debugCalls.rejectFirst(String(message.message));
    } else if (!this.#history.onControl(message) && (request === 'subscribe' || request === 'unsubscribe' || (code === 'rate_limited' && !request))) {
      refused = this.#subscriber.onAnswer(message);
    }
    this.#connection.log(`the server refused ${request ?? 'a message'}: ${code}`);
    this.emit('error', refused ? { ...message, events: refused.events, filters: refused.filters } : message);
  }

  /** @param {any} message */
  #onWelcome(message) {
    const again = this.welcome !== null;
    const renewal = this.#connection.welcomed && message.connection_id === this.#connectionId;
    this.welcome = message;
    this.#connectionId = message.connection_id;
    if (renewal) {
      this.emit('renewed', message);
      return;
    }
    this.#connection.welcomed = true;
    this.#subscriber.restore(again);
    this.#history.begin(this.options.since ? null : (message.head ?? null));
    this.startHeartbeat();
    this.#connection.onWelcome();
    this.emit('connected', { type: 'open', target: this.ws, welcome: message, transport: this.transport });
  }

  /** @param {string} reason */
  #onLost(reason) {
    this.#history.onLost();
    this.#subscriber.onLost();
    this.#debugCalls.rejectAll(reason);
  }

  /**
   * Sends a message. Subscriptions can be sent at any time: those made before the connection is ready are sent when it is, and all
   * are sent again after a reconnect.
   * @param {any} message
   * @returns {boolean} whether it went out
   */
  send(message) {
    if (message?.type === 'subscribe' && Array.isArray(message.events)) {
      return this.#subscriber.subscribe(fullNames(message.events), message.filters ?? null);
    }
    if (message?.type === 'unsubscribe' && Array.isArray(message.events)) {
      return this.#subscriber.unsubscribe(fullNames(message.events));
    }
    if (this.#connection.send(message)) {
      return true;
    }
    console.warn('Ringside: not connected, message not sent');
    return false;
  }

  /**
   * Subscribes, which takes effect with the server's answer (the event "subscribed"). A refused subscription changes nothing, and is
   * reported as "error" with its `events` and `filters`.
   * @param {string | string[]} eventTypes
   * @param {Record<string, any> | null} [filters]
   */
  subscribe(eventTypes, filters) {
    this.#subscriber.subscribe(fullNames(eventTypes), filters ?? null);
  }

  /**
   * Ends the subscription to these types.
   * @param {string | string[]} eventTypes
   */
  unsubscribe(eventTypes) {
    this.#subscriber.unsubscribe(fullNames(eventTypes));
  }

  /**
   * Sends an action of a debug session: attach, pause, step, seek, resume, inspect, detach.
   * @param {string} action
   * @param {Record<string, any>} [parameters]
   * @returns {Promise<any>} the server's answer; rejected if the server refuses
   */
  debug(action, parameters = {}) {
    const reply = this.#debugCalls.expect(action);
    if (!this.#connection.send({ type: 'debug', action, ...parameters })) {
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
    this.#connection.heartbeat.start(this.heartbeatInterval);
  }

  stopHeartbeat() {
    this.#connection.heartbeat.stop();
  }
}
