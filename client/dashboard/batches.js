// Batches, each with its operations.

import { ago, percent, toneOf, isLive } from './format.js';
import { emptyState, h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { inOrder, isActive, store } from './store.js';
import { openTrace } from './trace_link.js';

const kMost = 60;

class Batches extends Panel {
  connectedCallback() {
    this.build('Batches');
    this.list = h('ul');
    this.none = emptyState('No batches yet', 'A batch and its operations appear here with the first BatchOperationUpdate.');
    this.body.append(this.none, this.list);
    this.watch('batches', () => this.show());
  }

  show() {
    const all = inOrder(store.batches.values());
    this.none.hidden = all.length > 0;
    this.setCount(all.length === 0 ? '' : `${all.filter(isActive).length} running`);
    reconcile(this.list, all.slice(0, kMost), (item) => item.id, (item) => this.make(item), (element, item) => this.update(element, item));
  }

  /** @param {import('./store.js').Thing} item */
  make(item) {
    return h('li', { class: 'item' },
      h('div', { class: 'item-head' },
        h('button', { class: 'link name', type: 'button', on: { click: () => openTrace('batch_id', item.id, item.data.name) } }),
        h('span', { class: 'status' }), h('span', { class: 'end' }, h('span', { class: 'tally muted' }), h('span', { class: 'percent' }))),
      h('div', { class: 'overall', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': 'Progress' }, meter('', 'big')),
      h('ul', { class: 'operations' }));
  }

  /** @param {HTMLElement} element @param {import('./store.js').Thing} item */
  update(element, item) {
    const { data, metadata } = item;
    const tone = toneOf(data.status);
    setText(element.querySelector('.name'), data.name ?? item.id);
    const status = /** @type {HTMLElement} */ (element.querySelector('.status'));
    setText(status, data.status);
    status.dataset.tone = tone;
    status.toggleAttribute('data-live', isLive(data.status));
    setText(element.querySelector('.percent'), percent(data.progress));
    const operations = Array.isArray(data.operations) ? data.operations : [];
    const total = metadata.total_operations ?? operations.length;
    const done = metadata.completed_operations ?? operations.filter((/** @type {any} */ one) => toneOf(one.status) === 'ok').length;
    const failed = metadata.failed_operations ?? operations.filter((/** @type {any} */ one) => toneOf(one.status) === 'bad').length;
    setText(element.querySelector('.tally'), [total ? `${done} of ${total} done` : '', failed ? `${failed} failed` : '', isActive(item) ? '' : ago(item.time)].filter(Boolean).join(' · '));
    const overall = /** @type {HTMLElement} */ (element.querySelector('.overall'));
    overall.setAttribute('aria-valuenow', String(Math.round(Number(data.progress ?? 0)) || 0));
    setMeter(overall.firstElementChild, Number(data.progress ?? 0), tone);
    reconcile(/** @type {Element} */ (element.querySelector('.operations')), operations.slice(0, 40), (one) => String(one.id ?? one.name),
      () => h('li', { class: 'operation' }, h('span', { class: 'name' }), h('span', { class: 'status' }), meter()),
      (row, one) => {
        setText(row.querySelector('.name'), one.name ?? one.id);
        const word = /** @type {HTMLElement} */ (row.querySelector('.status'));
        setText(word, one.status);
        word.dataset.tone = toneOf(one.status);
        setMeter(row.querySelector('.meter'), Number(one.progress ?? (toneOf(one.status) === 'ok' ? 100 : 0)), toneOf(one.status));
      });
  }
}

customElements.define('rs-batches', Batches);
