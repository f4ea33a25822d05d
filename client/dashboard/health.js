// System health: its components, and what is wrong with them.

import { ago, toneOf } from './format.js';
import { emptyState, h, reconcile, setText } from './dom.js';
import { Panel } from './panel.js';
import { store } from './store.js';
import { streams } from './streams.js';

const kRank = /** @type {Record<string, number>} */ ({ bad: 0, warn: 1, idle: 2, info: 3, ok: 4 });

class Health extends Panel {
  connectedCallback() {
    this.overall = h('span', { class: 'status' });
    this.build('System health', this.overall);
    this.list = h('ul');
    this.none = emptyState('No health report yet', 'Components appear here with the first SystemHealthUpdate.');
    this.denied = emptyState('Not part of your role', 'System health is shown to admins.', 'lock');
    this.body.append(this.none, this.denied, this.list);
    streams.on('denied', () => this.show());
    streams.on('token', () => this.show());
    this.watch('health', () => this.show());
  }

  show() {
    const denied = streams.denied.has('SystemHealthUpdate');
    const health = denied ? null : store.health;
    this.denied.hidden = !denied;
    this.none.hidden = denied || health !== null;
    const overall = health?.data.overall_status;
    setText(this.overall, overall ?? '');
    this.overall.hidden = overall === undefined;
    this.overall.dataset.tone = toneOf(overall);
    const components = Object.entries(health?.data.components ?? {}).sort(([a, x], [b, y]) => kRank[toneOf(x?.status)] - kRank[toneOf(y?.status)] || (a < b ? -1 : 1));
    reconcile(this.list, components, ([name]) => name,
      () => h('li', { class: 'health-row' }, h('span', { class: 'name' }), h('span', {}, h('span', { class: 'status' }), h('span', { class: 'checked' })), h('span', { class: 'why' })),
      (row, [name, component]) => {
        setText(row.querySelector('.name'), name);
        const status = /** @type {HTMLElement} */ (row.querySelector('.status'));
        setText(status, component?.status);
        status.dataset.tone = toneOf(component?.status);
        setText(row.querySelector('.checked'), component?.last_check ? ago(Date.parse(component.last_check)) : '');
        const why = /** @type {HTMLElement} */ (row.querySelector('.why'));
        setText(why, component?.message);
        why.hidden = !component?.message;
      });
  }
}

customElements.define('rs-health', Health);
