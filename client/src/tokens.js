// How a client asks for tokens, and which errors of that end it.

/** Thrown by a token source to say that there will be no token: the client then stops. Any other error is tried again. */
export class UnauthorizedError extends Error {
  /** @param {string} [message] */
  constructor(message = 'not signed in') {
    super(message);
    this.name = 'UnauthorizedError';
  }
}

/** By its name, so that an error of another copy of the library, or of a page's own, counts too. @param {any} error */
export function isUnauthorized(error) {
  return error?.name === 'UnauthorizedError';
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
