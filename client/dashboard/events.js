// Every event as it is, custom types included: a filter that is also written in the server's language, the JSON of one, the schema
// of its type, and commands that show the same in a terminal.

import { clock, fullTime, stamp, toneOf, toneOfLevel } from './format.js';
import { copyText } from './clipboard.js';
import { curlCommandOf, eventQuery, matchesEvent, subscribeMessageOf, tailCommandOf } from './event_query.js';
import { h, icon, setText } from './dom.js';
import { kTypes } from './run_model.js';
import { kSchemas } from './event_schemas.js';
import { makePlaceholder, placeholderOf, showPlaceholder } from './panel.js';
import { parseRoute, runHref, setQuery, currentView } from './route.js';
import { plain } from './ansi.js';
import { streams } from './streams.js';
import { VirtualList } from './virtual_list.js';

const kMost = 50_000;
const kMostUnseen = 5000; // as long as nobody looks
const kTypingMs = 250;

class Events extends HTMLElement {
  connectedCallback() {
    /** @type {any[]} every event of the last minutes */
    this.all = [];
    /** @type {any[]} */
    this.shown = [];
    this.counts = new Map();
    this.narrow = matchMedia('(max-width: 760px)');
    this.query = eventQuery(parseRoute().query);
    this.list = new VirtualList({ rowHeight: 28, label: 'Events', makeRow: () => this.makeRow(), fillRow: (row, index) => this.fillRow(row, index) });
    this.build();
    streams.on('events', (/** @type {any} */ { events }) => this.take(events));
    streams.on('status', () => this.showSoon());
    streams.on('reset', () => {
      this.all = [];
      this.counts.clear();
      this.filter();
    });
    addEventListener('querychange', () => this.onQuery());
    addEventListener('viewchange', () => this.onQuery());
    addEventListener('zonechange', () => this.list.refresh());
    this.onQuery();
  }

