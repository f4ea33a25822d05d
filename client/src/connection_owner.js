// What a connection knows of the client that it belongs to.

/**
 * @typedef {Object} Owner
 * @property {any} baseUrl                     a URL, or a function that gives one
 * @property {any} token                       the token; the connection puts a new one here
 * @property {(base: string, shown: {token?: string, ticket?: string}) => string} addressOf  what of the two goes into the URL
 * @property {(text: any) => void} onText
 * @property {() => void} onLost  before it is told: what belonged to the connection is gone
 * @property {() => Promise<void> | undefined} prepare  what a new connection has to wait for
 * @property {(name: string, data: any) => void} emit
 */

export {};
