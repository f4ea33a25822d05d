// Workflows: step, progress by steps, time left.

import { ago, duration, percent, toneOf } from './format.js';
import { emptyState, h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { inOrder, isActive, store } from './store.js';
import { openTrace } from './trace_link.js';

const kMost = 100;
const kMostSteps = 24;

class Workflows extends Panel {
  connectedCallback() {
    this.build('Workflows');
    this.list = h('ul');
    this.none = emptyState('No workflows yet', 'A workflow appears here with its first WorkflowProgressUpdate.');
    this.body.append(this.none, this.list);
    this.watch('workflows', () => this.show());
  }

  show() {
    const all = inOrder(store.workflows.values());
    this.none.hidden = all.length > 0;
    const running = all.filter(isActive).length;
    this.setCount(all.length === 0 ? '' : `${running} running`);
    reconcile(this.list, all.slice(0, kMost), (item) => item.id, (item) => this.make(item), (element, item) => this.update(element, item));
  }

  /** @param {import('./store.js').Thing} item */
  make(item) {
    return h('li', { class: 'item' },
      h('div', { class: 'item-head' },
        h('button', { class: 'link name', type: 'button', on: { click: () => openTrace('workflow_id', item.id, item.data.name) } }),
        h('span', { class: 'where' }), h('span', { class: 'end' }, h('span', { class: 'left muted' }), h('span', { class: 'percent' }))),
      h('div', { class: 'steps', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': 'Progress' }),
      h('div', { class: 'item-foot' }, h('span', { class: 'step' }), h('span', { class: 'end' })));
  }

  /** @param {HTMLElement} element @param {import('./store.js').Thing} item */
  update(element, item) {
    const { data, metadata } = item;
    const done = Number(data.progress ?? 0) >= 100;
    const tone = data.status ? toneOf(data.status) : done ? 'ok' : 'info';
    setText(element.querySelector('.name'), data.name ?? item.id);
    setText(element.querySelector('.where'), [metadata.infra, metadata.provider].filter(Boolean).join(' · '));
    setText(element.querySelector('.percent'), percent(data.progress));
    const left = Number(data.estimated_time_remaining) - (Date.now() - item.time) / 1000;
    setText(element.querySelector('.left'), done ? `done ${ago(item.time)}` : Number.isFinite(left) ? (left > 1 ? `${duration(left)} left` : 'any moment') : '');
    const step = data.step_details?.step_message ? `${data.current_step ?? ''} — ${data.step_details.step_message}` : (data.current_step ?? '');
    setText(element.querySelector('.step'), step);
    setText(element.querySelector('.item-foot .end'), data.total_steps ? `step ${Math.min(Number(data.completed_steps ?? 0) + (done ? 0 : 1), data.total_steps)} of ${data.total_steps}` : '');
    this.showSteps(/** @type {HTMLElement} */ (element.querySelector('.steps')), data, tone);
  }

  // One bar a step, so that the eye counts; a single bar where steps are not told or too many.
  /** @param {HTMLElement} bars @param {any} data @param {string} tone */
  showSteps(bars, data, tone) {
    const total = Number(data.total_steps);
    const n = Number.isInteger(total) && total > 0 && total <= kMostSteps ? total : 1;
    const progress = Math.max(0, Math.min(100, Number(data.progress ?? 0)));
    bars.setAttribute('aria-valuenow', String(Math.round(progress)));
    while (bars.childElementCount < n) {
      bars.append(meter('', 'big'));
    }
    while (bars.childElementCount > n) {
      bars.lastElementChild?.remove();
    }
    const finished = Number(data.completed_steps ?? 0);
    [...bars.children].forEach((bar, i) => {
      const share = n === 1 ? progress : progress >= 100 || i < finished ? 100 : i === finished ? Number(data.step_details?.step_progress ?? 0) : 0;
      setMeter(bar, share, tone);
    });
  }
}

customElements.define('rs-workflows', Workflows);
