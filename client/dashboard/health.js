// System health, of all who report it: components, the worst first, with what they were before.

import { ago, fullTime, toneOf } from './format.js';
import { h, reconcile, setText } from './dom.js';
import { Panel } from './panel.js';
import { serverNow } from './server_clock.js';
import { store } from './store.js';

class Health extends Panel {
  connectedCallback() {
    this.overall = h('span', { class: 'status' });
    this.build('System health', 'SystemHealthUpdate', this.overall);
    this.list = h('ul');
    this.changes = h('ul', { class: 'changes', 'aria-label': 'What changed' });
    this.body.append(this.list, this.changes);
    this.watch('health', () => this.show());
  }

  show() {
    const { health } = store;
    const now = serverNow();
    const components = health.components();
    const reporters = [...health.reporters.values()];
    const shown = this.showState(reporters.length, ['No health report yet', 'Components appear here with the first SystemHealthUpdate.']);
    const overall = shown ? health.overall() : '';
    setText(this.overall, overall);
    this.overall.hidden = overall === '';
    this.overall.dataset.tone = toneOf(overall);
    this.setCount(shown && reporters.length > 1 ? `${reporters.length} reporters` : '');
    const silent = new Set(reporters.filter((one) => health.isSilent(one, now)));
    reconcile(this.list, shown ? components : [], ({ name, reporter }) => `${reporter.key}\u0000${name}`,
      () => h('li', { class: 'health-row' }, h('span', { class: 'name' }), h('span', {}, h('span', { class: 'strip', 'aria-hidden': 'true' }), h('span', { class: 'status' }), h('span', { class: 'checked' })), h('span', { class: 'why' })),
      (row, one) => this.update(row, one, silent.has(one.reporter), reporters.length > 1));
    reconcile(this.changes, shown ? health.changes.slice(0, 8) : [], (one) => `${one.time} ${one.component}`, () => h('li'), (row, one) => {
      setText(row, `${one.component}: ${one.from} → ${one.to}, ${ago(one.time)}`);
      row.title = fullTime(one.time);
    });
    this.changes.hidden = this.changes.childElementCount === 0;
  }

  /** @param {HTMLElement} row @param {import('./health_model.js').Component} one @param {boolean} silent @param {boolean} named */
  update(row, one, silent, named) {
    setText(row.querySelector('.name'), one.name);
    row.querySelector('.name')?.setAttribute('title', named ? `${one.name}, reported by ${one.reporter.name}` : one.name);
    const status = /** @type {HTMLElement} */ (row.querySelector('.status'));
    setText(status, one.status);
    status.dataset.tone = toneOf(one.status);
    const time = Number.isFinite(one.checked) ? one.checked : one.reporter.time;
    setText(row.querySelector('.checked'), silent ? `no news for ${ago(one.reporter.time).replace(' ago', '')}` : ago(time));
    row.querySelector('.checked')?.setAttribute('title', fullTime(time));
    row.toggleAttribute('data-silent', silent);
    const strip = /** @type {HTMLElement} */ (row.querySelector('.strip'));
    const tones = one.history.slice(-12).map(({ status: was }) => toneOf(was));
    if (strip.dataset.tones !== String(tones)) {
      strip.dataset.tones = String(tones);
      strip.replaceChildren(...tones.map((tone) => h('i', { data: { tone } })));
    }
    const why = /** @type {HTMLElement} */ (row.querySelector('.why'));
    setText(why, one.message);
    why.hidden = one.message === '';
  }
}

customElements.define('rs-health', Health);
