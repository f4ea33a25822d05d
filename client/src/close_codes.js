// Close codes in words: `@ringside/client/close-codes`, apart from the client, which gets along with the server's reasons.

import { kCloseTexts } from './close_texts.js';

export { adviceFor } from './advice.js';

/** @param {number} code @returns {string} */
export function textFor(code) {
  return kCloseTexts[code] ?? `closed with code ${code}`;
}

/** @returns {number[]} */
export function knownCloseCodes() {
  return Object.keys(kCloseTexts).map(Number);
}
