// Logs as a live table. Level, component and search run on the server: a change subscribes anew, with history. Pause and time
// travel are in log_travel.js.

import { clock, toneOfLevel } from './format.js';
import { emptyState, h, icon, setText } from './dom.js';
import { LogBuffer } from './log_buffer.js';
import { LogTravel } from './log_travel.js';
import { VirtualList } from './virtual_list.js';
import { streams } from './streams.js';

const kMostEntries = 100_000;
const kRowHeight = 24;
const kHistoryMs = 30 * 60 * 1000;
const kTypingMs = 250;
const kLevels = { All: '', Debug: 'DEBUG', Info: 'INFO', Warn: 'WARN', Error: 'ERROR' };

class Logs extends HTMLElement {
  connectedCallback() {
    this.buffer = new LogBuffer(kMostEntries);
    this.level = '';
    this.regex = false;
    this.selected = null;
    this.discarding = false;
    this.seenDropped = 0;
    this.list = new VirtualList({ rowHeight: kRowHeight, label: 'Log entries', makeRow: () => this.makeRow(), fillRow: (row, index) => this.fillRow(row, index) });
    this.list.onFollow = () => this.showNewer();
    this.travel = new LogTravel(this);
    this.build();
    const client = streams.logs;
    client.on('LogEntry', (event) => this.take(event));
    client.on('gap', (gap) => this.take({ gap, timestamp: new Date().toISOString() }));
    client.on('subscribed', () => (this.discarding = false));
    client.on('connected', () => {
      this.discarding = false;
      this.travel.onConnected();
    });
    client.on('error', (error) => {
      this.discarding = false;
      if (error.code === 'bad_filter') {
        this.showProblem(String(error.message));
      }
    });
    client.on('state', () => this.show());
    streams.on('denied', () => this.show());
    streams.on('token', () => this.show());
    this.subscribe();
    this.show();
  }

  build() {
    this.search = h('input', { class: 'field search', type: 'search', placeholder: 'Search messages and fields', 'aria-label': 'Search messages and fields', 'aria-describedby': 'log-problem', spellcheck: 'false', on: { input: () => this.typed() } });
    this.regexButton = h('button', { class: 'button mono', type: 'button', 'aria-pressed': 'false', title: 'Regular expression', 'aria-label': 'Regular expression', on: { click: () => this.toggleRegex() } }, '.*');
    this.component = h('input', { class: 'field component', placeholder: 'Any component', 'aria-label': 'Component', list: 'log-components', spellcheck: 'false', on: { input: () => this.typed() } });
    this.components = h('datalist', { id: 'log-components' });
    this.levels = h('div', { class: 'segments', role: 'group', 'aria-label': 'Lowest level' }, ...Object.entries(kLevels).map(([label, level]) =>
      h('button', { type: 'button', 'aria-pressed': level === '', data: { level }, on: { click: () => this.chooseLevel(level) } }, label)));
    this.problem = h('p', { class: 'status', id: 'log-problem', role: 'alert', hidden: true, data: { tone: 'bad' } });
    this.newer = h('button', { class: 'button newer', type: 'button', hidden: true, on: { click: () => this.list.follow() } }, icon('down'), h('span', {}, 'Latest'));
    this.none = emptyState('No log entries yet', 'Entries appear here as they are written.');
    this.denied = emptyState('Not part of your role', 'Logs are shown to admins and developers.', 'lock');
    this.tally = h('span', { id: 'log-tally' });
    this.detail = h('div', { class: 'log-detail', hidden: true, role: 'region', 'aria-label': 'Entry', tabindex: 0 });
    this.table = h('div', { class: 'log-panel' },
      h('div', { role: 'table', 'aria-label': 'Log', 'aria-colcount': 4, class: 'log-table' },
        h('div', { role: 'rowgroup' }, h('div', { class: 'log-cols', role: 'row' }, ...['Time', 'Level', 'Component', 'Message'].map((name) => h('span', { role: 'columnheader' }, name)))),
        this.list.scroller),
      this.none, this.denied, this.newer, this.detail, h('div', { class: 'log-foot' }, this.tally, h('span', { class: 'end hide-narrow' }, 'Arrow keys select, Enter opens, / searches')));
    this.append(h('div', { class: 'toolbar' }, this.search, this.regexButton, this.levels, this.component, this.components, this.travel.button), this.problem, this.travel.bar, this.table);
    this.list.scroller.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    addEventListener('keydown', (event) => {
      if (event.key === '/' && !this.closest('[hidden]') && !(event.target instanceof HTMLInputElement)) {
        event.preventDefault();
        this.search.focus();
      }
    });
  }

  // --- filters ------------------------------------------------------------------------------------------------------------------

