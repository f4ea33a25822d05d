// What the log view is asked for, in the URL and as filters of the server.

import { parseRoute } from './route.js';

/** @typedef {{level: string, component: string, search: string, regex: boolean, mark: boolean, at: string, line: string, task: string}} LogQuery */

/** @returns {LogQuery} */
export function logQuery() {
  const { query } = parseRoute();
  const text = (/** @type {string} */ name) => query.get(name) ?? '';
  return { level: text('level').toUpperCase(), component: text('component'), search: text('search'), regex: text('regex') === '1', mark: text('mark') === '1', at: text('at'), line: text('line'), task: text('task') };
}

/** @param {LogQuery} query @returns {Record<string, any>} */
export function filtersOf({ level, component, search, regex, mark, task }) {
  /** @type {Record<string, any>} */
  const filters = {};
  const components = component.split(',').map((name) => name.trim()).filter(Boolean);
  if (level) {
    filters.min_level = level;
  }
  if (components.length > 0) {
    filters.component = components;
  }
  if (task) {
    filters.task_id = task;
  }
  if (search.trim() && !mark) {
    filters.search = regex ? { regex: search.trim() } : search.trim();
  }
  return filters;
}

/** A time of the URL: RFC 3339, or before now, as in -15m. @param {string} text @param {number} now @returns {number} NaN: it is none */
export function timeOf(text, now) {
  const match = /^-(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text);
  return match ? now - Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[/** @type {'s' | 'm' | 'h' | 'd'} */ (match[2])] : Date.parse(text);
}
