// History that is on its way to a client because messages asked for it. One connection has one replay at a time. While one runs,
// the place to resume from stays where it was, for live events of other types arrive in between.

import { Position } from './position.js';
import { Recovery } from './recovery.js';

export class Filling {
  #position;
  /** @type {Recovery | null} */
  #recovery = null;
  #asked = 0; // subscriptions with `since` that have not been answered
  /** @type {string[] | null} the types of the replay that runs */
  #playing = null;
  #onDone;

  /** @param {{id: string | null}} history the place to resume from @param {() => void} onDone all history that was asked for is there */
  constructor(history, onDone) {
    this.#position = new Position(history);
    this.#onDone = onDone;
  }

  get isFilling() {
    return this.#recovery !== null || this.#asked > 0 || this.#playing !== null;
  }

  get isRecovering() {
    return this.#recovery !== null;
  }

  /** Whether what arrives now comes again with a replay. */
  get isClearing() {
    return this.#recovery?.isClearing ?? false;
  }

  /** Whether a new replay of these types would cut off one that plays others. @param {string[]} events */
  wouldCutOff(events) {
    return this.#recovery !== null || (this.#playing !== null && !events.includes('*') && this.#playing.some((name) => !events.includes(name)));
  }

  /** The connection is gone, and its replays with it. */
  onLost() {
    this.#recovery = null;
    this.#asked = 0;
    this.#playing = null;
  }

  /** Replays what came since the last event. @param {Omit<import('./recovery.js').RecoveryOptions, 'since' | 'onAnew' | 'onDone'>} options */
  recover(options) {
    this.#recovery = new Recovery({
      ...options,
      since: /** @type {string} */ (this.#position.id),
      onAnew: (events) => this.#position.forget(events),
      onDone: () => {
        this.#recovery = null;
        this.#settle();
      },
    });
    this.#recovery.begin();
  }

  asked() {
    this.#asked++;
  }

  /** @param {string[]} events @param {boolean} taken else the server refused it */
  answered(events, taken) {
    this.#asked = Math.max(0, this.#asked - 1);
    if (taken) {
      this.#playing = events;
      this.#position.forget(events); // it takes the place of one that was being played
    }
  }

  /** An event before its turn. @param {string} id @param {string} type @returns {boolean} whether it is new */
  remember(id, type) {
    return this.#position.remember(id, type);
  }

  /** @param {any} message of the server @returns {boolean} whether it belonged to the recovery alone */
  onControl(message) {
    return this.#recovery?.onControl(message) ?? false;
  }

  onReplayEnd() {
    this.#playing = null;
    this.#settle();
  }

  #settle() {
    if (!this.isFilling) {
      this.#position.settle();
      this.#onDone();
    }
  }
}
