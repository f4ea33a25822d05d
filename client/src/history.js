// Where in the stream a client is, so that a new connection goes on after the last event. As long as the URL says where to begin,
// everything comes in its order. Requests in messages bring history that does not: see filling.js, which comes with them.

export class History {
  /** The id of the last event received. @type {string | null} */
  id = null;
  /** @type {import('./filling.js').Filling | null} */
  filling = null;
  #resuming = false;

  get isFilling() {
    return this.filling?.isFilling ?? false;
  }

  /** A URL says where to begin. @param {boolean} resuming */
  onDial(resuming) {
    this.#resuming = resuming;
  }

  /** A client that has seen nothing yet resumes from the head that the welcome names. @param {string | null} head */
  begin(head) {
    this.id ??= head;
  }

  /** Whether an event is to be handed on; if so, it counts as received. @param {any} event @param {boolean} wanted */
  admits({ id, event_type: type }, wanted) {
    if (!wanted || this.filling?.isClearing) {
      return false;
    }
    if (typeof id === 'string') {
      if (this.filling?.isFilling) {
        return this.filling.remember(id, type);
      }
      this.id = id;
    }
    return true;
  }

  /** @param {any} message of the server @returns {boolean} whether it belonged to a recovery alone */
  onControl(message) {
    return this.filling?.onControl(message) ?? false;
  }

  /** A replay has ended. @returns {boolean} whether it was that of a new connection, which resumes */
  onReplayEnd() {
    const resumed = this.#resuming;
    this.#resuming &&= this.filling?.isRecovering ?? false;
    this.filling?.onReplayEnd();
    return resumed;
  }
}
