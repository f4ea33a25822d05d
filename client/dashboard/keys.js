// Keys for everything, and a list of them.

import { h, icon } from './dom.js';
import { copyText } from './clipboard.js';
import { currentView, go } from './route.js';

const kKeys = [
  ['g o', 'Overview'], ['g e', 'Events'], ['g m', 'Metrics'], ['g l', 'Logs'], ['/', 'Search in this view'], ['f', 'Show what has failed'], ['p', 'Pause or resume the log'],
  ['n, N', 'Next or previous match in the log'], ['↑ ↓ Home End', 'Select a line'], ['Enter', 'Open the line'], ['Esc', 'Close'], ['y', 'Copy a link to this view'], ['?', 'This list'],
];
const kViews = /** @type {Record<string, string>} */ ({ o: '#overview', e: '#events', m: '#metrics', l: '#logs' });

class Help extends HTMLElement {
  connectedCallback() {
    this.dialog = h('dialog', { 'aria-labelledby': 'help-title' }, h('div', { class: 'panel-head' }, h('h2', { id: 'help-title' }, 'Keyboard shortcuts'),
      h('button', { class: 'button quiet icon end', type: 'button', 'aria-label': 'Close', on: { click: () => this.dialog.close() } }, icon('close'))),
    h('dl', { class: 'facts' }, ...kKeys.flatMap(([keys, what]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, what)])));
    this.append(this.dialog);
    addEventListener('showhelp', () => this.dialog.showModal());
    addEventListener('keydown', (event) => this.onKey(event));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.('input, select, textarea, dialog[open]')) {
      return;
    }
    const after = this.isAfterG;
    this.isAfterG = event.key === 'g';
    const view = /** @type {any} */ (document.querySelector(`#view-${currentView()}`));
    /** @type {Record<string, () => void>} */
    const keys = {
      '?': () => this.dialog.showModal(),
      '/': () => view.querySelector('input[type="search"]')?.focus(),
      f: () => go('#overview?tasks=failed&workflows=failed&batches=failed'),
      p: () => document.getElementById('log-pause')?.click(),
      n: () => view.querySelector('rs-logs')?.find(1),
      N: () => view.querySelector('rs-logs')?.find(-1),
      y: () => copyText(location.href, 'Link'),
    };
    const act = after && event.key in kViews ? () => go(kViews[event.key]) : keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }
}

customElements.define('rs-help', Help);
