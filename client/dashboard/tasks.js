// Tasks, as a table: running first.

import { ago, isLive, percent, toneOf } from './format.js';
import { emptyState, h, meter, reconcile, setMeter, setText } from './dom.js';
import { Panel } from './panel.js';
import { inOrder, isActive, store } from './store.js';
import { openTrace } from './trace_link.js';

const kMost = 200;
/** @type {Record<string, [string, (item: import('./store.js').Thing) => boolean]>} */
const kKinds = {
  all: ['All', () => true],
  active: ['Active', isActive],
  failed: ['Failed', (item) => toneOf(item.data.status) === 'bad'],
  done: ['Done', (item) => toneOf(item.data.status) === 'ok'],
};

class Tasks extends Panel {
  connectedCallback() {
    this.kind = 'all';
    this.choice = h('div', { class: 'segments', role: 'group', 'aria-label': 'Which tasks' },
      ...Object.entries(kKinds).map(([name, [label]]) => h('button', { type: 'button', 'aria-pressed': name === this.kind, data: { kind: name }, on: { click: () => this.choose(name) } }, label)));
    this.build('Tasks', this.choice);
    this.rows = h('tbody');
    this.table = h('table', { class: 'data' },
      h('colgroup', {}, ...[['30%'], ['16%', 'hide-narrow'], [''], ['22%'], ['14%', 'hide-narrow']].map(([width, kind]) => {
        const column = h('col', { class: kind });
        column.style.setProperty('width', width || 'auto');
        return column;
      })),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Task'), h('th', { scope: 'col', class: 'hide-narrow' }, 'Part of'), h('th', { scope: 'col' }, 'Status'), h('th', { scope: 'col' }, 'Progress'), h('th', { scope: 'col', class: 'num hide-narrow' }, 'Changed'))),
      this.rows);
    this.none = emptyState('No tasks yet', 'A task appears here with its first TaskStatusChanged.');
    this.body.append(this.none, this.table);
    this.watch('tasks', () => this.show());
  }

  /** @param {string} kind */
  choose(kind) {
    this.kind = kind;
    for (const button of this.choice.children) {
      button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
    }
    this.show();
  }

  show() {
    const all = inOrder([...store.tasks.values()].filter(kKinds[this.kind][1]));
    this.none.hidden = all.length > 0;
    this.table.hidden = all.length === 0;
    setText(this.none.querySelector('strong'), store.tasks.size === 0 ? 'No tasks yet' : `No ${this.kind} tasks`);
    this.setCount(store.tasks.size === 0 ? '' : all.length > kMost ? `${kMost} of ${all.length.toLocaleString('en')}` : String(all.length));
    reconcile(this.rows, all.slice(0, kMost), (item) => item.id, (item) => this.make(item), (row, item) => this.update(row, item));
  }

  /** @param {import('./store.js').Thing} item */
  make(item) {
    return h('tr', {},
      h('td', {}, h('button', { class: 'link name', type: 'button', on: { click: () => openTrace('task_id', item.id, item.data.name) } })),
      h('td', { class: 'muted part hide-narrow' }), h('td', {}, h('span', { class: 'status' })),
      h('td', {}, h('div', { class: 'bar' }, meter(), h('span', { class: 'percent' }))), h('td', { class: 'num muted when hide-narrow' }));
  }

  /** @param {HTMLElement} row @param {import('./store.js').Thing} item */
  update(row, { id, data, metadata, time }) {
    const tone = toneOf(data.status);
    const name = row.querySelector('.name');
    setText(name, data.name ?? id);
    name?.setAttribute('title', id);
    setText(row.querySelector('.part'), [metadata.workflow_type, metadata.infra].filter(Boolean).join(' · '));
    const status = /** @type {HTMLElement} */ (row.querySelector('.status'));
    setText(status, data.status);
    status.dataset.tone = tone;
    status.toggleAttribute('data-live', isLive(data.status));
    const progress = data.progress ?? (tone === 'ok' ? 100 : null);
    setMeter(row.querySelector('.meter'), Number(progress ?? 0), tone);
    setText(row.querySelector('.percent'), percent(progress));
    setText(row.querySelector('.when'), ago(time));
  }
}

customElements.define('rs-tasks', Tasks);
