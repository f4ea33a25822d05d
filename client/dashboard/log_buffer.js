// The latest log entries, up to a bound, in a circle: the oldest makes room for the newest without moving the others.

export class LogBuffer {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {any[]} */
    this.entries = [];
    this.first = 0;
    this.dropped = 0;
  }

  get length() {
    return this.entries.length;
  }

  /** @param {any} entry */
  push(entry) {
    if (this.entries.length < this.most) {
      this.entries.push(entry);
    } else {
      this.entries[this.first] = entry;
      this.first = (this.first + 1) % this.most;
      this.dropped++;
    }
  }

  /** @param {number} index 0 is the oldest @returns {any} */
  at(index) {
    return this.entries[(this.first + index) % this.most];
  }

  clear() {
    this.entries = [];
    this.first = 0;
    this.dropped = 0;
  }
}
