// Where WebSockets do not get through: the same connection over plain HTTP, as Server-Sent Events that are read with fetch. To
// the rest of the library it is a WebSocket. What cannot be said on a stream is said by asking for another one: a subscription
// becomes a part, a request of its own, that begins after the last event that was seen.

import { httpOf } from './address.js';
import { parseEventId } from './event_id.js';

/** @typedef {{events: string[], filters: Record<string, any> | null, abort: AbortController}} Part */

const kRefusals = /** @type {Record<number, number>} */ ({ 400: 1002, 401: 1008, 403: 1002, 404: 1002, 405: 1002, 421: 1002, 426: 1002, 501: 1002 });
const kLastingMs = 75_000; // the server shows a sign of life every 30 s

export class StreamSocket {
  readyState = 0;
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  #base;
  #path;
  /** @type {[string, string][]} parameters that every part has */
  #shared = [];
  /** @type {Part[]} */
  #parts = [];
  #token = '';
  #welcomed = false;
  #heardAt = performance.now();
  /** @type {string | null} */
  #lastId = null;

  /** @param {string} url as a WebSocket's */
  constructor(url) {
    const at = new URL(httpOf(url));
    this.#base = at.origin;
    this.#path = at.pathname;
    /** @type {string[]} */
    let events = [];
    /** @type {[string, string][]} */
    const own = [];
    for (const [name, value] of at.searchParams) {
      if (name === 'events') {
        events = value.split(',');
      } else if (name.startsWith('filter.') || name === 'since' || name === 'tail') {
        own.push([name, value]);
      } else if (name !== 'compression' && name !== 'ticket' && name !== 'token') {
        this.#shared.push([name, value]);
      }
    }
    this.first = { events, own };
    queueMicrotask(() => {
      if (this.readyState === 0) {
        this.readyState = 1;
        this.onopen?.({ type: 'open', target: this });
      }
    });
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    if (message.type === 'auth') {
      this.#authenticate(message.token);
    } else if (message.type === 'ping') {
      if (performance.now() - this.#heardAt < kLastingMs) {
        this.#say({ type: 'pong', lag_ms: 0 });
      }
    } else if (message.type === 'subscribe') {
      this.#subscribe(message.events, message.filters ?? null);
    } else if (message.type === 'unsubscribe') {
      this.#unsubscribe(message.events);
    } else {
      this.#say({ type: 'error', code: 'unsupported', message: 'this needs a WebSocket, and none gets through', request: message.type });
    }
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code = 1000, reason = '') {
    this.#end(code, reason, true);
  }

