// Tickets: what goes into the URL of a connection instead of a token. The server gives one for the token; it is good once, for
// half a minute, so it does no harm in a log.

import { httpOf } from './address.js';

const kTimeoutMs = 5000;
const kNone = new Set([404, 405, 426, 501]); // a server, or a proxy in front of it, that has no tickets

/**
 * @param {string} base the URL that the client was given
 * @param {string} token
 * @returns {Promise<{ticket: string | null, none: boolean}>} `none`: this server has no tickets; without it, there is none this time
 */
export async function takeTicket(base, token) {
  let ticket = null;
  let none = false;
  try {
    const answer = await fetch(`${httpOf(base)}/ticket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(kTimeoutMs),
    });
    none = kNone.has(answer.status);
    ticket = (answer.ok && (await answer.json()).ticket) || null;
  } catch {
    // none this time
  }
  return { ticket, none };
}
