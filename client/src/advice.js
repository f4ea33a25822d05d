// What to do when a connection ends. The table itself is shared with the server.

import { kAdvice } from './protocol_table.js';

/**
 * retry: connect again; retry-later: the same, with longer waits; refresh: get a new token first; stop: another attempt would
 * fail in the same way.
 * @typedef {import('./protocol_table.js').Advice} Advice
 */

/** @param {number} code @returns {Advice} */
export function adviceFor(code) {
  return kAdvice[code] ?? 'retry';
}
