// How long to wait before attempt n: "full jitter", a time drawn from zero to a ceiling that doubles. After a restart of the
// server, thousands of clients then come back spread over the whole time instead of all at once.
// Source: Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.

/**
 * @param {number} attempt  0 for the first
 * @param {{reconnectInterval: number, maxReconnectInterval: number, random?: () => number}} options
 * @param {boolean} longer  the server is short of room: ceiling four times as high, and never less than half of it
 * @returns {number} milliseconds
 */
export function backoffDelay(attempt, options, longer = false) {
  const random = options.random ?? Math.random;
  const most = Math.max(options.maxReconnectInterval, options.reconnectInterval);
  const ceiling = Math.min(most, options.reconnectInterval * (longer ? 4 : 1) * 2 ** Math.min(attempt, 30));
  return longer ? ceiling / 2 + random() * (ceiling / 2) : random() * ceiling;
}