  filters() {
    /** @type {Record<string, any>} */
    const filters = {};
    const search = this.search?.value.trim();
    const components = this.component?.value.split(',').map((/** @type {string} */ name) => name.trim()).filter(Boolean) ?? [];
    if (this.level) {
      filters.min_level = this.level;
    }
    if (components.length > 0) {
      filters.component = components;
    }
    if (search) {
      filters.search = this.regex ? { regex: search } : search;
    }
    return filters;
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.subscribe(), kTypingMs);
  }

  /** @param {string} level */
  chooseLevel(level) {
    this.level = level;
    for (const button of this.levels.children) {
      button.setAttribute('aria-pressed', String(button.dataset.level === level));
    }
    this.subscribe();
  }

  toggleRegex() {
    this.regex = !this.regex;
    this.regexButton.setAttribute('aria-pressed', String(this.regex));
    if (this.search.value) {
      this.subscribe();
    }
  }

  /** Asks the server for what the filters say, history first. What the subscription before still sends is left out. */
  subscribe() {
    this.showProblem('');
    this.clear();
    this.discarding = streams.logs.state === 'open';
    streams.logs.subscribe(['LogEntry'], { ...this.filters(), since: new Date(Date.now() - kHistoryMs).toISOString() });
    this.travel.onSubscribed();
  }

  /** @param {string} text */
  showProblem(text) {
    setText(this.problem, text);
    this.problem.hidden = text === '';
  }

  // --- entries --------------------------------------------------------------------------------------------------------------------

  /** @param {any} entry */
  take(entry) {
    if (this.discarding) {
      return;
    }
    this.buffer.push(entry);
    const component = entry.data?.component;
    if (typeof component === 'string' && component && this.components.childElementCount < 200 && !this.known.has(component)) {
      this.known.add(component);
      this.components.append(h('option', { value: component }));
    }
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.show();
    });
  }

  known = new Set();

  clear() {
    this.buffer.clear();
    this.seenDropped = 0;
    this.select(null);
    this.list.following = true;
    this.show();
  }

  show() {
    const denied = streams.denied.has('LogEntry');
    this.denied.hidden = !denied;
    this.none.hidden = denied || this.buffer.length > 0;
    const filtered = Object.keys(this.filters()).length > 0;
    setText(this.none.querySelector('strong'), filtered ? 'Nothing matches' : 'No log entries yet');
    setText(this.none.querySelector('span'), filtered ? 'No entry of the last half hour matches; new ones appear as they are written.' : 'Entries appear here as they are written.');
    const dropped = this.buffer.dropped - this.seenDropped;
    this.seenDropped = this.buffer.dropped;
    if (this.selected !== null && dropped > 0) {
      this.selected = this.selected - dropped >= 0 ? this.selected - dropped : null;
    }
    this.list.setCount(this.buffer.length, dropped);
    this.table.firstElementChild.setAttribute('aria-rowcount', String(this.buffer.length));
    const n = this.buffer.length.toLocaleString('en');
    setText(this.tally, denied ? '' : `${n} ${this.buffer.length === 1 ? 'entry' : 'entries'}${this.buffer.dropped > 0 ? ', older ones left out' : ''}${filtered ? ', filtered by the server' : ''}`);
    this.showNewer();
  }

  showNewer() {
    this.newer.hidden = this.list.following || this.buffer.length === 0;
  }

  makeRow() {
    return h('div', { class: 'row', role: 'row', on: { click: (/** @type {Event} */ event) => this.onClick(event) } },
      h('span', { class: 'time', role: 'cell' }), h('span', { class: 'level', role: 'cell' }), h('span', { class: 'component', role: 'cell' }), h('span', { class: 'message', role: 'cell' }));
  }

  /** @param {HTMLElement} row @param {number} index */
  fillRow(row, index) {
    const entry = this.buffer.at(index);
    const [time, level, component, message] = row.children;
    row.classList.toggle('selected', index === this.selected);
    row.classList.toggle('gap', entry.gap !== undefined);
    const data = entry.data ?? {};
    setText(time, clock(Date.parse(entry.timestamp)));
    if (entry.gap) {
      row.dataset.tone = 'warn';
      setText(level, '');
      setText(component, '');
      setText(message, `${entry.gap.missed.toLocaleString('en')} events missed (${entry.gap.reason})`);
      return;
    }
    row.dataset.tone = toneOfLevel(data.level);
    setText(level, String(data.level ?? '').toUpperCase());
    setText(component, data.component);
    setText(message, firstLine(data.message));
  }

  // --- one entry ------------------------------------------------------------------------------------------------------------------

  /** @param {Event} event */
  onClick(event) {
    const row = /** @type {HTMLElement} */ (event.currentTarget);
    this.select(Number(row.getAttribute('aria-rowindex')) - 1, true);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const last = this.buffer.length - 1;
    const at = this.selected ?? (event.key === 'ArrowUp' ? last + 1 : -1);
    const page = Math.max(1, Math.floor(this.list.scroller.clientHeight / kRowHeight) - 1);
    /** @type {Record<string, number>} */
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last };
    if (last >= 0 && event.key in to) {
      event.preventDefault();
      this.select(Math.max(0, Math.min(last, to[event.key])), !this.detail.hidden);
      this.list.reveal(/** @type {any} */ (this.selected));
    } else if (event.key === 'Enter' && this.selected !== null) {
      this.select(this.selected, this.detail.hidden);
    } else if (event.key === 'Escape') {
      this.select(null);
    }
  }

  /** @param {number | null} index @param {boolean} [open] with its details */
  select(index, open = false) {
    this.selected = index;
    this.detail.hidden = index === null || !open;
    if (index !== null && open) {
      const entry = this.buffer.at(index);
      const data = entry.data ?? {};
      this.detail.replaceChildren(
        h('div', { class: 'detail-head' }, h('span', { class: 'level', data: { tone: toneOfLevel(data.level) } }, String(data.level ?? 'gap').toUpperCase()), h('span', { class: 'muted' }, entry.timestamp), h('span', {}, data.component ?? ''),
          h('span', { class: 'end' }, h('button', { class: 'button quiet icon', type: 'button', 'aria-label': 'Close entry', on: { click: () => this.select(null) } }, icon('close')))),
        h('div', { class: 'text' }, data.message ?? ''),
        h('pre', {}, JSON.stringify(entry.gap ?? { id: entry.id, data: { ...data, message: undefined }, metadata: entry.metadata }, null, 2)),
      );
      this.list.following = false;
      this.showNewer();
    }
    this.list.refresh();
  }
}

/** @param {any} text */
function firstLine(text) {
  const whole = String(text ?? '');
  const end = whole.indexOf('\n');
  return end < 0 ? whole.slice(0, 600) : `${whole.slice(0, Math.min(end, 600))} …`;
}

customElements.define('rs-logs', Logs);
