// Brings a new connection to where the last one was. With one implied subscription the server does it alone (`since` in the
// URL). Otherwise every group of types with filters of its own is replayed for itself, one after the other, because one
// connection has one replay at a time: first all is unsubscribed, so that nothing comes before its turn, then each group is
// subscribed to with `since`, and the next follows when the replay has ended. Live events of groups that are done arrive in
// between; a group's replay has no event of another group, so nothing is doubled.
//
// The resume point stays where it is until all is done: a connection that is lost in between begins again, and what had
// already come is then known by its id and left out.

const kMaxSeen = 200_000;

export class Recovery {
  /**
   * @param {{groups: import('./subscriptions.js').Group[], excluded: string[], since: string, seen: Set<string>,
   *          send: (message: object) => void, onDone: () => void}} options
   */
  constructor(options) {
    this.options = options;
    this.seen = options.seen;
    this.steps = options.groups.slice();
    /** @type {'clearing' | 'replaying' | 'done'} */
    this.state = 'clearing';
  }

  begin() {
    this.options.send({ type: 'unsubscribe', events: ['*'] });
  }

  /**
   * A message of the server that is no event. Returns true when it was the recovery's and nobody else's business.
   * @param {any} message
   */
  onControl(message) {
    if (this.state === 'clearing' && message.type === 'unsubscribed') {
      this.state = 'replaying';
      this.next();
      return true;
    }
    if (this.state === 'replaying' && message.type === 'replay_end') {
      this.next();
      return false;
    }
    if (this.state === 'replaying' && message.type === 'error' && message.request === 'subscribe') {
      this.next();
      return false;
    }
    return this.state !== 'done' && (message.type === 'subscribed' || message.type === 'unsubscribed');
  }

  /** @param {any} event @returns {boolean} whether it is to be handed on */
  admits(event) {
    if (this.state === 'clearing') {
      return false; // it comes again with the replay
    }
    if (typeof event.id === 'string') {
      if (this.seen.has(event.id)) {
        return false;
      }
      if (this.seen.size < kMaxSeen) {
        this.seen.add(event.id);
      }
    }
    return true;
  }

  next() {
    const group = this.steps.shift();
    if (!group) {
      if (this.options.excluded.length > 0) {
        this.options.send({ type: 'unsubscribe', events: this.options.excluded });
      }
      this.state = 'done';
      this.options.onDone();
      return;
    }
    this.options.send({ type: 'subscribe', events: group.events, filters: { since: this.options.since, ...group.filters } });
  }
}
