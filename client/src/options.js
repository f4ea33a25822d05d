// The options of a client. The first four keep their documented meaning.

/**
 * Gives a token. `why`: "connect" for the first one, "expiring" while the connection goes on, "expired" and "refused" when the
 * server has said so. An error is tried again after a while; throw UnauthorizedError to give up.
 * @typedef {(why: 'connect' | 'expiring' | 'expired' | 'refused') => string | Promise<string>} TokenSource
 */

/**
 * @typedef {Object} Options
 * @property {boolean} reconnect            connect again when the connection is lost
 * @property {number} reconnectInterval     ms; the first wait before a new attempt, with jitter
 * @property {number} maxReconnectAttempts  in a row, without a connection in between
 * @property {number} heartbeatInterval     ms between pings
 * @property {number} heartbeatTimeout      ms within which data must arrive after a ping; otherwise the connection is closed
 * @property {number} maxReconnectInterval  ms; the waits grow up to this
 * @property {number} minUptime             ms that a connection must last before the waits start again from reconnectInterval
 * @property {number} connectTimeout        ms from connect() to the server's welcome
 * @property {string} path                  "/ws", "/metrics" or "/logs"
 * @property {'ticket' | 'message' | 'query'} auth  how to show the token: by a ticket for it, which is good once and may be in a URL; in
 *                                            a first message, also where the server has no tickets; or in the URL, which consoles and logs show
 * @property {'auto' | 'websocket' | 'event-stream'} transport  "auto": WebSockets, and a stream of events over plain HTTP where they do not get through
 * @property {boolean} resume               after a reconnect, continue after the last event received
 * @property {string[]} [events]            types to subscribe to first; without it, all that the token's roles may see
 * @property {Record<string, any>} [filters]  filters for those
 * @property {string} [since]               an RFC 3339 time, a time ago such as '-1h', or an event's id: history first
 * @property {Record<string, string | number | boolean>} [query]  further parameters: batch_size, flush_ms, max_rate, compression, tail, level, ...
 * @property {TokenSource} [refreshToken]   returns a new token; default: `token`, if that is a function
 * @property {boolean | ((line: string) => void)} [debug]  describes what the connection does, without tokens, on the console or to a function
 * @property {any} [WebSocket]              the class to use instead of the global one
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
  auth: 'ticket',
  transport: 'auto',
  resume: true,
};
