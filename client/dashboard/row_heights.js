// Heights of the rows of a long list, where rows differ. Sums of blocks are kept, so that a million rows are summed once and not for
// each frame. Rows have numbers that stay when older rows are dropped.

const kBlock = 256;

export class RowHeights {
  /** @type {Map<number, number>} by block: only blocks that are there as a whole */
  #sums = new Map();
  #dropped = 0;
  #count = 0;
  #heightOf;

  /** @param {(index: number) => number} heightOf px of a row; 0 is the oldest that is there */
  constructor(heightOf) {
    this.#heightOf = heightOf;
  }

  /** All heights may be others now. */
  clear() {
    this.#sums.clear();
  }

  /** @param {number} count of rows @param {number} dropped at the top since the last time */
  resize(count, dropped) {
    this.#dropped += dropped;
    const first = Math.floor(this.#dropped / kBlock);
    for (const block of this.#sums.keys()) {
      if (block >= first) {
        break; // they were made in order, but for a few
      }
      this.#sums.delete(block);
    }
    if (count < this.#count - dropped) {
      this.clear(); // another list
    }
    this.#count = count;
  }

  /** @param {number} index */
  at(index) {
    return this.#heightOf(index);
  }

  /** The rows from `from` up to `to`, both as numbers. @param {number} from @param {number} to */
  #scan(from, to) {
    let sum = 0;
    for (let n = from; n < to; n++) {
      sum += this.#heightOf(n - this.#dropped);
    }
    return sum;
  }

  /** The part of a block that is there, up to `to`. @param {number} block @param {number} to */
  #sumOf(block, to) {
    const from = Math.max(block * kBlock, this.#dropped);
    const end = Math.min((block + 1) * kBlock, to);
    if (end - from < kBlock) {
      return this.#scan(from, end);
    }
    let sum = this.#sums.get(block);
    if (sum === undefined) {
      sum = this.#scan(from, end);
      this.#sums.set(block, sum);
    }
    return sum;
  }

  /** @param {number} index @returns {number} px of all rows before it */
  before(index) {
    const to = this.#dropped + index;
    let sum = 0;
    for (let block = Math.floor(this.#dropped / kBlock); block * kBlock < to; block++) {
      sum += this.#sumOf(block, to);
    }
    return sum;
  }

  /** @param {number} y px from the top @returns {number} the row there; the count, when it is beyond the last */
  find(y) {
    const end = this.#dropped + this.#count;
    let top = 0;
    for (let block = Math.floor(this.#dropped / kBlock); block * kBlock < end; block++) {
      const sum = this.#sumOf(block, end);
      if (y < top + sum) {
        let n = Math.max(block * kBlock, this.#dropped);
        for (top += this.#heightOf(n - this.#dropped); top <= y; top += this.#heightOf(n - this.#dropped)) {
          n++;
        }
        return n - this.#dropped;
      }
      top += sum;
    }
    return this.#count;
  }
}
