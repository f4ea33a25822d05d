// Finds a connection that is dead without knowing it: a ping at each interval, and after each something must arrive in time.
// Any frame counts, not the pong alone: on a busy stream the pong comes after what was queued before it.

export class Heartbeat {
  /**
   * @param {{interval: number, timeout: number, ping: () => void, onDead: () => void}} options
   */
  constructor(options) {
    this.options = options;
    /** @type {ReturnType<typeof setInterval> | null} */
    this.timer = null;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.deadline = null;
    this.pingedAt = 0;
  }

  start() {
    this.stop();
    this.timer = setInterval(() => this.beat(), this.options.interval);
  }

  stop() {
    if (this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    }
    this.clearDeadline();
  }

  /** Something arrived. */
  alive() {
    this.clearDeadline();
  }

  /** A pong arrived. @returns {number} the round trip in ms */
  pong() {
    this.clearDeadline();
    return this.pingedAt > 0 ? performance.now() - this.pingedAt : 0;
  }

  beat() {
    this.pingedAt = performance.now();
    this.options.ping();
    if (this.deadline === null) {
      this.deadline = setTimeout(() => {
        this.stop();
        this.options.onDead();
      }, this.options.timeout);
    }
  }

  clearDeadline() {
    if (this.deadline !== null) {
      clearTimeout(this.deadline);
      this.deadline = null;
    }
  }
}
