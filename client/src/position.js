// Where in the stream the client stands. While history fills in, events arrive out of order: the place to resume from then stays
// where it was until all is there, and what has come meanwhile is remembered by its id.

const kMaxSeen = 200_000;

export class Position {
  /** The id to resume after. @type {string | null} */
  id = null;
  /** What came while history was filling in: the types by id. @type {Map<string, string>} */
  #seen = new Map();
  /** @type {string | null} */
  #newest = null;

  /** An event in its order. @param {string} id */
  advance(id) {
    this.id = id;
    return true;
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
      this.id = newer(this.id, this.#newest);
    }
    this.#newest = null;
    this.#seen.clear();
  }
}

/** The later of two ids; of another epoch, or without an order: the one that came last, after which nothing is skipped. @param {string | null} a @param {string} b */
function newer(a, b) {
  const [epochA, seqA] = (a ?? ':').split(':');
  const [epochB, seqB] = b.split(':');
  const ordered = epochA === epochB && seqA.length < 17 && seqB.length < 17;
  return ordered && Number(seqA) > Number(seqB) ? a : b;
}
