// Brings a new connection to where the last one was. With one implied subscription the server does it alone (`since` in the
// URL). Otherwise every group of types with filters of its own is replayed separately, one after the other, because one
// connection has one replay at a time: first all is unsubscribed, so that nothing comes before its turn, then each group is
// subscribed to with `since`, and the next follows when the replay has ended. Live events of groups that are done arrive in
// between; a group's replay has no event of another group, so nothing is doubled.
//
// The resume point stays where it is until all is done: a connection that is lost in between begins again, and events that had
// already come are then known by their ids and left out (see position.js).

/**
 * @typedef {import('./subscriptions.js').Group & {answer?: (taken: boolean) => void}} Step
 * @typedef {{steps: Step[], excluded: string[], since: string, send: (message: object) => void, onAnew: (events: string[]) => void, onDone: () => void}} RecoveryOptions
 * A step with `answer` is a subscription that has not been answered yet. onAnew: the history of these types is asked for from a place of
 * its own, so what has come of them comes again.
 */

export class Recovery {
  #options;
  #steps;
  /** @type {Step | undefined} */
  #step;
  #denied = 0;
  /** @type {'clearing' | 'replaying' | 'done'} */
  #state = 'clearing';

  /** @param {RecoveryOptions} options */
  constructor(options) {
    this.#options = options;
    this.#steps = options.steps.slice();
  }

  begin() {
    this.#options.send({ type: 'unsubscribe', events: ['*'] });
  }

  /**
   * A message of the server that is no event. Returns true when it concerns the recovery alone.
   * @param {any} message
   */
  onControl(message) {
    if (this.#state === 'clearing' && message.type === 'unsubscribed') {
      this.#state = 'replaying';
      this.#next();
      return true;
    }
    if (this.#state !== 'replaying') {
      return this.#state !== 'done' && (message.type === 'subscribed' || message.type === 'unsubscribed');
    }
    if (message.type === 'subscribed') {
      return !this.#onTaken();
    }
    if (message.type === 'replay_end') {
      this.#next();
    } else if (message.type === 'error' && message.request === 'subscribe') {
      this.#onRefused(message);
    }
    return message.type === 'unsubscribed';
  }

  /** @returns {boolean} whether somebody waits for the answer */
  #onTaken() {
    const step = this.#step;
    if (!step?.answer) {
      return false;
    }
    if (step.filters && 'since' in step.filters) {
      this.#options.onAnew(step.events);
    }
    step.answer(true);
    return true;
  }

  /** A type that is denied leaves the others of its group; any other error refuses the whole. @param {any} message */
  #onRefused(message) {
    if (message.code === 'forbidden' && ++this.#denied < (this.#step?.events.length ?? 0)) {
      return;
    }
    this.#step?.answer?.(message.code === 'forbidden');
    this.#next();
  }

  /** Until everything is unsubscribed, what arrives comes again with the replay. @returns {boolean} */
  get isClearing() {
    return this.#state === 'clearing';
  }

  #next() {
    this.#denied = 0;
    this.#step = this.#steps.shift();
    if (!this.#step) {
      if (this.#options.excluded.length > 0) {
        this.#options.send({ type: 'unsubscribe', events: this.#options.excluded });
      }
      this.#state = 'done';
      this.#options.onDone();
      return;
    }
    const { events, filters } = this.#step;
    this.#options.send({ type: 'subscribe', events, filters: { since: this.#options.since, ...filters } });
  }
}
