// The one connection to the server, for all tabs of a browser: in a SharedWorker, or in the page where there is none. It has no
// access to documents. Tabs talk to it through ports; tabs.js has this side of them, link.js the other.
//
//   tab to hub   {do: 'hello', token, wants}  {do: 'token', token}  {do: 'want', what: 'metrics' | 'everything', on}
//                {do: 'retry'}  {do: 'signout'}  {do: 'ping'}  {do: 'bye'}
//   hub to tab   {tell: 'status', status}  {tell: 'counts', ...}  {tell: 'events', events, old}  {tell: 'gap', gap}
//                {tell: 'token', token}  {tell: 'reset'}  {tell: 'again'}: say hello again

import { ProvisioningWebSocket } from '../src/websocket.js';
import '../src/subscriber.js'; // with the page, not when it is first used: that is as soon as there is a connection
import { parseEventId } from '../src/event_id.js';
import { Backlog } from './backlog.js';
import { MetricThinner } from './metric_thinner.js';
import { SeenIds } from './seen_ids.js';
import { Tabs } from './tabs.js';

/** @typedef {import('./tabs.js').Tab} Tab */

export const kCore = ['TaskStatusChanged', 'BatchOperationUpdate', 'WorkflowProgressUpdate', 'SystemHealthUpdate', 'LogEntry'];
const kHistoryMs = 60 * 60 * 1000;
const kMetricHistoryMs = 30 * 60 * 1000;
const kEverythingHistoryMs = 10 * 60 * 1000;
const kFlushMs = 100;
const kChunk = 5000;

