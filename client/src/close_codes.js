// What to do when a connection ends with a code: the client's half of the server's table (docs/protocol.md).

/**
 * @typedef {'retry' | 'retry-later' | 'refresh' | 'stop'} Advice
 * retry: connect again; retry-later: the same, with longer waits; refresh: a new token first; stop: again would fare no better
 */

/** @type {Map<number, {advice: Advice, text: string}>} */
const kCodes = new Map([
  [1000, { advice: 'stop', text: 'closed normally' }],
  [1001, { advice: 'retry', text: 'the server is going away' }],
  [1002, { advice: 'stop', text: 'protocol error' }],
  [1003, { advice: 'stop', text: 'binary frames are not supported' }],
  [1005, { advice: 'retry', text: 'closed without a code' }],
  [1006, { advice: 'retry', text: 'the connection was lost' }],
  [1007, { advice: 'stop', text: 'text is not valid UTF-8' }],
  [1008, { advice: 'refresh', text: 'not authenticated or not allowed' }],
  [1009, { advice: 'stop', text: 'message too big' }],
  [1011, { advice: 'retry', text: 'the server failed' }],
  [1012, { advice: 'retry', text: 'the server restarts' }],
  [1013, { advice: 'retry', text: 'the server is overloaded' }],
  [4001, { advice: 'refresh', text: 'the token has expired' }],
  [4008, { advice: 'retry', text: 'this client was too slow' }],
  [4009, { advice: 'retry-later', text: 'this user has too many connections' }],
  [4029, { advice: 'retry-later', text: 'too many messages' }],
]);

/** @param {number} code @returns {Advice} */
export function adviceFor(code) {
  return kCodes.get(code)?.advice ?? 'retry';
}

/** @param {number} code @returns {string} */
export function textFor(code) {
  return kCodes.get(code)?.text ?? `closed with code ${code}`;
}

/** @returns {number[]} */
export function knownCloseCodes() {
  return [...kCodes.keys()];
}
