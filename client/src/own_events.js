// The names of the client's own events. A producer may name an event type in the same way; such an event goes to "message" and
// to onEvent() only, so that nobody who writes events can call a handler of the library's.

/** @typedef {import('./event_types.js').CoreEvents} CoreEvents */
/** @typedef {import('./event_types.js').CustomEvent} CustomEvent */
/** @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'refreshing' | 'stopped'} State */
/** @typedef {CoreEvents[keyof CoreEvents] | CustomEvent} AnyEvent */
/** @typedef {{type: 'error', code: number | string, message: string, reason?: string, request?: string, event?: string, events?: string[], filters?: Record<string, any> | null, retry_after_ms?: number}} Fault */
/** @typedef {{type: 'close', code: number, reason: string, wasClean: boolean, advice: import('./protocol_table.js').Advice, status?: number, error?: string, retryAfterMs?: number}} Closed */
/** @typedef {{type: 'gap', reason: string, missed: number, from: string, to: string}} Gap */

/**
 * @typedef {Object} OwnEvents
 * @property {any} connected            the server has accepted the token: `{welcome}`
 * @property {any} welcome              never emitted; the name is kept for the server's message
 * @property {any} renewed              the server has accepted a new token on the open connection
 * @property {Closed} disconnected      the connection has ended; `status`, `error` and `retryAfterMs` if the upgrade was refused (Node only)
 * @property {Fault} error              `code` is a close code, or the server's name for the error
 * @property {{type: 'stopped', code: number, reason: string}} stopped  no further attempt will be made
 * @property {{state: State, attempt: number, retryAt?: number, reason?: string, code?: number}} state  the state has changed
 * @property {AnyEvent} message         every event
 * @property {Gap} gap                  events that were missed
 * @property {{type: 'replay_end', recovered: boolean, missed: number | null, resume: boolean}} replay_end  history has been sent; `resume`: after a reconnect
 * @property {{type: 'auth_expiring', expires_in: number}} auth_expiring  the token ends soon
 * @property {{type: 'pong', lag_ms: number, rtt_ms: number}} pong  the answer to a ping
 * @property {{type: 'subscribed', events: string[], filters: any}} subscribed  the server has accepted a subscription
 * @property {{type: 'unsubscribed', events: string[]}} unsubscribed  a subscription has ended
 * @property {{type: 'notice', code: 'cluster_cut' | 'cluster_live', message: string}} notice  the state of the cluster's node has changed
 * @property {any} debug                an answer of a debug session
 * @property {any} batch                never emitted
 * @property {any} control              a message of the server that this version does not know
 */

/**
 * What a handler of `Name` gets.
 * @template {string} Name
 * @typedef {Name extends keyof OwnEvents ? OwnEvents[Name] : Name extends keyof CoreEvents ? CoreEvents[Name] : CustomEvent} Heard
 */

/** Those that hand on a message of the server of that type. */
export const kHandedOn = 'gap replay_end auth_expiring pong subscribed unsubscribed notice debug'.split(' ');

export const kOwnEvents = new Set([...kHandedOn, ...'connected welcome renewed disconnected error stopped state message batch control'.split(' ')]);