export class Hub {
  tabs = new Tabs((tab, request) => this.#onRequest(tab, request));
  /** @type {string | null} */
  token = null;
  backlog = new Backlog();
  #seen = new SeenIds();
  #thinner = new MetricThinner();
  /** @type {any[]} */
  #out = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #flushTimer;
  /** @type {Set<string>} */
  #subscribed = new Set();
  /** @type {Set<string>} */
  #denied = new Set();
  /** @type {((token: string) => void) | null} */
  #giveToken = null;
  /** @type {{from: number, at: string, seq: number} | null} */
  #catchUp = null;
  #isHistory = true; // until the first history has been read: what a later connection catches up on is news
  #withMetrics = false;
  #status = /** @type {any} */ ({});

  /** @param {string} base @param {any} [options] of the client, for tests */
  constructor(base, options = {}) {
    this.base = base;
    this.options = options;
    this.reset();
    setInterval(() => this.#every(), 1000)?.unref?.();
  }

  /** A connection of somebody else's: nothing of the last one may stay. */
  reset() {
    this.client?.disconnect();
    this.backlog.clear();
    this.#seen = new SeenIds();
    this.#thinner.clear();
    this.#subscribed.clear();
    this.#denied.clear();
    this.#withMetrics = false;
    this.#out = [];
    this.#giveToken = null;
    this.#catchUp = null;
    this.#isHistory = true;
    this.#status = { state: 'idle', reason: '', code: 0, retryAt: 0, tokenState: 'missing', welcome: null, skewMs: 0, lag: 0, rtt: 0, liveAt: 0, lastAt: '', lostAt: 0, catchUp: null, missed: 0, received: 0, denied: [] };
    const client = new ProvisioningWebSocket(this.base, null, {
      reconnectInterval: 1000, maxReconnectInterval: 15_000, heartbeatInterval: 5000, heartbeatTimeout: 8000, query: { batch_size: 200 },
      refreshToken: (why) => this.#askForToken(why),
      ...this.options,
    });
    this.client = client;
    const mine = (/** @type {(data: any) => void} */ handler) => (/** @type {any} */ data) => this.client === client && handler(data);
    client.on('state', mine((change) => this.#onState(change)));
    client.on('connected', mine(({ welcome }) => this.#onConnected(welcome)));
    client.on('renewed', mine((welcome) => this.#onRenewed(welcome)));
    client.on('message', mine((event) => this.#onEvent(event)));
    client.on('pong', mine((pong) => this.#tell({ lag: pong.lag_ms, rtt: pong.rtt_ms || this.#status.rtt })));
    client.on('gap', mine((gap) => this.#onGap(gap.reason, gap.missed)));
    client.on('replay_end', mine((end) => this.#onReplayEnd(end)));
    client.on('subscribed', mine(() => this.#showCatchUp()));
    client.on('error', mine((error) => this.#onError(error)));
  }

  /** @param {Tab} tab @param {any} request */
  #onRequest(tab, request) {
    switch (request.do) {
      case 'hello':
        this.#onHello(tab, request);
        break;
      case 'token':
        this.start(request.token);
        break;
      case 'want':
        this.#onWant(tab, request.what, request.on);
        break;
      case 'retry':
        this.client?.connect();
        break;
      case 'signout':
        this.token = null;
        this.reset();
        this.tabs.tell({ tell: 'token', token: null });
        this.#tell({ tokenState: 'signed-out' });
        break;
      case 'bye':
        this.#onFewerTabs();
        break;
    }
  }

  /** @param {Tab} tab @param {{token: string | null, wants?: string[]}} hello token: of the tab's address or storage */
  #onHello(tab, { token, wants = [] }) {
    if (token && token !== this.token) {
      this.start(token);
    }
    tab.port.postMessage({ tell: 'token', token: this.token });
    tab.port.postMessage({ tell: 'status', status: { ...this.#status, now: this.serverNow() } });
    this.#flush();
    this.#sendBacklog(tab, (type) => type !== 'MetricUpdate');
    tab.ready = true;
    wants.forEach((what) => this.#onWant(tab, what, true));
  }

  /** @param {Tab} tab @param {(type: string) => boolean} wants */
  #sendBacklog(tab, wants) {
    const events = this.backlog.events(wants);
    for (let at = 0; at < events.length; at += kChunk) {
      tab.port.postMessage({ tell: 'events', events: events.slice(at, at + kChunk), old: true });
    }
  }

  /** @param {string} token */
  start(token) {
    const before = this.token;
    this.token = token;
    this.#tell({ tokenState: 'ok' });
    this.tabs.tell({ tell: 'token', token });
    if (before !== null && userOf(before) !== userOf(token)) {
      this.reset(); // what another user was shown is not for this one
      this.tabs.tell({ tell: 'reset' });
    }
    if (this.#giveToken) {
      const give = this.#giveToken;
      this.#giveToken = null;
      give(token);
    }
    this.client?.renewToken(token);
  }

  /** Answered when a person has given one; every tab asks. @param {string} why @returns {Promise<string>} */
  #askForToken(why) {
    return new Promise((resolve) => {
      this.#giveToken = resolve;
      this.#tell({ tokenState: why });
    });
  }

  /** @param {any} change */
  #onState({ state, retryAt = 0, reason = '', code = 0 }) {
    if (state === 'open') {
      return; // told by #onConnected(), together with the history that is to come: until then it would look live
    }
    const lost = state !== 'open' && this.#status.state === 'open';
    // While it tries again, why it has to is still true.
    const why = state === 'connecting' ? {} : { reason, code };
    this.#tell({ state, retryAt, ...why, ...(lost ? { lostAt: this.serverNow() } : {}) });
    if (state === 'stopped' && (code === 1008 || code === 4001)) {
      this.#tell({ tokenState: 'refused' }); // the new token was refused too: ask again
    }
  }

  /** @param {any} welcome */
  #onConnected(welcome) {
    this.#catchUp = null;
    this.#status = { ...this.#status, ...this.#facts(welcome), state: 'open', tokenState: 'ok', retryAt: 0, lostAt: 0, reason: '', code: 0 };
    if (this.#subscribed.size === 0) {
      this.#subscribe('core', kCore, kHistoryMs);
    }
    this.#followWants();
    this.client?.send({ type: 'ping' });
    this.#tell({ catchUp: this.client?.isCatchingUp ? { at: '', percent: 0 } : null });
  }

  /** The token may allow more, or less, than the one before. @param {any} welcome */
  #onRenewed(welcome) {
    const denied = [...this.#denied];
    this.#denied.clear();
    this.#tell({ ...this.#facts(welcome), tokenState: 'ok' });
    if (denied.length > 0) {
      this.client?.subscribe(denied, { since: this.#ago(kHistoryMs) });
    }
  }

  /** @param {any} welcome */
  #facts(welcome) {
    const skewMs = welcome.time ? Date.parse(welcome.time) - Date.now() : 0;
    const narrowed = Array.isArray(welcome.events) && !welcome.events.includes('*') ? [...kCore, 'MetricUpdate'].filter((name) => !welcome.events.includes(name)) : [];
    narrowed.forEach((name) => this.#denied.add(name));
    return { welcome, skewMs, denied: [...this.#denied] };
  }

  serverNow() {
    return Date.now() + this.#status.skewMs;
  }

  /** @param {number} ms */
  #ago(ms) {
    return new Date(this.serverNow() - ms).toISOString();
  }

  /** @param {string} what @param {string[]} types @param {number} ms of history */
  #subscribe(what, types, ms) {
    this.#subscribed.add(what);
    this.client?.subscribe(types, { since: this.#ago(ms) });
  }

  /** @param {Tab} tab @param {string} what @param {boolean} on */
  #onWant(tab, what, on) {
    if (on === tab.wants.has(what)) {
      return;
    }
    if (on) {
      tab.wants.add(what);
      if (this.#subscribed.has(what) && what === 'metrics') {
        this.#sendBacklog(tab, (type) => type === 'MetricUpdate');
      }
    } else {
      tab.wants.delete(what);
    }
    this.#followWants();
  }

  /** Without tabs no connection is needed; the next tab sends its token. */
  #onFewerTabs() {
    if (this.tabs.size === 0) {
      this.token = null;
      this.reset();
    } else {
      this.#followWants();
    }
  }

  #followWants() {
    if (this.#status.state !== 'open') {
      return;
    }
    const wants = (/** @type {string} */ what) => this.tabs.want(what);
    if (wants('everything') && !this.#subscribed.has('everything')) {
      this.#subscribe('everything', ['*'], kEverythingHistoryMs);
      this.#withMetrics = true;
    }
    if (wants('metrics') && !this.#subscribed.has('metrics')) {
      this.#subscribe('metrics', ['MetricUpdate'], kMetricHistoryMs);
      this.#withMetrics = true;
    } else if (this.#withMetrics && !wants('metrics') && !wants('everything')) {
      this.#withMetrics = false;
      this.#subscribed.delete('metrics');
      this.backlog.forget('MetricUpdate');
      this.client?.unsubscribe(['MetricUpdate']);
    } else if (wants('everything') && !this.#withMetrics) {
      this.#withMetrics = true;
      this.client?.subscribe(['MetricUpdate']);
    }
  }

  /** @param {any} event */
  #onEvent(event) {
    if (this.client?.isCatchingUp) { // events that another subscription has brought already count, too
      this.#catchUp ??= { from: parseEventId(event.id)?.seq ?? 0, at: '', seq: 0 };
      this.#catchUp.at = event.timestamp;
      this.#catchUp.seq = parseEventId(event.id)?.seq ?? 0;
    }
    if (!this.#seen.add(event.id)) {
      return;
    }
    this.#status.received++;
    this.#status.lastAt = event.timestamp;
    if (event.event_type !== 'MetricUpdate' || this.#thinner.admits(event)) {
      this.#pass(event);
    }
  }

  /** @param {any} event */
  #pass(event) {
    this.backlog.push(event);
    this.#out.push(event);
    this.#flushTimer ??= setTimeout(() => this.#flush(), kFlushMs);
    if (this.#out.length >= kChunk) {
      this.#flush();
    }
  }

  #flush() {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const events = this.#out;
    this.#out = [];
    if (events.length > 0) {
      const others = events.filter((event) => event.event_type !== 'MetricUpdate');
      for (const tab of this.tabs.ready) {
        tab.port.postMessage({ tell: 'events', events: tab.wants.has('metrics') || tab.wants.has('everything') ? events : others, old: this.#isHistory });
      }
    }
  }

  /** @param {string} reason @param {number | null} missed null: nobody knows how many */
  #onGap(reason, missed) {
    this.#flush();
    this.tabs.tell({ tell: 'gap', gap: { time: this.serverNow(), reason, missed } });
    this.#tell({ missed: this.#status.missed + (missed ?? 1) }); // at least, where nobody knows how many
  }

  /** @param {any} end */
  #onReplayEnd(end) {
    this.#flush();
    this.#catchUp = null;
    // Other history is asked for from a time: that it does not reach back so far is no loss.
    if (end.resume && !end.recovered) {
      this.#onGap('history', end.missed);
    }
    this.#showCatchUp();
  }

  #showCatchUp() {
    const on = this.client?.isCatchingUp ?? false;
    this.#isHistory &&= on;
    const head = parseEventId(this.#status.welcome?.head)?.seq ?? 0;
    const { from = 0, at = '', seq = 0 } = /** @type {any} */ (this.#catchUp ?? {});
    const percent = head > from ? Math.max(0, Math.min(100, Math.round(((seq - from) / (head - from)) * 100))) : 0;
    const before = this.#status.catchUp;
    if (on || before) {
      this.#tell({ catchUp: on ? { at, percent } : null });
    }
  }

  /** @param {any} error */
  #onError(error) {
    if (error.code === 'forbidden') {
      const type = error.event ?? (error.events?.length === 1 ? error.events[0] : null);
      if (type) {
        this.#denied.add(type);
        this.#tell({ denied: [...this.#denied] });
      }
    } else if (error.code === 'unauthenticated' && error.request === 'auth' && this.token) {
      // A live connection takes a token of the same user only; another one needs a new connection.
      this.reset();
      this.tabs.tell({ tell: 'reset' });
      this.client?.renewToken(this.token);
    }
  }

  #every() {
    if (this.#catchUp) {
      this.#showCatchUp();
    }
    this.#thinner.due(this.serverNow()).forEach((event) => this.#pass(event));
    if (this.tabs.dropSilent()) {
      this.#onFewerTabs();
    }
    this.tabs.tell({ tell: 'counts', now: this.serverNow(), received: this.#status.received, missed: this.#status.missed, lastAt: this.#status.lastAt });
  }

  /** @param {any} change */
  #tell(change) {
    this.#status = { ...this.#status, ...change, now: this.serverNow() };
    this.tabs.tell({ tell: 'status', status: this.#status });
  }
}

/** Whom a token names, without a look at its signature: the server does that. @param {string} token */
function userOf(token) {
  try {
    const claims = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return String(JSON.parse(atob(claims)).sub);
  } catch {
    return token;
  }
}
