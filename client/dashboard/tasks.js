// Tasks, as a table: failures first. Only the rows in sight exist.

import { percent, toneOf } from './format.js';
import { h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { emptyText, fillAge, fillStatus, kShown, listed, onChoice, sortChoice } from './run_list.js';
import { errorOf } from './run_model.js';
import { parseRoute, runHref, setQuery } from './route.js';
import { store } from './store.js';

const kRowHeight = 38;
const kSpare = 6;

class Tasks extends Panel {
  connectedCallback() {
    this.choice = h('div', { class: 'segments', role: 'group', 'aria-label': 'Which tasks' },
      ...Object.entries(kShown).map(([name, [label]]) => h('button', { type: 'button', data: { kind: name }, on: { click: () => setQuery({ tasks: name === 'all' ? '' : name }) } }, label)));
    this.build('Tasks', 'TaskStatusChanged', sortChoice(), this.choice);
    this.rows = h('tbody');
    this.table = h('table', { class: 'data' },
      h('colgroup', {}, ...[['34%'], ['16%', 'hide-narrow'], [''], ['18%'], ['13%', 'hide-narrow']].map(([width, kind]) => {
        const column = h('col', { class: kind });
        column.style.setProperty('width', width || 'auto');
        return column;
      })),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Task'), h('th', { scope: 'col', class: 'hide-narrow' }, 'Part of'), h('th', { scope: 'col' }, 'Status'), h('th', { scope: 'col' }, 'Progress'), h('th', { scope: 'col', class: 'num hide-narrow' }, 'Changed'))),
      this.rows);
    this.space = h('div', { class: 'rows-space' }, this.table);
    this.body.append(this.space);
    this.body.addEventListener('scroll', () => this.draw(), { passive: true });
    onChoice(() => this.show());
    this.watch('tasks', () => this.show());
  }

  show() {
    const kind = parseRoute().query.get('tasks') ?? 'all';
    for (const button of this.choice.children) {
      button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
    }
    this.all = listed('tasks', store.tasks.values());
    const shown = this.showState(this.all.length, emptyText('tasks', store.tasks.size, ['No tasks yet', 'A task appears here with its first TaskStatusChanged.']));
    this.space.hidden = !shown;
    this.setCount(!shown ? '' : this.all.length === store.tasks.size ? this.all.length.toLocaleString('en') : `${this.all.length.toLocaleString('en')} of ${store.tasks.size.toLocaleString('en')}`);
    this.draw();
  }

  draw() {
    const all = this.all ?? [];
    const first = Math.max(0, Math.floor(this.body.scrollTop / kRowHeight) - kSpare);
    const last = Math.min(all.length, Math.ceil((this.body.scrollTop + Math.max(this.body.clientHeight, 420)) / kRowHeight) + kSpare);
    this.space.style.setProperty('padding-top', `${first * kRowHeight}px`);
    this.space.style.setProperty('padding-bottom', `${Math.max(0, all.length - last) * kRowHeight}px`);
    this.table.setAttribute('aria-rowcount', String(all.length + 1));
    reconcile(this.rows, all.slice(first, last), (run) => run.id, (run) => this.make(run), (row, run) => this.update(row, run));
  }

  /** @param {import('./run_model.js').Run} run */
  make(run) {
    return h('tr', {},
      h('td', {}, h('a', { class: 'link name', href: runHref('task', run.id) }), h('span', { class: 'why' })),
      h('td', { class: 'muted part hide-narrow' }), h('td', {}, h('span', { class: 'status' })),
      h('td', {}, h('div', { class: 'bar' }, meter(), h('span', { class: 'percent' }))), h('td', { class: 'num muted when hide-narrow' }));
  }

  /** @param {HTMLElement} row @param {import('./run_model.js').Run} run */
  update(row, run) {
    const { id, data, metadata, time } = run;
    const tone = toneOf(data.status);
    const name = row.querySelector('.name');
    setText(name, run.attempt > 1 ? `${data.name ?? id} (attempt ${run.attempt})` : (data.name ?? id));
    name?.setAttribute('title', id);
    setText(row.querySelector('.why'), errorOf(run));
    setText(row.querySelector('.part'), [metadata.workflow_type, metadata.infra].filter(Boolean).join(' · '));
    fillStatus(/** @type {Element} */ (row.querySelector('.status')), run);
    const progress = data.progress ?? (tone === 'ok' ? 100 : null);
    setMeter(row.querySelector('.meter'), Number(progress ?? 0), tone);
    setText(row.querySelector('.percent'), percent(progress));
    fillAge(row.querySelector('.when'), time);
  }
}

customElements.define('rs-tasks', Tasks);
