// A short message for everybody: seen for a moment, and read out.

import { h } from './dom.js';

const kShownMs = 2500;

/** @type {HTMLElement | undefined} */
let toast;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
export function announce(text) {
  if (!toast) {
    toast = h('div', { class: 'toast', role: 'status' });
    document.body.append(/** @type {HTMLElement} */ (toast));
  }
  const shown = /** @type {HTMLElement} */ (toast);
  shown.textContent = text;
  shown.dataset.shown = '';
  clearTimeout(timer);
  timer = setTimeout(() => delete shown.dataset.shown, kShownMs);
}