  /** @param {string} token */
  #authenticate(token) {
    this.#token = token;
    if (this.#parts.length === 0) {
      this.#open(this.first.events, null, this.first.own);
    } else {
      this.#welcomed = false; // the new token's is told
      this.#replace(this.#parts);
    }
  }

  /** The same parts anew, each after the last event. @param {Part[]} parts */
  #replace(parts) {
    const wanted = parts.map(({ events, filters }) => ({ events, filters }));
    this.#parts.forEach((part) => part.abort.abort());
    this.#parts = [];
    wanted.forEach(({ events, filters }) => this.#open(events, filters, this.#resume()));
  }

  /** @returns {[string, string][]} */
  #resume() {
    return this.#lastId === null ? [] : [['since', this.#lastId]];
  }

  /** @param {string[]} names @param {Record<string, any> | null} filters */
  #subscribe(names, filters) {
    const { since, ...rest } = filters ?? {};
    const all = names.includes('*');
    const isFirst = this.#parts.length === 1 && this.first.events.length === 0 && this.#parts[0].events.length === 0;
    const kept = all || isFirst ? [] : this.#parts.map((part) => ({ ...part, events: part.events.filter((name) => !names.includes(name)) })).filter((part) => part.events.length > 0);
    this.#replace(kept);
    this.#open(all ? [] : names, Object.keys(rest).length > 0 ? rest : null, since ? [['since', since]] : this.#resume());
    this.first.events = names;
    this.#say({ type: 'subscribed', events: names, filters: filters ?? {} });
  }

  /** @param {string[]} names */
  #unsubscribe(names) {
    const kept = names.includes('*') ? [] : this.#parts.map((part) => ({ ...part, events: part.events.filter((name) => !names.includes(name)) })).filter((part) => part.events.length > 0);
    this.#replace(kept);
    this.#say({ type: 'unsubscribed', events: names });
  }

  /** @param {string[]} events @param {Record<string, any> | null} filters @param {[string, string][]} own */
  #open(events, filters, own) {
    const abort = new AbortController();
    const part = { events, filters, abort };
    this.#parts.push(part);
    const query = new URLSearchParams([...this.#shared, ...(events.length > 0 ? [['events', events.join(',')]] : []), ...own]);
    for (const [name, value] of Object.entries(filters ?? {})) {
      const isRegex = typeof value === 'object' && !Array.isArray(value);
      query.set(isRegex ? 'filter.search.regex' : `filter.${name}`, isRegex ? value.regex : [value].flat().join(','));
    }
    void this.#read(part, `${this.#base}${this.#path}?${query}`, own.some(([name]) => name === 'since'));
  }

  /** @param {Part} part @param {string} url @param {boolean} resumes */
  async #read(part, url, resumes) {
    const isCurrent = () => this.readyState === 1 && this.#parts.includes(part);
    try {
      const answer = await fetch(url, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${this.#token}` },
        credentials: 'omit',
        cache: 'no-store',
        signal: part.abort.signal,
      });
      if (!answer.ok || !answer.body) {
        const body = await answer.json().catch(() => ({}));
        if (isCurrent()) {
          this.#end(kRefusals[answer.status] ?? 1013, String(body.message ?? `answered with ${answer.status}`), true);
        }
        return;
      }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (!isCurrent()) {
          void reader.cancel().catch(() => {});
          return;
        }
        if (done) {
          break;
        }
        this.#heardAt = performance.now();
        text += value;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          this.#take(block, resumes);
        }
      }
      this.#end(1006, 'the stream ended', false);
    } catch (error) {
      if (isCurrent()) {
        this.#end(1006, error instanceof Error ? error.message : String(error), false);
      }
    }
  }

  /** One message of the stream. @param {string} block @param {boolean} resumes */
  #take(block, resumes) {
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('data: ')) {
        data += line.slice(6);
      } else if (line.startsWith('id: ')) {
        this.#moveTo(line.slice(4));
      }
    }
    if (data === '' || this.readyState !== 1) {
      return;
    }
    const isWelcome = data.startsWith('{"type":"welcome"');
    if (data.startsWith('{"type":"close"')) {
      const { code, reason } = JSON.parse(data);
      this.#end(code, reason, true);
    } else if (!isWelcome) {
      // The end of the history that a part began with is the library's to know only where it asked for it.
      if (!(data.startsWith('{"type":"replay_end"') && this.#welcomed === true && resumes && this.#parts.length > 1)) {
        this.onmessage?.({ data });
      }
    } else if (!this.#welcomed) {
      this.#welcomed = true;
      this.#moveTo(JSON.parse(data).head);
      this.onmessage?.({ data });
    }
  }

  /** The latest place; of parts that run side by side, the one that is further. @param {string} id */
  #moveTo(id) {
    const now = parseEventId(this.#lastId ?? '');
    const next = parseEventId(id);
    if (!now || !next || now.epoch !== next.epoch || next.seq > now.seq) {
      this.#lastId = id;
    }
  }

  /** @param {object} message */
  #say(message) {
    queueMicrotask(() => this.readyState === 1 && this.onmessage?.({ data: JSON.stringify(message) }));
  }

  /** @param {number} code @param {string} reason @param {boolean} wasClean */
  #end(code, reason, wasClean) {
    if (this.readyState === 3) {
      return;
    }
    this.readyState = 3;
    this.#parts.forEach((part) => part.abort.abort());
    this.#parts = [];
    queueMicrotask(() => this.onclose?.({ type: 'close', target: this, code, reason, wasClean }));
  }
}
