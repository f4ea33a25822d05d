// Batches, each with its operations.

import { percent, toneOf } from './format.js';
import { h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { emptyText, fillAge, fillRest, fillStatus, listed, onChoice, shownChoice } from './run_list.js';
import { errorOf, hasFailed, isActive, isStale } from './run_model.js';
import { runHref } from './route.js';
import { serverNow } from './server_clock.js';
import { store } from './store.js';

const kMost = 300;

class Batches extends Panel {
  connectedCallback() {
    this.build('Batches', 'BatchOperationUpdate', shownChoice('batches'));
    this.list = h('ul');
    this.rest = h('p', { class: 'rest', hidden: true });
    this.body.append(this.list, this.rest);
    onChoice(() => this.show());
    this.watch('batches', () => this.show());
  }

  show() {
    const all = listed('batches', store.batches.values());
    const shown = this.showState(all.length, emptyText('batches', store.batches.size, ['No batches yet', 'A batch and its operations appear here with the first BatchOperationUpdate.']));
    const running = [...store.batches.values()].filter((run) => isActive(run) && !isStale(run, serverNow())).length;
    const failed = [...store.batches.values()].filter(hasFailed).length;
    this.setCount(!shown ? '' : `${running} running${failed > 0 ? `, ${failed} failed` : ''}`);
    reconcile(this.list, shown ? all.slice(0, kMost) : [], (run) => run.id, (run) => this.make(run), (element, run) => this.update(element, run));
    fillRest(this.rest, 'batches', shown ? all.length - kMost : 0);
  }

  /** @param {import('./run_model.js').Run} run */
  make(run) {
    return h('li', { class: 'item' },
      h('div', { class: 'item-head' },
        h('a', { class: 'link name', href: runHref('batch', run.id) }),
        h('span', { class: 'status' }), h('span', { class: 'end' }, h('span', { class: 'tally muted' }), h('span', { class: 'when muted' }), h('span', { class: 'percent' }))),
      h('div', { class: 'overall', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': 'Progress' }, meter('', 'big')),
      h('p', { class: 'why' }),
      h('ul', { class: 'operations' }));
  }

  /** @param {HTMLElement} element @param {import('./run_model.js').Run} run */
  update(element, run) {
    const { data, metadata } = run;
    const tone = isStale(run, serverNow()) ? 'warn' : toneOf(data.status);
    setText(element.querySelector('.name'), data.name ?? run.id);
    fillStatus(/** @type {Element} */ (element.querySelector('.status')), run);
    setText(element.querySelector('.percent'), percent(data.progress));
    fillAge(element.querySelector('.when'), run.time);
    const why = /** @type {HTMLElement} */ (element.querySelector('.why'));
    setText(why, errorOf(run));
    why.hidden = why.textContent === '';
    const operations = Array.isArray(data.operations) ? data.operations : [];
    const total = metadata.total_operations ?? operations.length;
    const done = metadata.completed_operations ?? operations.filter((/** @type {any} */ one) => toneOf(one.status) === 'ok').length;
    const failed = metadata.failed_operations ?? operations.filter((/** @type {any} */ one) => toneOf(one.status) === 'bad').length;
    setText(element.querySelector('.tally'), [total ? `${done} of ${total} done` : '', failed ? `${failed} failed` : ''].filter(Boolean).join(' · '));
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
