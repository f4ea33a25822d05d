// Where in the stream a client is, and which history is on its way to it. One connection has one replay at a time. While one
// runs, the place to resume from stays where it was, for live events of other types arrive in between.

import { Position } from './position.js';
import { Recovery } from './recovery.js';

export class History {
  #position = new Position();
  /** @type {Recovery | null} */
  #recovery = null;
  #asked = 0; // subscriptions with `since` that have not been answered
  /** @type {string[] | null} the types of the replay that runs */
  #playing = null;
  #resuming = false;

  #onDone;

  /** @param {() => void} onDone all history that was asked for is there */
  constructor(onDone) {
    this.#onDone = onDone;
  }

  /** The id of the last event received. @returns {string | null} */
  get id() {
    return this.#position.id;
  }

  get isFilling() {
    return this.#recovery !== null || this.#asked > 0 || this.#playing !== null;
  }

  get isRecovering() {
    return this.#recovery !== null;
  }

  /** Whether a new replay of these types would cut off one that plays others. @param {string[]} events */
  wouldCutOff(events) {
    return this.#recovery !== null || (this.#playing !== null && !events.includes('*') && this.#playing.some((name) => !events.includes(name)));
  }

  /** A URL says where to begin. @param {boolean} resuming */
  onDial(resuming) {
    this.#resuming = resuming;
  }

  /** The connection is gone, and its replays with it. */
  onLost() {
    this.#recovery = null;
    this.#asked = 0;
    this.#playing = null;
  }

  /** A client that has seen nothing yet resumes from the head that the welcome names. @param {string | null} head */
  begin(head) {
    this.#position.id ??= head;
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

  /** Whether an event is to be handed on; if so, it counts as received. @param {any} event @param {boolean} wanted */
  admits({ id, event_type: type }, wanted) {
    if (!wanted || this.#recovery?.isClearing) {
      return false;
    }
    if (typeof id === 'string') {
      return this.isFilling ? this.#position.remember(id, type) : this.#position.advance(id);
    }
    return true;
  }

  /** @param {any} message of the server @returns {boolean} whether it belonged to the recovery alone */
  onControl(message) {
    return this.#recovery?.onControl(message) ?? false;
  }

  /** A replay has ended. @param {any} message @returns {any} the same, for handlers */
  onReplayEnd(message) {
    const end = { ...message, resume: this.#resuming };
    this.#resuming &&= this.#recovery !== null;
    this.#playing = null;
    this.#settle();
    return end;
  }

  #settle() {
    if (!this.isFilling) {
      this.#position.settle();
      this.#onDone();
    }
  }
}
