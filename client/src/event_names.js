// The short names that the server takes for its own types.

import { kAliases } from './protocol_table.js';

/** @param {string} name @returns {string} */
export function fullName(name) {
  return Object.hasOwn(kAliases, name) ? kAliases[name] : name;
}

/** @param {string | string[]} names @returns {string[]} full names, each once */
export function fullNames(names) {
  return [...new Set((Array.isArray(names) ? names : [names]).map(fullName))];
}
