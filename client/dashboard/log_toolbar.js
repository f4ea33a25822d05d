// The controls of the log view. What they say is in the URL; the view reads it from there.

import { allLogs } from './all_logs.js';
import { h, icon } from './dom.js';
import { logQuery } from './log_query.js';
import { preference, setPreference } from './preferences.js';
import { setQuery } from './route.js';

const kTypingMs = 250;
/** @type {Record<string, [string, string, string]>} label, zone (the last one chosen, for ages), format */
const kTimes = { local: ['Local time', 'local', 'time'], utc: ['UTC', 'utc', 'time'], 'local-date': ['Local date', 'local', 'date'], 'utc-date': ['UTC date', 'utc', 'date'], age: ['Age', '', 'age'] };
const kLevels = { All: '', Debug: 'DEBUG', Info: 'INFO', Warn: 'WARN', Error: 'ERROR' };

export class LogToolbar {
  /** @param {{travel: Element, onFind: (step: number) => void, onWrap: (on: boolean) => void, onDownload: (kind: 'ndjson' | 'text') => void}} how */
  constructor({ travel, onFind, onWrap, onDownload }) {
    this.search = h('input', { class: 'field search', type: 'search', placeholder: 'Search messages and fields', 'aria-label': 'Search messages and fields', 'aria-describedby': 'log-problem', spellcheck: 'false', on: { input: () => this.typed(), keydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && this.onEnter(event, onFind) } });
    this.regex = this.toggle('.*', 'Regular expression', () => setQuery({ regex: logQuery().regex ? '' : '1' }), 'mono');
    this.mark = this.toggle('Highlight', 'Highlight matches, and keep the other entries', () => setQuery({ mark: logQuery().mark ? '' : '1' }));
    this.before = h('button', { class: 'button icon', type: 'button', 'aria-label': 'Previous match', title: 'Previous match (N)', on: { click: () => onFind(-1) } }, icon('up'));
    this.next = h('button', { class: 'button icon', type: 'button', 'aria-label': 'Next match', title: 'Next match (n)', on: { click: () => onFind(1) } }, icon('down'));
    this.component = h('input', { class: 'field component', placeholder: 'Any component', 'aria-label': 'Component', list: 'log-components', spellcheck: 'false', on: { input: () => this.typed(), focus: () => this.suggest() } });
    this.components = h('datalist', { id: 'log-components' });
    this.levels = h('div', { class: 'segments', role: 'group', 'aria-label': 'Lowest level' }, ...Object.entries(kLevels).map(([label, level]) =>
      h('button', { type: 'button', data: { level }, on: { click: () => setQuery({ level }) } }, label)));
    this.isWrapped = preference('wrap', '') === '1';
    this.wrap = this.toggle('Wrap', 'Wrap long lines', () => {
      this.isWrapped = !this.isWrapped;
      setPreference('wrap', this.isWrapped ? '1' : '');
      this.wrap.setAttribute('aria-pressed', String(this.isWrapped));
      onWrap(this.isWrapped);
    });
    this.wrap.setAttribute('aria-pressed', String(this.isWrapped));
    this.zone = h('select', { class: 'select', 'aria-label': 'Time zone and format', on: { change: () => this.onTimes() } }, ...Object.entries(kTimes).map(([value, [label]]) => h('option', { value }, label)));
    this.save = h('select', { class: 'select', 'aria-label': 'Download', on: { change: () => this.onSave(onDownload) } }, h('option', { value: '' }, 'Download'), h('option', { value: 'ndjson' }, 'as NDJSON'), h('option', { value: 'text' }, 'as text'));
    this.task = h('button', { class: 'button', type: 'button', hidden: true, on: { click: () => setQuery({ task: '' }) } });
    this.element = h('div', { class: 'toolbar' }, this.search, this.regex, this.mark, this.before, this.next, this.levels, this.component, this.components, this.task, this.wrap, this.zone, this.save, travel);
    this.read();
  }

  /** @param {string} label @param {string} title @param {() => void} what @param {string} [more] */
  toggle(label, title, what, more = '') {
    return h('button', { class: `button ${more}`, type: 'button', 'aria-pressed': 'false', title, 'aria-label': title, on: { click: what } }, label);
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.write(), kTypingMs);
  }

  /** What was typed goes into the URL. */
  write() {
    clearTimeout(this.typing);
    this.typing = undefined;
    setQuery({ search: this.search.value, component: this.component.value.trim() });
  }

  /** @param {KeyboardEvent} event @param {(step: number) => void} onFind */
  onEnter(event, onFind) {
    this.write();
    onFind(event.shiftKey ? -1 : 1);
  }

  onTimes() {
    const [, zone, stamp] = kTimes[this.zone.value];
    if (zone) {
      setPreference('zone', zone);
    }
    setPreference('stamp', stamp);
  }

  suggest() {
    this.components.replaceChildren(...[...new Set(allLogs.components.filter(Boolean))].sort().slice(0, 200).map((value) => h('option', { value })));
  }

  /** @param {(kind: 'ndjson' | 'text') => void} onDownload */
  onSave(onDownload) {
    const kind = this.save.value;
    this.save.value = '';
    if (kind) {
      onDownload(kind);
    }
  }

  /** Shows what the URL says. */
  read() {
    const { level, component, search, regex, mark, task } = logQuery();
    for (const [input, value] of [[this.search, search], [this.component, component]]) {
      if (this.typing === undefined && input !== document.activeElement && input.value !== value) {
        input.value = value;
      }
    }
    for (const button of this.levels.children) {
      button.setAttribute('aria-pressed', String(button.dataset.level === level));
    }
    this.regex.setAttribute('aria-pressed', String(regex));
    this.mark.setAttribute('aria-pressed', String(mark));
    this.before.disabled = this.next.disabled = search === '';
    const times = [preference('zone', 'local'), preference('stamp', 'time')];
    this.zone.value = Object.keys(kTimes).find((name) => kTimes[name][2] === times[1] && (kTimes[name][1] === times[0] || times[1] === 'age')) ?? 'local';
    this.task.hidden = task === '';
    this.task.textContent = `Task ${task} ×`;
    this.task.setAttribute('aria-label', `Show entries of all tasks, not of ${task} alone`);
  }
}
