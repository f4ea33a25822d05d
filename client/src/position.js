// Where in the stream the client stands. While history fills in, events arrive out of order: the place to resume from then stays
// where it was until all is there, and what has come meanwhile is remembered by its id.

import { parseEventId } from './event_id.js';

const kMaxSeen = 200_000;

export class Position {
  #place;
  /** What came while history was filling in: the types by id. @type {Map<string, string>} */
  #seen = new Map();
  /** @type {string | null} */
  #newest = null;

  /** @param {{id: string | null}} [place]  the id to resume after is kept there */
  constructor(place = { id: null }) {
    this.#place = place;
  }

  /** The id to resume after. @returns {string | null} */
  get id() {
    return this.#place.id;
  }

  /** An event in its order. @param {string} id */
  advance(id) {
    this.#place.id = id;
  }

  /** An event before its turn. @param {string} id @param {string} type @returns {boolean} whether it is new */
  remember(id, type) {
    this.#newest = newer(this.#newest, id);
    if (this.#seen.has(id)) {
      return false;
    }
    if (this.#seen.size < kMaxSeen) {
      this.#seen.set(id, type);
    }
    return true;
  }

  /** The history of these types begins anew, so what has come of them comes again. @param {string[]} types */
  forget(types) {
    for (const [id, type] of this.#seen) {
      if (types.includes(type) || types.includes('*')) {
        this.#seen.delete(id);
      }
    }
  }

  /** History is complete: from here on events come in order again. */
  settle() {
    if (this.#newest !== null) {
      this.#place.id = newer(this.id, this.#newest);
    }
    this.#newest = null;
    this.#seen.clear();
  }
}

/** The later of two ids; of another epoch, or without an order: the one that came last, after which nothing is skipped. @param {string | null} a @param {string} b */
function newer(a, b) {
  const [x, y] = [a, b].map(parseEventId);
  return x && y && x.epoch === y.epoch && x.seq > y.seq ? a : b;
}
