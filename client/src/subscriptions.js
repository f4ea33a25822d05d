// The subscriptions of a client, kept so that a new connection can be brought to the same state. They follow the server's rules:
// the first subscribe replaces an implied "all", later ones add, a type subscribed to again takes the new filters, and types
// can be taken away from "all" too.

/** @typedef {Record<string, any>} Filters */
/** @typedef {{events: string[], filters: Filters | null}} Group */

export class Subscriptions {
  constructor() {
    this.implied = true;
    /** @type {Map<string, Filters | null>} */
    this.types = new Map(); // '*' among them: all types
    /** @type {Set<string>} */
    this.excluded = new Set();
  }

  /** @param {string[]} events @param {Filters | null} filters */
  subscribe(events, filters) {
    if (this.implied) {
      this.implied = false;
      this.excluded.clear();
    }
    for (const name of events) {
      if (name === '*') {
        this.types.clear();
        this.excluded.clear();
      }
      this.types.set(name, filters);
      this.excluded.delete(name);
    }
  }

  /** @param {string[]} events */
  unsubscribe(events) {
    for (const name of events) {
      if (name === '*') {
        this.implied = false;
        this.types.clear();
        this.excluded.clear();
        continue;
      }
      this.types.delete(name);
      if (this.implied || this.types.has('*')) {
        this.excluded.add(name);
      }
    }
  }

  /** @param {string} name @returns {boolean} */
  wants(name) {
    return this.types.has(name) || ((this.implied || this.types.has('*')) && !this.excluded.has(name));
  }

  copy() {
    const copy = new Subscriptions();
    copy.implied = this.implied;
    copy.types = new Map(this.types);
    copy.excluded = new Set(this.excluded);
    return copy;
  }

  /**
   * The types, those with equal filters together; "*" first, for it would replace what came before.
   * @returns {Group[]}
   */
  groups() {
    /** @type {Map<string, Group>} */
    const byFilters = new Map();
    for (const [name, filters] of this.types) {
      const key = (name === '*' ? '*' : '') + JSON.stringify(filters);
      const group = byFilters.get(key);
      if (group) {
        group.events.push(name);
      } else {
        byFilters.set(key, { events: [name], filters });
      }
    }
    return [...byFilters.values()].sort((a, b) => Number(b.events[0] === '*') - Number(a.events[0] === '*'));
  }

  /** History is wanted once: the place it was to begin at is forgotten when it has been played. */
  forgetSince() {
    for (const [name, filters] of this.types) {
      if (filters && 'since' in filters) {
        const { since: _since, ...rest } = filters;
        this.types.set(name, Object.keys(rest).length > 0 ? rest : null);
      }
    }
  }
}

/** @param {string[]} events @param {Record<string, any> | null} filters */
export function subscribeMessage(events, filters) {
  return filters ? { type: 'subscribe', events, filters } : { type: 'subscribe', events };
}
