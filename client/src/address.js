// The URL of a connection.

import { queryOfFilters } from './filters.js';

/**
 * `ws://host:9090` + `/ws` + parameters. An http(s) base becomes ws(s).
 * @param {string} baseUrl
 * @param {string} path
 * @param {{token?: string | null, ticket?: string | null, events?: string[], filters?: Record<string, any>, since?: string | null,
 *          query?: Record<string, string | number | boolean>}} parameters
 * @returns {string}
 */
export function addressOf(baseUrl, path, parameters) {
  const base = String(baseUrl).replace(/^http/i, 'ws').replace(/\/+$/, '');
  /** @type {[string, string][]} */
  const pairs = [];
  if (parameters.token) {
    pairs.push(['token', parameters.token]);
  }
  if (parameters.ticket) {
    pairs.push(['ticket', parameters.ticket]);
  }
  if (parameters.events && parameters.events.length > 0) {
    pairs.push(['events', parameters.events.join(',')]);
  }
  for (const [name, value] of Object.entries(parameters.query ?? {})) {
    pairs.push([name, String(value)]);
  }
  pairs.push(...queryOfFilters(parameters.filters ?? {}));
  if (parameters.since) {
    pairs.push(['since', parameters.since]);
  }
  const query = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return query ? `${base}${path}?${query}` : `${base}${path}`;
}
