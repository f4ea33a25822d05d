// What a client may be told. The first four are the documented ones and keep their meaning.

/**
 * Gives a token. `why`: "connect" for the first one, "expiring" while the connection goes on, "expired" and "refused" when the
 * server has said so. An error is tried again after a while; throw UnauthorizedError to give up.
 * @typedef {(why: 'connect' | 'expiring' | 'expired' | 'refused') => string | Promise<string>} TokenSource
 */

/**
 * @typedef {Object} Options
 * @property {boolean} reconnect            connect again when the connection is lost
 * @property {number} reconnectInterval     ms; the wait before the first new attempt is drawn from it (see backoff.js)
 * @property {number} maxReconnectAttempts  in a row, without a connection in between; endless unless told
 * @property {number} heartbeatInterval     ms between pings
 * @property {number} heartbeatTimeout      ms in which something must arrive after a ping, or the connection counts as dead
 * @property {number} maxReconnectInterval  ms; the waits grow up to this
 * @property {number} minUptime             ms that a connection must last before the waits begin again from reconnectInterval
 * @property {number} connectTimeout        ms from connect() to the server's welcome
 * @property {string} path                  "/ws", "/metrics" or "/logs"
 * @property {'message' | 'query'} auth     where the token goes: into a first message, or into the URL, where consoles and access logs show it
 * @property {boolean} resume               after a reconnect, go on after the last event received
 * @property {string[]} [events]            types to begin with; without it, all that the token's role may see
 * @property {Record<string, any>} [filters]  filters for those
 * @property {string} [since]               an RFC 3339 time or an event's id: history first
 * @property {Record<string, string | number | boolean>} [query]  further parameters: batch_size, flush_ms, max_rate, compression, tail, level, ...
 * @property {TokenSource} [refreshToken]   gives a new token; a `token` that is a function is asked when this is left out
 * @property {boolean | ((line: string) => void)} [debug]  tells what the connection does, without tokens: to the console, or to a function
 * @property {any} [WebSocket]              the class to use, where there is no global one
 * @property {() => number} [random]        for tests
 */

/** @type {Options} */
export const kDefaultOptions = {
  reconnect: true,
  reconnectInterval: 5000,
  maxReconnectAttempts: Infinity,
  heartbeatInterval: 30000,
  heartbeatTimeout: 10000,
  maxReconnectInterval: 60000,
  minUptime: 5000,
  connectTimeout: 20000,
  path: '/ws',
  auth: 'message',
  resume: true,
};
