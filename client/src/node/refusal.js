// A refused upgrade: its status, the server's JSON and Retry-After, and what to do about it. Browsers cannot read any of that.

import { kRefusals } from './refusal_table.js';

/**
 * @typedef {Object} Refusal
 * @property {number} status        of HTTP
 * @property {string} [error]       the server's name for it, such as "too_many_connections"
 * @property {number} [retryAfterMs]
 * @property {string} text          for people
 * @property {import('../protocol_table.js').Advice} advice
 */

/**
 * @param {number} status
 * @param {string} body
 * @param {string | undefined} retryAfter  the header
 * @returns {Refusal}
 */
export function refusalOf(status, body, retryAfter) {
  const { error, message } = namesIn(body);
  const text = `refused with ${[status, error].filter(Boolean).join(' ')}${message ? `: ${message}` : ''}`;
  return { status, error, retryAfterMs: millisecondsOf(retryAfter), text, advice: adviceForRefusal(status, error) };
}

/** The server's own names decide; the status decides for answers of a proxy. @param {number} status @param {string} [error] */
export function adviceForRefusal(status, error) {
  if (error !== undefined && Object.hasOwn(kRefusals, error)) {
    return kRefusals[error];
  }
  return status === 401 ? 'refresh' : status === 429 || status === 503 ? 'retry-later' : 'retry';
}

/** @param {string} body @returns {{error?: string, message?: string}} */
function namesIn(body) {
  try {
    const { error, message } = JSON.parse(body);
    return { error: typeof error === 'string' ? error : undefined, message: typeof message === 'string' ? message : undefined };
  } catch {
    return {}; // an answer of something else than Ringside
  }
}

/** Seconds, or a date: RFC 9110, section 10.2.3. @param {string | undefined} header @returns {number | undefined} */
function millisecondsOf(header) {
  const ms = header === undefined ? NaN : /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
