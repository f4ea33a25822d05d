// Workflows: status, step, progress by steps, time left.

import { ago, duration, percent } from './format.js';
import { h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { emptyText, fillAge, fillRest, fillStatus, listed, onChoice, shownChoice } from './run_list.js';
import { errorOf, hasFailed, isActive, isStale } from './run_model.js';
import { runHref } from './route.js';
import { serverNow } from './server_clock.js';
import { store } from './store.js';
import { streams } from './streams.js';

const kMost = 300;
const kMostSteps = 24;

class Workflows extends Panel {
  connectedCallback() {
    this.build('Workflows', 'WorkflowProgressUpdate', shownChoice('workflows'));
    this.list = h('ul');
    this.rest = h('p', { class: 'rest', hidden: true });
    this.body.append(this.list, this.rest);
    onChoice(() => this.show());
    this.watch('workflows', () => this.show());
  }

  show() {
    const all = listed('workflows', store.workflows.values());
    const shown = this.showState(all.length, emptyText('workflows', store.workflows.size, ['No workflows yet', 'A workflow appears here with its first WorkflowProgressUpdate.']));
    const running = [...store.workflows.values()].filter((run) => isActive(run) && !isStale(run, serverNow())).length;
    const failed = [...store.workflows.values()].filter(hasFailed).length;
    this.setCount(!shown ? '' : `${running} running${failed > 0 ? `, ${failed} failed` : ''}`);
    reconcile(this.list, shown ? all.slice(0, kMost) : [], (run) => run.id, (run) => this.make(run), (element, run) => this.update(element, run));
    fillRest(this.rest, 'workflows', shown ? all.length - kMost : 0);
  }

  /** @param {import('./run_model.js').Run} run */
  make(run) {
    return h('li', { class: 'item' },
      h('div', { class: 'item-head' },
        h('a', { class: 'link name', href: runHref('workflow', run.id) }), h('span', { class: 'status' }),
        h('span', { class: 'where' }), h('span', { class: 'end' }, h('span', { class: 'left muted' }), h('span', { class: 'percent' }))),
      h('div', { class: 'steps', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': 'Progress' }),
      h('p', { class: 'why' }),
      h('div', { class: 'item-foot' }, h('span', { class: 'step' }), h('span', { class: 'end' })));
  }

  /** @param {HTMLElement} element @param {import('./run_model.js').Run} run */
  update(element, run) {
    const { data, metadata } = run;
    const over = !isActive(run);
    const tone = hasFailed(run) ? 'bad' : isStale(run, serverNow()) ? 'warn' : over ? 'ok' : 'info';
    setText(element.querySelector('.name'), data.name ?? run.id);
    fillStatus(/** @type {Element} */ (element.querySelector('.status')), run);
    setText(element.querySelector('.where'), [metadata.infra, metadata.provider].filter(Boolean).join(' · '));
    setText(element.querySelector('.percent'), percent(data.progress));
    if (over) {
      fillAge(element.querySelector('.left'), run.time);
    } else {
      setText(element.querySelector('.left'), timeLeft(run));
    }
    const why = /** @type {HTMLElement} */ (element.querySelector('.why'));
    setText(why, errorOf(run));
    why.hidden = why.textContent === '';
    const step = data.step_details?.step_message ? `${data.current_step ?? ''} — ${data.step_details.step_message}` : (data.current_step ?? '');
    setText(element.querySelector('.step'), step);
    const done = Number(data.progress ?? 0) >= 100;
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

/** What the producer estimated, if that can still be true. @param {import('./run_model.js').Run} run */
function timeLeft(run) {
  const left = Number(run.data.estimated_time_remaining) - (serverNow() - run.time) / 1000;
  if (isStale(run, serverNow()) || streams.status.isLoading || streams.status.isStale) {
    return `last news ${ago(run.time)}`; // an estimate from history would be no better than a guess
  }
  return Number.isFinite(left) ? (left > 1 ? `${duration(left)} left` : left > -30 ? 'any moment' : `${duration(-left)} over its time`) : `for ${duration((serverNow() - run.startedAt) / 1000)}`;
}

customElements.define('rs-workflows', Workflows);
