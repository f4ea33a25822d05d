// The URL of a connection.

import { queryOfFilters } from './filters.js';

/** `ws://host` as `http://host`. @param {string} base */
export const httpOf = (base) => `${base}`.replace(/^ws/i, 'http').replace(/\/+$/, '');

/**
 * `ws://host:9090` + `/ws` + parameters. An http(s) base becomes ws(s).
 * @param {string} baseUrl
 * @param {string} path
 * @param {{token?: string | null, ticket?: string | null, events?: string[], filters?: Record<string, any>, since?: string | null,
 *          query?: Record<string, string | number | boolean>}} parameters
 * @returns {string}
 */
export function addressOf(baseUrl, path, parameters) {
  const { token, ticket, events, filters, since, query } = parameters;
  /** @type {[string, any][]} */
  const own = Object.entries({ token: token || null, ticket, events: events?.join() || null, ...query });
  const text = [...own, ...queryOfFilters(filters ?? {}), ['since', since || null]]
    .filter(([, value]) => value != null)
    .map((pair) => pair.map((one) => encodeURIComponent(`${one}`)).join('='))
    .join('&');
  return httpOf(baseUrl).replace(/^http/i, 'ws') + path + (text && `?${text}`);
}
