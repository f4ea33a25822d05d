// At most one value of each series a second, the latest: more than that no chart shows. History goes by the events' own times.

const kMs = 1000;

export class MetricThinner {
  /** @type {Map<string, number>} */
  #sent = new Map();
  /** @type {Map<string, any>} */
  #held = new Map();

  /** @param {any} event a MetricUpdate @returns {boolean} whether to hand it on now; otherwise a later one may take its place */
  admits(event) {
    const key = `${event.data?.metric_name}\u0000${JSON.stringify(event.data?.labels ?? null)}`;
    const time = Date.parse(event.timestamp);
    const before = this.#sent.get(key);
    if (before === undefined || !(time - before < kMs) || time < before - kMs) {
      this.#sent.set(key, time);
      this.#held.delete(key);
      return true;
    }
    this.#held.set(key, event);
    return false;
  }

  /** The values that are held back and due by now. @param {number} now the newest time seen, in ms @returns {any[]} */
  due(now) {
    const due = [];
    for (const [key, event] of this.#held) {
      const time = Date.parse(event.timestamp);
      if (now - (this.#sent.get(key) ?? 0) >= kMs) {
        this.#held.delete(key);
        this.#sent.set(key, time);
        due.push(event);
      }
    }
    return due;
  }

  clear() {
    this.#sent.clear();
    this.#held.clear();
  }
}
