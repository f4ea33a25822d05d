// Where in the stream the client stands. While history fills in, events arrive out of order: the place to resume from then stays
// where it was until all is there, and what has come meanwhile is remembered by its id.

const kMaxSeen = 200_000;

export class Position {
  /** The id to resume after. @type {string | null} */
  id = null;
  /** Ids that came while history was filling in. @type {Set<string>} */
  #seen = new Set();
  /** @type {string | null} */
  #newest = null;

  /** An event in its order. @param {string} id */
  advance(id) {
    this.id = id;
    return true;
  }

  /** An event before its turn. @param {string} id @returns {boolean} whether it is new */
  remember(id) {
    this.#newest = newer(this.#newest, id);
    if (this.#seen.has(id)) {
      return false;
    }
    if (this.#seen.size < kMaxSeen) {
      this.#seen.add(id);
    }
    return true;
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
