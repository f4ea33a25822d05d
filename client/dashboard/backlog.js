// The events that a page opened later starts with: kept by the connection that all tabs share, so that another tab costs the
// server nothing. Each kind has a bound of its own, so that logs do not push out what happened to a task.

const kBounds = /** @type {Record<string, number>} */ ({ LogEntry: 100_000, MetricUpdate: 100_000 });
const kBoundOfOthers = 50_000;

export class Backlog {
  /** @type {Map<string, any[]>} */
  #kinds = new Map();

  /** @param {any} event */
  push(event) {
    const kind = event.event_type in kBounds ? event.event_type : '';
    let events = this.#kinds.get(kind);
    if (!events) {
      events = [];
      this.#kinds.set(kind, events);
    }
    events.push(event);
    const most = kBounds[kind] ?? kBoundOfOthers;
    if (events.length > most * 1.25) {
      this.#kinds.set(kind, events.slice(-most)); // in one go: shift() would move all of them each time
    }
  }

  /** @param {(type: string) => boolean} wants @returns {any[]} what came first stands first within its kind */
  events(wants) {
    return [...this.#kinds.values()].flatMap((events) => events.filter((event) => wants(event.event_type)));
  }

  /** @param {string} kind */
  forget(kind) {
    this.#kinds.delete(kind);
  }

  clear() {
    this.#kinds.clear();
  }
}
