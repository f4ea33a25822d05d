// The log of one run, on its page: by level and search, at the place of the failure, with links to the log view.

import { clock, fullTime, toneOfLevel } from './format.js';
import { fillText } from './rich_text.js';
import { h, reconcile, setText } from './dom.js';
import { hasFailed, isActive } from './run_model.js';
import { levelRank } from './levels.js';
import { lineHref } from './log_detail.js';
import { plain } from './ansi.js';

const kMost = 500;
const kLevels = { '': 'All levels', INFO: 'Info', WARN: 'Warnings', ERROR: 'Errors' };

export class RunLog {
  /** @param {any} page */
  constructor(page) {
    this.level = h('select', { class: 'select', 'aria-label': 'Lowest level', on: { change: () => page.choose('level', this.level.value) } }, ...Object.entries(kLevels).map(([value, label]) => h('option', { value }, label)));
    this.search = h('input', { class: 'field', type: 'search', placeholder: 'Search this log', 'aria-label': 'Search this log', on: { input: () => page.choose('search', this.search.value) } });
    this.count = h('span', { class: 'count' });
    this.none = h('p', { class: 'muted run-log-none' });
    this.list = h('ol', { class: 'run-log' });
    this.element = h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': 'Log' }, this.none, this.list);
    this.reset();
  }

  /** Another run. */
  reset() {
    this.isPlaced = false;
    this.isFollowing = true;
  }

  /** @param {any[]} entries @param {import('./run_model.js').Run} run @param {URLSearchParams} query */
  show(entries, run, query) {
    const level = (query.get('level') ?? '').toUpperCase();
    const search = (query.get('search') ?? '').trim();
    this.level.value = level in kLevels ? level : '';
    if (this.search !== document.activeElement) {
      this.search.value = search;
    }
    const wanted = search.toLowerCase();
    const shown = entries.filter(({ data }) => levelRank(data?.level) >= levelRank(level) && (wanted === '' || plain(data?.message).toLowerCase().includes(wanted))).slice(-kMost);
    setText(this.count, entries.length === 0 ? '' : shown.length === entries.length ? shown.length.toLocaleString('en') : `${shown.length.toLocaleString('en')} of ${entries.length.toLocaleString('en')}`);
    this.none.hidden = shown.length > 0;
    setText(this.none, entries.length === 0 ? `No log entry names this ${run.kind} in ${run.kind}_id.` : 'No entry matches.');
    const atEnd = this.element.scrollTop + this.element.clientHeight >= this.element.scrollHeight - 30;
    reconcile(this.list, shown, (entry) => String(entry.id), (entry) => this.make(entry), (row, entry) => fillText(/** @type {Element} */ (row.lastElementChild), String(entry.data?.message ?? ''), search ? { text: search, regex: false } : null));
    this.place(run, atEnd);
  }

  /** At first where it failed; then it follows, unless somebody has scrolled away. @param {import('./run_model.js').Run} run @param {boolean} atEnd */
  place(run, atEnd) {
    if (this.list.childElementCount === 0) {
      return;
    }
    if (!this.isPlaced) {
      this.isPlaced = true;
      const bad = [...this.list.children].reverse().find((row) => row.dataset.tone === 'bad');
      const target = hasFailed(run) && bad ? bad : this.list.lastElementChild;
      this.element.scrollTop = target.offsetTop - this.element.clientHeight / 2;
    } else if (atEnd && isActive(run)) {
      this.element.scrollTop = this.element.scrollHeight;
    }
  }

  /** @param {any} entry */
  make(entry) {
    const time = Date.parse(entry.timestamp);
    return h('li', { data: { tone: toneOfLevel(entry.data?.level) } }, h('a', { class: 'mono', href: lineHref(entry, {}), title: `${fullTime(time)}: show among all logs` }, clock(time)),
      h('span', { class: 'level' }, String(entry.data?.level ?? '').toUpperCase()), h('span', { class: 'text', dir: 'auto' }));
  }
}
