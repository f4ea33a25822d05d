// Finds a connection that is dead without knowing it: a ping at each interval, and after each something must arrive in time.
// Any frame counts, not the pong alone: on a busy stream the pong comes after what was queued before it.

export class Heartbeat {
  /** @type {ReturnType<typeof setInterval> | null} */
  timer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadline;
  #pingedAt = 0;
  #timeout;
  #ping;
  #onDead;

  /**
   * @param {number} timeout  ms in which something must arrive after a ping
   * @param {() => void} ping
   * @param {() => void} onDead
   */
  constructor(timeout, ping, onDead) {
    this.#timeout = timeout;
    this.#ping = ping;
    this.#onDead = onDead;
  }

  /** @param {number} interval ms */
  start(interval) {
    this.stop();
    this.timer = setInterval(() => this.#beat(), interval);
  }

  stop() {
    clearInterval(this.timer ?? undefined);
    this.timer = null;
    this.alive();
  }

  /** Something arrived. */
  alive() {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** A pong arrived. @returns {number} the round trip in ms */
  pong() {
    this.alive();
    return this.#pingedAt > 0 ? performance.now() - this.#pingedAt : 0;
  }

  #beat() {
    this.#pingedAt = performance.now();
    this.#ping();
    this.#deadline ??= setTimeout(() => {
      this.stop();
      this.#onDead();
    }, this.#timeout);
  }
}
