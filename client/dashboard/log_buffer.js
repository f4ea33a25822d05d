// The latest log entries, up to a bound, in a circle: the oldest makes room for the newest without moving the others. Entries are
// kept in columns, not as the objects that they came as: a million of them then fit into a page. Volume by second is counted too.

import { toneOfLevel } from './format.js';

const kNoRest = Object.freeze({});

export class LogBuffer {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    this.clear();
  }

  clear() {
    this.length = 0;
    this.first = 0;
    this.dropped = 0;
    /** @type {string[]} */
    this.timestamps = [];
    /** @type {string[]} */
    this.levels = [];
    /** @type {(string | undefined)[]} */
    this.components = [];
    /** @type {any[]} */
    this.messages = [];
    /** @type {(string | undefined)[]} */
    this.ids = [];
    /** @type {any[]} everything else that an entry had */
    this.rests = [];
    /** @type {Map<string, string>} one string for all entries of a component, not one each */
    this.known = new Map();
    /** @type {Map<number, [number, number, number]>} by second: all, warnings, errors */
    this.volume = new Map();
  }

  /** Another bound, not below the old one: the circle is opened for it. @param {number} most */
  grow(most) {
    if (this.first > 0) {
      const turn = (/** @type {any[]} */ column) => [...column.slice(this.first), ...column.slice(0, this.first)];
      this.timestamps = turn(this.timestamps);
      this.levels = turn(this.levels);
      this.components = turn(this.components);
      this.messages = turn(this.messages);
      this.ids = turn(this.ids);
      this.rests = turn(this.rests);
      this.first = 0;
    }
    this.most = Math.max(most, this.most);
  }

  /** Entries that were ever pushed: the number of the one after the last. */
  get total() {
    return this.dropped + this.length;
  }

  /** @param {any} entry a LogEntry, or {gap, timestamp} */
  push(entry) {
    const { level, message, component, ...rest } = entry.data ?? kNoRest;
    let at = this.length;
    if (this.length < this.most) {
      this.length++;
    } else {
      at = this.first;
      this.#count(this.timestamps[at], this.levels[at], -1);
      this.first = (this.first + 1) % this.most;
      this.dropped++;
    }
    this.timestamps[at] = entry.timestamp;
    this.levels[at] = this.#interned(level);
    this.components[at] = component === undefined ? undefined : this.#interned(component);
    this.messages[at] = message;
    this.ids[at] = entry.id;
    const bare = entry.gap === undefined && Object.keys(rest).length === 0 && (!entry.metadata || Object.keys(entry.metadata).length === 0);
    this.rests[at] = bare ? kNoRest : { gap: entry.gap, data: rest, metadata: entry.metadata };
    this.#count(entry.timestamp, this.levels[at], 1);
  }

  /** @param {any} text */
  #interned(text) {
    const name = String(text ?? '');
    const known = this.known.get(name);
    if (known !== undefined) {
      return known;
    }
    if (this.known.size < 10_000) {
      this.known.set(name, name);
    }
    return name;
  }

  /** @param {string} timestamp @param {string} level @param {number} by */
  #count(timestamp, level, by) {
    const second = Math.floor(Date.parse(timestamp) / 1000);
    if (!Number.isFinite(second)) {
      return;
    }
    const counts = this.volume.get(second) ?? [0, 0, 0];
    const tone = toneOfLevel(level);
    counts[0] += by;
    counts[1] += tone === 'warn' ? by : 0;
    counts[2] += tone === 'bad' ? by : 0;
    if (counts[0] > 0) {
      this.volume.set(second, counts);
    } else {
      this.volume.delete(second);
    }
  }

  /** @param {number} index 0 is the oldest @returns {any} the entry as it came */
  at(index) {
    const at = (this.first + index) % this.most;
    const { gap, data, metadata } = this.rests[at] ?? kNoRest;
    if (gap) {
      return { gap, timestamp: this.timestamps[at] };
    }
    const component = this.components[at];
    return { event_type: 'LogEntry', timestamp: this.timestamps[at], data: { level: this.levels[at], message: this.messages[at], ...(component === undefined ? {} : { component }), ...data }, ...(metadata ? { metadata } : {}), id: this.ids[at] };
  }

  /** Only that of an entry, without the others. @param {number} index @returns {any} */
  messageAt(index) {
    return this.messages[(this.first + index) % this.most];
  }

  /** @param {number} index @returns {number} ms since 1970 */
  timeAt(index) {
    return Date.parse(this.timestamps[(this.first + index) % this.most]);
  }

  /** The first entry at or after a time, by halving: entries are in order but for a few. @param {number} time @returns {number} */
  indexOfTime(time) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** @param {string} id @returns {number} -1: it is not here */
  indexOfId(id) {
    for (let index = this.length - 1; index >= 0; index--) {
      if (this.ids[(this.first + index) % this.most] === id) {
        return index;
      }
    }
    return -1;
  }
}

/** A buffer as it was at a moment, while it goes on filling: what a paused view shows. */
export class FrozenLog {
  /** @param {LogBuffer} buffer */
  constructor(buffer) {
    this.buffer = buffer;
    this.until = buffer.total;
  }

  get dropped() {
    return Math.min(this.buffer.dropped, this.until);
  }

  get length() {
    return this.until - this.dropped;
  }

  get total() {
    return this.until;
  }

  /** Entries that have come since. */
  get behind() {
    return this.buffer.total - this.until;
  }

  get volume() {
    return this.buffer.volume;
  }

  /** @param {number} index */
  at(index) {
    return this.buffer.at(index);
  }

  /** @param {number} index */
  messageAt(index) {
    return this.buffer.messageAt(index);
  }

  /** @param {number} index */
  timeAt(index) {
    return this.buffer.timeAt(index);
  }

  /** @param {number} time */
  indexOfTime(time) {
    return Math.min(this.length, this.buffer.indexOfTime(time));
  }

  /** @param {string} id */
  indexOfId(id) {
    const index = this.buffer.indexOfId(id);
    return index < this.length ? index : -1;
  }
}
