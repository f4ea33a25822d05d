// ProvisioningWebSocket: the documented client, with the same constructor, options, methods, properties and events. The lasting
// connection is in connection.js, resuming in history.js. own_events.js lists the events. What not every page needs is loaded when
// it is first used: subscriptions by messages (subscriber.js), iterators, streams.
//
// Nothing is lost or doubled over a reconnect as long as the server's history reaches back; if it does not, `replay_end` says
// recovered: false and how many may be missing.

import { addressOf } from './address.js';
import { Connection } from './connection.js';
import { DebugCalls } from './debug_calls.js';
import { Emitter } from './emitter.js';
import { iterate } from './iterate.js';
import { fullNames } from './event_names.js';
import { fitInQuery } from './filters.js';
import { History } from './history.js';
import { kDefaultOptions } from './options.js';
import { kHandedOn, kOwnEvents } from './own_events.js';
import { messageOf } from './tokens.js';

/** @typedef {import('./options.js').Options} Options */
/** @typedef {import('./own_events.js').State} State */

export class ProvisioningWebSocket extends Emitter {
  #connection;
  #history = new History();
  /** @type {import('./subscriber.js').Subscriber | null} loaded for the first request */
  #subscriber = null;
  /** @type {import('./subscriber.js').Asked[]} requests made before that */
  #early = [];
  /** @type {Promise<void> | undefined} */
  #loading;
  /** @type {DebugCalls | undefined} */
  #debugCalls;
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
    this.heartbeatInterval = this.options.heartbeatInterval ||= kDefaultOptions.heartbeatInterval;
    /** @type {any} the server's last welcome: user, roles, events, limits, epoch, head */
    this.welcome = null;
    const client = this;
    let turn = 0;
    this.#connection = new Connection(this.options, {
      emit: (name, data) => this.emit(name, data),
      addressOf: (base, shown) => this.#address(base, shown),
      onText: (text) => this.#receive(text),
      onLost: () => this.#subscriber?.onLost(),
      prepare: () => this.#prepare(),
      get baseUrl() {
        const { baseUrl } = client;
        return Array.isArray(baseUrl) ? () => baseUrl[turn++ % baseUrl.length] : baseUrl;
      },
      get token() { return client.token; },
      set token(given) { client.token = given; },
    }, this.options.refreshToken ?? (typeof token === 'function' ? token : undefined));
    const { filters } = this.options;
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
    return this.#history.isFilling || this.#early.some(({ filters }) => filters?.since);
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
    const { tail, ...rest } = options.query ?? {};
    const subscriber = this.#subscriber;
    const inUrl = !subscriber || subscriber.isImplied;
    const resume = again && options.resume ? this.#history.id : null;
    this.#history.onDial(resume !== null);
    return addressOf(base, options.path, {
      ...shown,
      events: subscriber ? undefined : options.events,
      filters: inUrl ? options.filters : undefined,
      since: again ? (inUrl ? resume : null) : subscriber && this.#connection.bare ? null : options.since,
      query: again || tail === undefined ? rest : { ...rest, tail },
    });
  }

  /** Says in a message what the URL would say otherwise. */
  #inMessages() {
    const { events, filters, since } = this.options;
    if (!this.#subscriber && this.#early.length === 0 && (events || filters || since)) {
      const first = since && this.#connection.bare && this.welcome === null ? { since } : {};
      this.#early.push({ type: 'preset', events: events ? fullNames(events) : ['*'], filters: filters || since ? { ...filters, ...first } : null });
    }
  }

  /** Before a connection is made. @returns {Promise<void> | undefined} what it has to wait for */
  #prepare() {
    if (this.#connection.bare) {
      this.#inMessages(); // the server refuses the URL, and can say why in answer to a message
    }
    return this.#early.length > 0 ? this.#load() : undefined;
  }

  /** Loads what makes requests in messages, and hands over those that wait for it. */
  #load() {
    this.#loading ??= import('./subscriber.js').then(
      ({ Subscriber }) => {
        const { events, filters, resume } = this.options;
        const subscriber = new Subscriber({ history: this.#history, send: (message) => this.#connection.send(message), resume });
        this.#subscriber = subscriber;
        if (events) {
          subscriber.ask({ type: 'preset', events: fullNames(events), filters });
        }
        for (const asked of this.#early.splice(0)) {
          subscriber.ask(asked);
        }
        if (this.#connection.welcomed) {
          subscriber.begin();
        }
      },
      (error) => {
        this.#loading = undefined; // it is tried again with the next request, and before the next connection
        throw error;
      },
    );
    return this.#loading;
  }

  /** @param {'subscribe' | 'unsubscribe'} type @param {string | string[]} names @param {Record<string, any> | null} [filters] */
  #ask(type, names, filters) {
    const asked = { type, events: fullNames(names), filters };
    if (this.#subscriber) {
      return this.#subscriber.ask(asked);
    }
    this.#early.push(asked);
    this.#load().catch((error) => this.emit('error', { type: 'error', code: 'not_loaded', message: messageOf(error), request: type, events: asked.events, filters }));
    return false;
  }

  /** Until the server has taken the first subscription it sends all types. @param {string} name */
  #wants(name) {
    const early = this.#early.filter((one) => one.type === 'subscribe');
    if (this.#subscriber || early.length === 0) {
      return this.#subscriber?.wants(name) ?? true;
    }
    const names = [...early.flatMap((one) => one.events), ...fullNames(this.options.events ?? [])];
    return names.includes(name) || names.includes('*');
  }

  /** @param {any} data */
  #receive(data) {
    let message;
    try {
      message = JSON.parse(`${data}`);
    } catch (error) {
      console.error('Ringside: a message that is not JSON:', error);
      return;
    }
    this.handleMessage(message);
  }

  /** @param {any} message */
  handleMessage(message) {
    if (typeof message?.event_type === 'string') {
      this.#event(message);
    } else if (message?.type === 'batch' && Array.isArray(message.events)) {
      for (const event of message.events) {
        this.handleMessage(event);
      }
    } else if (message && typeof message === 'object') {
      this.#control(message);
    }
  }

  /** @param {any} event */
  #event(event) {
    const name = event.event_type;
    if (this.#history.admits(event, this.#wants(name))) {
      if (!kOwnEvents.has(name)) {
        this.emit(name, event);
      }
      this.#types.emit(name, event);
      this.emit('message', event);
    }
  }

  /** @param {any} message */
  #control(message) {
    const { type } = message;
    if (type === 'error') {
      this.#onError(message);
    } else if (this.#history.onControl(message)) {
      return;
    } else if (type === 'welcome') {
      this.#onWelcome(message);
    } else {
      this.#handOn(type, message);
    }
  }

  /** @param {string} type @param {any} message */
  #handOn(type, message) {
    if (type === 'subscribed' || type === 'unsubscribed') {
      this.#subscriber?.onAnswer(message);
    } else if (type === 'pong') {
      message.rtt_ms = this.#connection.heartbeat.pong();
    } else if (type === 'replay_end') {
      message.resume = this.#history.onReplayEnd();
    }
    this.emit(kHandedOn.includes(type) ? type : 'control', message);
    if (type === 'auth_expiring') {
      void this.#connection.onExpiring();
    } else if (message.code === 'cluster_cut' && Array.isArray(this.baseUrl) && this.baseUrl[1] && this.options.reconnect) {
      this.#connection.abandon('its node is cut off from the cluster');
    }
  }

  /** @param {any} message */
  #onError(message) {
    const { request, code } = message;
    let refused;
    if (!this.#history.onControl(message) && (request === 'subscribe' || request === 'unsubscribe' || (code === 'rate_limited' && !request))) {
      refused = this.#subscriber?.onAnswer(message);
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
    this.#subscriber?.restore(again);
    this.#history.begin(this.options.since ? null : (message.head ?? null));
    this.startHeartbeat();
    this.#connection.onWelcome();
    this.emit('connected', { type: 'open', target: this.ws, welcome: message, transport: this.transport });
  }

  /**
   * Sends a message. Subscriptions can be sent at any time: those made before the connection is ready are sent when it is, and all
   * are sent again after a reconnect.
   * @param {any} message
   * @returns {boolean} whether it went out
   */
  send(message) {
    const { type, events, filters } = message ?? {};
    if ((type === 'subscribe' || type === 'unsubscribe') && Array.isArray(events)) {
      return this.#ask(type, events, filters);
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
    this.#ask('subscribe', eventTypes, filters);
  }

  /**
   * Ends the subscription to these types.
   * @param {string | string[]} eventTypes
   */
  unsubscribe(eventTypes) {
    this.#ask('unsubscribe', eventTypes);
  }

  /**
   * Sends an action of a debug session: attach, pause, step, seek, resume, inspect, detach.
   * @param {string} action
   * @param {Record<string, any>} [parameters]
   * @returns {Promise<any>} the server's answer; rejected if the server refuses
   */
  debug(action, parameters = {}) {
    this.#debugCalls ??= new DebugCalls(this);
    return this.#debugCalls.call(action, parameters);
  }

  /**
   * Events as an async iterator; connects when there is no connection yet.
   * @param {import('./events_iterator.js').EventsOptions} [options]
   */
  events(options = {}) {
    return iterate(this, options);
  }

  startHeartbeat() {
    this.#connection.heartbeat.start(this.heartbeatInterval);
  }

  stopHeartbeat() {
    this.#connection.heartbeat.stop();
  }
}
