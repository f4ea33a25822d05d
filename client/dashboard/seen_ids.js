// Which events have come, by their sequence: one bit each, in blocks, so that a million take 128 KB. What comes again by another
// way (a second history, another subscription) is then known. Bounded: the oldest blocks are given up.

import { parseEventId } from '../src/event_id.js';

const kBlockBits = 32 * 1024;
const kMostBlocks = 512; // 16 million sequences, 2 MiB
const kMostHidden = 100_000; // ids without a sequence, the latest

export class SeenIds {
  /** @type {string} */
  #epoch = '';
  /** @type {Map<number, Uint32Array>} */
  #blocks = new Map();
  /** @type {Set<string>} */
  #hidden = new Set();

  /** @param {any} id @returns {boolean} whether it is new; an event without an id always is */
  add(id) {
    const at = parseEventId(id);
    if (!at) {
      return typeof id !== 'string' || this.#addHidden(id);
    }
    if (at.epoch !== this.#epoch) {
      this.#epoch = at.epoch;
      this.#blocks.clear();
    }
    const number = Math.floor(at.seq / kBlockBits);
    let block = this.#blocks.get(number);
    if (!block) {
      block = new Uint32Array(kBlockBits / 32);
      this.#blocks.set(number, block);
      if (this.#blocks.size > kMostBlocks) {
        this.#blocks.delete(Math.min(...this.#blocks.keys()));
      }
    }
    const bit = at.seq % kBlockBits;
    const mask = 1 << (bit & 31);
    const was = block[bit >> 5] & mask;
    block[bit >> 5] |= mask;
    return was === 0;
  }

  /** @param {string} id */
  #addHidden(id) {
    if (this.#hidden.has(id)) {
      return false;
    }
    this.#hidden.add(id);
    if (this.#hidden.size > kMostHidden) {
      this.#hidden.delete(this.#hidden.values().next().value ?? '');
    }
    return true;
  }
}
