// Tickets: what goes into the URL of a connection instead of a token. The server gives one for the token; it is good once, for
// half a minute, so it does no harm in a log.

const kTimeoutMs = 5000;
const kNone = new Set([404, 405, 426, 501]); // a server, or a proxy in front of it, that has no tickets

/** `ws://host` as `http://host`. @param {string} base */
export const httpOf = (base) => String(base).replace(/^ws/i, 'http').replace(/\/+$/, '');

/**
 * @param {string} base the URL that the client was given
 * @param {string} token
 * @returns {Promise<{ticket: string | null, none?: boolean}>} `none`: this server has no tickets; without it, there is none this time
 */
export async function takeTicket(base, token) {
  if (typeof fetch !== 'function') {
    return { ticket: null, none: true };
  }
  try {
    const answer = await fetch(`${httpOf(base)}/ticket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(kTimeoutMs),
    });
    if (!answer.ok) {
      return { ticket: null, none: kNone.has(answer.status) };
    }
    const { ticket } = await answer.json();
    return { ticket: typeof ticket === 'string' ? ticket : null };
  } catch {
    return { ticket: null };
  }
}