  build() {
    const typing = () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => {
        this.typing = undefined;
        setQuery({ search: this.search.value.trim(), where: this.where.value.trim() });
      }, kTypingMs);
    };
    this.search = h('input', { class: 'field search', type: 'search', placeholder: 'Search anywhere in an event', 'aria-label': 'Search anywhere in an event', on: { input: typing } });
    this.where = h('input', { class: 'field where', placeholder: 'status=Failed,Running labels.host=web-1', 'aria-label': 'Members and their values', spellcheck: 'false', on: { input: typing } });
    this.types = h('div', { class: 'chips', role: 'group', 'aria-label': 'Types' });
    this.language = h('code', { class: 'language', 'aria-label': 'The filter in the language of the server' });
    const act = (/** @type {string} */ label, /** @type {() => string} */ text) => h('button', { class: 'button', type: 'button', on: { click: () => copyText(text(), label) } }, icon('copy'), label);
    this.placeholder = makePlaceholder();
    this.tally = h('span', { id: 'event-tally' });
    this.newer = h('button', { class: 'button newer', type: 'button', hidden: true, on: { click: () => this.list.follow() } }, icon('down'), h('span', {}, 'Latest'));
    this.list.onFollow = () => (this.newer.hidden = this.list.following);
    this.panel = h('div', { class: 'log-panel' },
      h('div', { role: 'table', 'aria-label': 'Events', 'aria-colcount': 3, class: 'log-table' },
        h('div', { role: 'rowgroup' }, h('div', { class: 'log-cols event-cols', role: 'row' }, ...['Time', 'Type', 'What'].map((name) => h('span', { role: 'columnheader' }, name)))), this.list.scroller),
      this.placeholder, h('div', { class: 'log-foot' }, this.tally, this.newer));
    this.append(h('div', { class: 'toolbar' }, this.search, this.where, act('curl', () => curlCommandOf(this.query, streams.base)), act('ringside tail', () => tailCommandOf(this.query))), this.types, this.language, this.panel);
    this.list.scroller.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.onKey(event));
  }

  onQuery() {
    const here = currentView() === 'events';
    streams.want('everything', here);
    if (!here) {
      return;
    }
    const { query } = parseRoute();
    for (const [input, name] of [[this.search, 'search'], [this.where, 'where']]) {
      if (this.typing === undefined && input !== document.activeElement) {
        input.value = query.get(name) ?? '';
      }
    }
    this.query = eventQuery(query);
    setText(this.language, JSON.stringify(subscribeMessageOf(this.query)));
    this.filter();
  }

  filter() {
    this.close();
    this.shown = this.all.filter((event) => matchesEvent(event, this.query));
    this.show();
  }

  /** @param {any[]} events */
  take(events) {
    for (const event of events) {
      this.all.push(event);
      this.counts.set(event.event_type, (this.counts.get(event.event_type) ?? 0) + 1);
      if (matchesEvent(event, this.query)) {
        this.shown.push(event);
      }
    }
    const most = currentView() === 'events' ? kMost : kMostUnseen;
    if (this.all.length > most * 1.2) {
      this.all = this.all.slice(-most);
    }
    if (this.shown.length > most * 1.2) {
      const dropped = this.shown.length - most;
      this.shown = this.shown.slice(-most);
      this.list.setCount(this.shown.length, dropped);
    }
    if (currentView() === 'events') {
      this.showSoon();
    }
  }

  showSoon() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      if (this.closest('[hidden]') === null) {
        this.show();
      }
    });
  }

  show() {
    this.list.setCount(this.shown.length);
    const filtered = this.query.types.length > 0 || this.query.conditions.length > 0 || this.query.search !== '';
    showPlaceholder(this.placeholder, this.shown.length > 0 ? null : placeholderOf('*', filtered ? ['Nothing matches', 'No event of the last minutes matches; new ones appear as they come.'] : ['No events yet', 'Events appear here as they come.']));
    setText(this.tally, `${this.shown.length.toLocaleString('en')} of ${this.all.length.toLocaleString('en')} events`);
    this.showTypes();
  }

  showTypes() {
    const names = [...new Set([...this.counts.keys(), ...this.query.types])].sort();
    if (this.types.childElementCount !== names.length) {
      this.types.replaceChildren(...names.map((name) => h('button', { class: 'button chip', type: 'button', data: { type: name }, on: { click: () => this.toggleType(name) } }, h('span', {}, name), h('b'))));
    }
    for (const chip of this.types.children) {
      chip.setAttribute('aria-pressed', String(this.query.types.includes(chip.dataset.type)));
      setText(chip.lastElementChild, (this.counts.get(chip.dataset.type) ?? 0).toLocaleString('en'));
    }
  }

  /** @param {string} name */
  toggleType(name) {
    const { types } = this.query;
    setQuery({ types: (types.includes(name) ? types.filter((one) => one !== name) : [...types, name]).join(',') });
  }

  makeRow() {
    return h('div', { class: 'event-row', role: 'row', on: { click: (/** @type {Event} */ event) => this.open(Number(/** @type {HTMLElement} */ (event.currentTarget).getAttribute('aria-rowindex')) - 1) } },
      h('span', { class: 'time', role: 'cell' }), h('span', { class: 'type', role: 'cell' }), h('span', { class: 'message', role: 'cell', dir: 'auto' }));
  }

  /** @param {HTMLElement} row @param {number} index */
  fillRow(row, index) {
    const event = this.shown[index];
    const [time, type, what] = row.children;
    const at = Date.parse(event.timestamp);
    setText(time, this.narrow.matches ? clock(at).slice(0, 8) : stamp(at));
    time.setAttribute('title', fullTime(at));
    setText(type, event.event_type);
    setText(what, summaryOf(event));
    row.classList.toggle('selected', index === this.list.openAt || index === this.selected);
    row.dataset.tone = event.event_type === 'LogEntry' ? toneOfLevel(event.data?.level) : toneOf(event.data?.status ?? event.data?.overall_status);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const last = this.shown.length - 1;
    const at = this.selected ?? (event.key === 'ArrowUp' ? last + 1 : -1);
    /** @type {Record<string, number>} */
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last };
    if (event.key in to && last >= 0) {
      event.preventDefault();
      this.selected = Math.max(0, Math.min(last, to[event.key]));
      this.list.reveal(this.selected);
    } else if (event.key === 'Enter' && this.selected !== undefined) {
      this.open(this.selected);
    } else if (event.key === 'Escape') {
      this.close();
    }
  }

  close() {
    this.detail?.remove();
    this.detail = undefined;
    this.list.open(null);
  }

  /** @param {number} index */
  open(index) {
    const again = this.list.openAt === index;
    this.close();
    if (again) {
      return;
    }
    this.selected = index;
    const event = this.shown[index];
    const json = JSON.stringify(event, null, 2);
    const kind = kTypes[event.event_type];
    const schema = kSchemas[event.event_type];
    /** @type {import('./event_query.js').EventQuery} */
    const exact = { types: [event.event_type], conditions: [], search: '' };
    const act = (/** @type {string} */ label, /** @type {string} */ text) => h('button', { class: 'button', type: 'button', on: { click: () => copyText(text, label) } }, icon('copy'), label);
    this.detail = h('div', { class: 'log-detail', role: 'row', 'aria-label': 'Event', tabindex: 0 }, h('div', { role: 'cell' },
      h('div', { class: 'detail-actions' },
        kind && h('a', { class: 'button', href: runHref(kind, String(event.data?.[`${kind}_id`])) }, `Open ${kind}`),
        act('JSON', json), act('curl', curlCommandOf(exact, streams.base)), act('ringside tail', tailCommandOf(exact)),
        h('button', { class: 'button quiet icon end', type: 'button', 'aria-label': 'Close event', on: { click: () => this.close() } }, icon('close'))),
      h('pre', { tabindex: 0, 'aria-label': 'The event as JSON' }, json),
      h('details', {}, h('summary', {}, `Schema of ${event.event_type}`), h('pre', { tabindex: 0, 'aria-label': 'The schema' }, schema ? JSON.stringify(schema, null, 2) : 'A custom type: event_type and data are all that is required.'))));
    this.list.following = false;
    this.newer.hidden = false;
    this.list.open(index, this.detail);
  }
}

/** One line of what an event says. @param {any} event @returns {string} */
export function summaryOf({ event_type, data = {} }) {
  switch (event_type) {
    case 'LogEntry':
      return plain(`${data.level ?? ''} ${data.component ?? ''}: ${data.message ?? ''}`).split('\n')[0];
    case 'MetricUpdate':
      return `${data.metric_name} ${data.value} ${data.labels ? JSON.stringify(data.labels) : ''}`;
    case 'SystemHealthUpdate':
      return `${data.overall_status}: ${Object.entries(data.components ?? {}).map(([name, one]) => `${name} ${/** @type {any} */ (one)?.status}`).join(', ')}`;
    case 'TaskStatusChanged':
    case 'BatchOperationUpdate':
    case 'WorkflowProgressUpdate':
      return [data.name ?? data.task_id ?? data.batch_id ?? data.workflow_id, data.status, data.current_step, Number.isFinite(data.progress) ? `${Math.round(data.progress)} %` : '', data.error ?? data.message].filter(Boolean).join(' · ').slice(0, 500);
    default:
      return JSON.stringify(data).slice(0, 500);
  }
}

customElements.define('rs-events', Events);
