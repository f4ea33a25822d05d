// What a client may be told. The first four are the documented ones and keep their meaning.

/**
 * @typedef {Object} Options
 * @property {boolean} reconnect            connect again when the connection is lost
 * @property {number} reconnectInterval     ms; what the wait before the first new attempt is drawn from (see backoff.js)
 * @property {number} maxReconnectAttempts  in a row, without a connection in between
 * @property {number} heartbeatInterval     ms between pings
 * @property {number} heartbeatTimeout      ms in which something must arrive after a ping, else the connection counts as dead
 * @property {number} maxReconnectInterval  ms; the waits grow up to this
 * @property {number} connectTimeout        ms from connect() to the server's welcome
 * @property {string} path                  "/ws", "/metrics" or "/logs"
 * @property {'query' | 'message'} auth     where the token goes: into the URL, or into a first message that no access log sees
 * @property {boolean} resume               after a reconnect, go on after the last event received
 * @property {string[]} [events]            types to begin with; without it, all that the token's role may see
 * @property {Record<string, any>} [filters]  filters for those
 * @property {string} [since]               an RFC 3339 time or an event's id: history first
 * @property {Record<string, string | number | boolean>} [query]  further parameters: batch_size, flush_ms, max_rate, compression, tail, level, ...
 * @property {(why: 'expiring' | 'expired' | 'refused') => string | Promise<string>} [refreshToken]  gives a new token
 * @property {any} [WebSocket]              the class to use, where there is no global one
 * @property {() => number} [random]        for tests
 */

/** @type {Options} */
export const kDefaultOptions = {
  reconnect: true,
  reconnectInterval: 5000,
  maxReconnectAttempts: 10,
  heartbeatInterval: 30000,
  heartbeatTimeout: 10000,
  maxReconnectInterval: 60000,
  connectTimeout: 20000,
  path: '/ws',
  auth: 'query',
  resume: true,
};
