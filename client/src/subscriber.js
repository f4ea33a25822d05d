// Keeps the server's idea of the subscriptions and ours the same. A subscription counts when the server has taken it: one that
// it refuses is dropped, and those there were before stay, on a new connection too. Requests go out in order; one with history
// waits while the replay of other types runs, which it would cut off.

import { Filling } from './filling.js';
import { subscribeMessage, Subscriptions } from './subscriptions.js';

/**
 * What is asked for; "preset": what the options say, without an answer.
 * @typedef {{type: 'preset' | 'subscribe' | 'unsubscribe', events: string[], filters?: Record<string, any> | null}} Asked
 *
 * `restores`: says again what the server had taken on an earlier connection.
 * @typedef {{type: 'subscribe' | 'unsubscribe', events: string[], filters: Record<string, any> | null, sent: boolean, denied: number, restores?: boolean}} Request
 */

export class Subscriber {
  /** What the server has taken. */
  #taken = new Subscriptions();
  /** @type {Request[]} not yet answered; those that are sent come first */
  #requests = [];
  #answered = false; // the server has taken one on this connection
  #ready = false;

  #options;
  #filling;

  /** @param {{history: import('./history.js').History, send: (message: object) => boolean, resume: boolean}} options */
  constructor(options) {
    this.#options = options;
    this.#filling = new Filling(options.history, () => this.#onHistoryDone());
    options.history.filling = this.#filling;
  }

  /** Whether "all" is implied, without what was unsubscribed from. */
  get isImplied() {
    return this.#taken.implied && !this.#requests.some((one) => one.type === 'subscribe');
  }

  /** Until the server has taken the first subscription it sends all types. @param {string} name @returns {boolean} */
  wants(name) {
    if (this.#answered) {
      return true;
    }
    const asked = this.#taken.copy();
    for (const { type, events, filters } of this.#requests) {
      if (type === 'subscribe') {
        asked.subscribe(events, filters);
      } else {
        asked.unsubscribe(events);
      }
    }
    return asked.wants(name);
  }

  /** @param {Asked} asked @returns {boolean} whether it went out */
  ask({ type, events, filters: given }) {
    const filters = (type !== 'unsubscribe' && given) || null;
    if (type === 'preset') {
      this.#taken.subscribe(events, filters);
      return false;
    }
    /** @type {Request} */
    const request = { type, events, filters, sent: false, denied: 0 };
    this.#requests.push(request);
    this.#pump();
    return request.sent;
  }

  /** The connection is welcome already, and its URL has said what was taken so far. */
  begin() {
    this.#ready = true;
    this.#pump();
  }

  onLost() {
    this.#filling.onLost();
    this.#ready = false;
    this.#answered = false;
    this.#requests = this.#requests.filter((one) => !one.restores);
    for (const request of this.#requests) {
      request.sent = false;
      request.denied = 0;
    }
  }

  /** A new connection is welcome. @param {boolean} again not the first */
  restore(again) {
    const { history, resume } = this.#options;
    this.#ready = true;
    if (again && resume && history.id !== null && !this.isImplied) {
      this.#recover();
      return;
    }
    const taken = this.#taken;
    const groups = taken.groups();
    /** @type {import('./subscriptions.js').Group[]} */
    const off = taken.excluded.size > 0 ? [{ events: [...taken.excluded], filters: null }] : !taken.implied && groups.length === 0 ? [{ events: ['*'], filters: null }] : [];
    this.#requests.unshift(
      ...groups.map((group) => ({ ...group, type: /** @type {const} */ ('subscribe'), sent: false, denied: 0, restores: true })),
      ...off.map((group) => ({ ...group, type: /** @type {const} */ ('unsubscribe'), sent: false, denied: 0, restores: true })),
    );
    this.#pump();
  }

  #recover() {
    /** @type {import('./recovery.js').Step[]} */
    const steps = this.#taken.groups();
    for (const request of this.#requests.filter((one) => one.type === 'subscribe')) {
      steps.push({ events: request.events, filters: request.filters, answer: (taken) => this.#finish(request, taken) });
    }
    this.#answered = true;
    this.#filling.recover({ steps, excluded: [...this.#taken.excluded], send: this.#options.send });
  }

  /** History has been played; requests that waited for it may go. */
  #onHistoryDone() {
    this.#taken.forgetSince();
    this.#pump();
  }

  /**
   * An answer of the server.
   * @param {any} message
   * @returns {Request | undefined} the request that it answers
   */
  onAnswer(message) {
    const type = message.type === 'error' ? message.request : message.type === 'subscribed' ? 'subscribe' : 'unsubscribe';
    const request = this.#requests.find((one) => one.sent && (one.type === type || message.code === 'rate_limited'));
    if (!request) {
      this.#answered ||= message.type !== 'error';
      return undefined;
    }
    if (message.code === 'rate_limited') {
      request.sent = false; // it was not looked at
      setTimeout(() => this.#pump(), message.retry_after_ms ?? 1000);
    } else if (message.code === 'forbidden') {
      request.denied++;
      if (request.denied >= request.events.length) {
        this.#finish(request, true); // asked for again on each connection: another token may allow it
        this.#historyAnswered(request, false);
        this.#pump();
      }
    } else {
      const taken = message.type !== 'error';
      this.#answered ||= taken;
      this.#finish(request, taken);
      this.#historyAnswered(request, taken);
      this.#pump();
    }
    return request;
  }

  /** @param {Request} request @param {boolean} taken */
  #finish(request, taken) {
    const at = this.#requests.indexOf(request);
    if (at >= 0) {
      this.#requests.splice(at, 1);
    }
    if (request.restores) {
      return; // it was taken before; this connection does without it if it was refused now
    }
    if (taken && request.type === 'subscribe') {
      this.#taken.subscribe(request.events, request.filters);
    } else if (taken) {
      this.#taken.unsubscribe(request.events);
    }
  }

  /** @param {Request} request @param {boolean} taken */
  #historyAnswered({ events, filters }, taken) {
    if (filters && 'since' in filters) {
      this.#filling.answered(events, taken);
    }
  }

  #pump() {
    const { send } = this.#options;
    const filling = this.#filling;
    if (!this.#ready || filling.isRecovering) {
      return;
    }
    for (const request of this.#requests) {
      const { events, filters } = request;
      const plays = request.type === 'subscribe' && filters !== null && 'since' in filters;
      if (request.sent) {
        continue;
      }
      if (plays && (filling.wouldCutOff(events) || this.#requests.some((one) => one.sent && one.filters && 'since' in one.filters && one.events.some((name) => !events.includes(name))))) {
        return;
      }
      request.sent = send(request.type === 'subscribe' ? subscribeMessage(events, filters) : { type: 'unsubscribe', events });
      if (!request.sent) {
        return;
      }
      if (plays) {
        filling.asked();
      }
    }
  }
}
