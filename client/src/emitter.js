// Handlers by event name. `eventHandlers` is a Map of arrays, as the documented client has it, so that code that looks into it
// finds what it expects. A handler that throws is reported, and the others are still called.

/** @typedef {(data: any) => void} Handler */

export class Emitter {
  constructor() {
    /** @type {Map<string, Handler[]>} */
    this.eventHandlers = new Map();
  }

  /**
   * Calls the handler for each event of that name.
   * @template {string} Name
   * @param {Name} eventType
   * @param {(data: import('./own_events.js').Heard<Name>) => void} handler
   * @returns {() => void} a function that removes the handler
   */
  on(eventType, handler) {
    const handlers = this.eventHandlers.get(eventType) ?? [];
    handlers.push(handler);
    this.eventHandlers.set(eventType, handlers);
    return () => this.off(eventType, handler);
  }

  /**
   * Calls the handler for the next event of that name only.
   * @template {string} Name
   * @param {Name} eventType
   * @param {(data: import('./own_events.js').Heard<Name>) => void} handler
   * @returns {() => void} a function that removes the handler
   */
  once(eventType, handler) {
    /** @type {Handler} */
    const first = (data) => {
      this.off(eventType, first);
      handler(data);
    };
    return this.on(eventType, first);
  }

  /**
   * Removes a handler.
   * @param {string} eventType
   * @param {Handler} handler
   */
  off(eventType, handler) {
    const handlers = this.eventHandlers.get(eventType);
    const at = handlers?.indexOf(handler) ?? -1;
    if (at >= 0) {
      handlers?.splice(at, 1);
    }
  }

  /**
   * @param {string} eventType
   * @param {any} [data]
   */
  emit(eventType, data) {
    for (const handler of [...(this.eventHandlers.get(eventType) ?? [])]) {
      try {
        handler(data);
      } catch (error) {
        console.error(`Ringside: a handler of "${eventType}" failed:`, error);
      }
    }
  }
}
