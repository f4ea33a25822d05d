// The beginning of an iteration: subscribed and connected at once, and nothing that arrives is lost while the rest is loaded
// (events_iterator.js).

/** @typedef {import('./events_iterator.js').EventsOptions} EventsOptions */

/**
 * @param {import('./websocket.js').ProvisioningWebSocket} client
 * @param {EventsOptions} options
 */
export function iterate(client, options) {
  /** @type {any[]} */
  const early = [];
  const off = client.on('message', (event) => early.push(event));
  if (options.events) {
    client.subscribe(options.events, options.filters);
  }
  if (!options.signal?.aborted) {
    client.connect();
  }
  /** @type {import('./events_iterator.js').EventsIterator | undefined} */
  let made;
  const loaded = import('./events_iterator.js').then(({ EventsIterator }) => {
    off();
    made = new EventsIterator(client, options, early);
    return made;
  });
  loaded.catch(off);
  return {
    /** Events that were dropped because nobody took them in time. @returns {number} */
    get missed() {
      return made?.missed ?? 0;
    },
    /** @returns {Promise<IteratorResult<any>>} */
    next: async () => (await loaded).next(),
    /** @returns {Promise<IteratorResult<any>>} */
    return: async () => (await loaded).return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
