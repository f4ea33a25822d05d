// The dashboard's connections: `events` for tasks, batches, workflows and health; `metrics`, at most one value of a series a
// second; `logs`, with filters of its own, which is why it is a connection of its own. Each opens when something wants it.
//
// Tells: "token" {state: 'missing' | 'expiring' | 'refused' | 'ok'}, "stream" at each change of one, "denied" {type}.

import { Emitter } from '../src/emitter.js';
import { ProvisioningWebSocket } from '../src/websocket.js';

const kHeartbeatMs = 5000;
const kHistoryMs = 60 * 60 * 1000;

/**
 * @typedef {Object} Stream
 * @property {string} name
 * @property {ProvisioningWebSocket} client
 * @property {string} state
 * @property {number} lag
 * @property {number} rtt
 * @property {number} retryAt
 * @property {string} reason
 */

export class Streams extends Emitter {
  constructor() {
    super();
    /** @type {string | null} */
    this.token = null;
    /** @type {Map<string, Stream>} */
    this.all = new Map();
    /** @type {Set<string>} types that the token's role may not see */
    this.denied = new Set();
    /** @type {{time: number, stream: string, reason: string, missed: number}[]} */
    this.gaps = [];
    this.missed = 0;
    this.received = 0;
    /** @type {((token: string) => void)[]} */
    this.waitingForToken = [];
    const base = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
    this.events = this.make('events', base, {});
    this.metrics = this.make('metrics', base, { path: '/metrics', resume: false, query: { interval: 1000, batch_size: 500 } });
    this.logs = this.make('logs', base, { path: '/logs', query: { batch_size: 500 } });
    this.base = base;
    this.events.subscribe(['task', 'batch', 'workflow', 'system'], { since: new Date(Date.now() - kHistoryMs).toISOString() });
  }

  /** @param {string} name @param {string} base @param {any} options */
  make(name, base, options) {
    const client = new ProvisioningWebSocket(base, null, {
      auth: 'message',
      reconnectInterval: 1000,
      maxReconnectInterval: 15000,
      maxReconnectAttempts: Infinity,
      heartbeatInterval: kHeartbeatMs,
      heartbeatTimeout: 8000,
      refreshToken: (why) => this.askForToken(why),
      ...options,
    });
    /** @type {Stream} */
    const stream = { name, client, state: 'idle', lag: 0, rtt: 0, retryAt: 0, reason: '' };
    this.all.set(name, stream);
    client.on('state', (change) => {
      stream.state = change.state;
      stream.retryAt = change.retryAt ?? 0;
      stream.reason = change.reason ?? '';
      this.emit('stream', stream);
    });
    client.on('connected', () => {
      this.emit('token', { state: 'ok' });
      client.ws?.send('{"type":"ping"}');
    });
    client.on('renewed', () => {
      this.emit('token', { state: 'ok' });
      if (name === 'events') {
        client.subscribe('system'); // the new token may allow what the old one did not
      }
    });
    client.on('pong', (pong) => {
      stream.lag = pong.lag_ms;
      stream.rtt = pong.rtt_ms || stream.rtt;
      this.emit('stream', stream);
    });
    client.on('message', () => {
      this.received++;
    });
    client.on('gap', (gap) => this.noteGap(stream, gap.reason, gap.missed));
    client.on('replay_end', (end) => {
      // Other history is asked for from a time: that it does not reach back so far is no loss.
      if (end.resume && !end.recovered) {
        this.noteGap(stream, 'history', end.missed);
      }
    });
    client.on('error', (error) => {
      if (error.code === 'forbidden') {
        const type = /\b(?:see|receive) (\S+?)\.?$/.exec(String(error.message))?.[1];
        if (type) {
          this.denied.add(type);
          this.emit('denied', { type });
        }
      } else if (error.code === 'unauthenticated') {
        // A live connection takes a token of the same user only; another one needs a new connection.
        client.disconnect();
        client.connect();
      }
    });
    return client;
  }

  /** @param {Stream} stream @param {string} reason @param {number} missed */
  noteGap(stream, reason, missed) {
    this.missed += missed;
    this.gaps.unshift({ time: Date.now(), stream: stream.name, reason, missed });
    this.gaps.length = Math.min(this.gaps.length, 20);
    this.emit('stream', stream);
  }

  /** @param {string} token */
  start(token) {
    this.token = token;
    this.denied.clear();
    for (const resolve of this.waitingForToken.splice(0)) {
      resolve(token);
    }
    for (const { client, state } of this.all.values()) {
      client.token = token;
      if (state === 'open') {
        client.renewToken(token);
      }
    }
    this.emit('token', { state: 'ok' });
    this.want('events');
  }

  /** Connects a stream, as soon as there is a token. @param {string} name */
  want(name) {
    const stream = this.all.get(name);
    if (stream && this.token) {
      stream.client.token = this.token;
      stream.client.connect();
    }
  }

  /** What a client asks when its token ends or is refused: answered when the person has given a new one. @param {string} why @returns {Promise<string>} */
  askForToken(why) {
    return new Promise((resolve) => {
      this.waitingForToken.push(resolve);
      this.emit('token', { state: why });
    });
  }
}

export const streams = new Streams();
