// Logs as a live table. Filters run on the server (log_source.js) and are in the URL; pause and time travel are in log_travel.js.

import { LogSource } from './log_source.js';
import { LogWrap } from './log_wrap.js';
import { LogToolbar } from './log_toolbar.js';
import { LogTravel } from './log_travel.js';
import { LogVolume } from './log_volume.js';
import { FrozenLog } from './log_buffer.js';
import { VirtualList } from './virtual_list.js';
import { announce } from './announce.js';
import { plain } from './ansi.js';
import { clock, fullTime, missedText, stamp, toneOfLevel } from './format.js';
import { download } from './clipboard.js';
import { filtersOf, logQuery, timeOf } from './log_query.js';
import { h, icon, setText } from './dom.js';
import { makeDetail } from './log_detail.js';
import { makePlaceholder, placeholderOf, showPlaceholder } from './panel.js';
import { preference } from './preferences.js';
import { currentView, go, hrefOf, parseRoute, setQuery } from './route.js';
import { fillText, matchesOf } from './rich_text.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';

const kRowHeight = 24;
const kNarrowRowHeight = 44;
const kSecondMs = 1000;

class Logs extends HTMLElement {
  connectedCallback() {
    /** @type {number | null} */
    this.selected = null;
    /** @type {FrozenLog | null} */
    this.frozen = null;
    this.seenDropped = 0;
    /** @type {string | undefined} the filters of the URL, as text */
    this.asked = undefined;
    this.place = '';
    this.problemText = '';
    this.wanted = '';
    this.wantedAt = NaN;
    this.narrow = matchMedia('(max-width: 760px)');
    this.source = new LogSource({ onBuffer: () => this.onBuffer(), onEntries: () => this.showSoon(), onProblem: (text) => this.onProblem(text), onPlaceLost: () => this.travel.onOtherList() });
    this.list = new VirtualList({ rowHeight: kRowHeight, label: 'Log entries', makeRow: () => this.makeRow(), fillRow: (row, index) => this.fillRow(row, index) });
    this.list.onFollow = () => this.showNewer();
    this.wrap = new LogWrap(this);
    this.list.onSize = () => this.toolbar.isWrapped && this.wrap.measure() && this.setHeight();
    this.travel = new LogTravel(this);
    this.volume = new LogVolume((time) => this.goToTime(time));
    this.toolbar = new LogToolbar({ travel: this.travel.button, onFind: (step) => this.find(step), onWrap: () => this.setHeight(), onDownload: (kind) => this.save(kind) });
    this.build();
    this.setHeight();
    this.narrow.addEventListener('change', () => this.setHeight());
    streams.on('status', () => this.showSoon());
    streams.on('denied', () => this.showSoon());
    addEventListener('querychange', () => this.onQuery());
    addEventListener('viewchange', () => this.onQuery());
    addEventListener('zonechange', () => this.toolbar.isWrapped ? this.setHeight() : this.list.refresh());
    setInterval(() => this.isShown() && this.everySecond(), kSecondMs);
    this.onQuery();
  }

  everySecond() {
    this.volume.show(this.buffer.volume);
    if (preference('stamp', '') === 'age') {
      this.list.refresh();
    }
  }

  /** What is shown. */
  get buffer() {
    return this.frozen ?? this.source.buffer;
  }

  isShown() {
    return !document.hidden && this.closest('[hidden]') === null;
  }

  build() {
    this.problem = h('p', { class: 'status', id: 'log-problem', role: 'alert', hidden: true, data: { tone: 'bad' } });
    this.newer = h('button', { class: 'button newer', type: 'button', hidden: true, on: { click: () => this.list.follow() } }, icon('down'), h('span', {}, 'Latest'));
    this.placeholder = makePlaceholder();
    this.tally = h('span', { id: 'log-tally' });
    this.table = h('div', { class: 'log-panel' },
      h('div', { role: 'table', 'aria-label': 'Log', 'aria-colcount': 4, class: 'log-table' },
        h('div', { role: 'rowgroup' }, h('div', { class: 'log-cols', role: 'row' }, ...['Time', 'Level', 'Component', 'Message'].map((name) => h('span', { role: 'columnheader' }, name)))),
        this.list.scroller),
      this.placeholder, h('div', { class: 'log-foot' }, this.tally, h('span', { class: 'end hide-narrow' }, 'Arrow keys select, Enter opens, / searches, n and N find'), this.newer));
    this.append(this.toolbar.element, this.problem, this.travel.bar, this.volume.element, this.table);
    this.list.scroller.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.onKey(event));
  }

  setHeight() {
    const { isWrapped } = this.toolbar;
    this.toggleAttribute('data-wrap', isWrapped);
    this.close();
    if (isWrapped) {
      this.wrap.measure();
    }
    this.list.setRowHeight(this.narrow.matches ? kNarrowRowHeight : kRowHeight, isWrapped ? (index) => this.wrap.heightOf(index) : null);
  }

  filters() {
    return filtersOf(logQuery());
  }

  /** The URL says something else. */
  onQuery() {
    if (currentView() !== 'logs') {
      this.travel.showPlace();
      return;
    }
    this.toolbar.read();
    const filters = this.filters();
    const text = JSON.stringify(filters);
    if (text !== this.asked) {
      if (this.asked !== undefined && `${logQuery().at} ${logQuery().line}` === this.place) {
        this.travel.onOtherList(); // a place of the old list is none of the new one
      }
      this.asked = text;
      this.source.choose(filters);
    }
    const { at, line } = logQuery();
    if (`${at} ${line}` !== this.place) {
      this.place = `${at} ${line}`;
      this.onPlace(at, line);
    }
    this.travel.showPlace();
    this.volume.show(this.buffer.volume);
    this.show();
  }

  /** The URL names a time, perhaps a line. @param {string} at @param {string} line */
  onPlace(at, line) {
    this.wanted = line;
    const time = timeOf(at, serverNow());
    this.wantedAt = Number.isFinite(time) && !this.travel.isMoved ? time : NaN;
  }

  /** Looks for it here first; when all that was asked for has come without it, in the server's history. */
  findPlace() {
    if (this.wanted && this.revealLine()) {
      this.wantedAt = NaN;
    }
    if (Number.isFinite(this.wantedAt) && streams.status.state === 'live' && !this.source.isWaiting) {
      const time = this.wantedAt - (this.wanted ? 1000 : 0);
      this.wantedAt = NaN;
      void this.travel.seek(time);
    }
  }

  /** @returns {boolean} whether the line that the URL names is here; it is then shown */
  revealLine() {
    const index = this.wanted ? this.buffer.indexOfId(this.wanted) : -1;
    if (index < 0) {
      return false;
    }
    this.wanted = '';
    this.list.following = false;
    this.list.setCount(this.buffer.length);
    this.select(index, true);
    this.list.reveal(index, true);
    return true;
  }

  /** @param {string} text */
  onProblem(text) {
    this.problemText = text;
    this.showProblem();
  }

  /** What was said last, or else what is wrong right now. */
  showProblem() {
    const { trouble } = this.source;
    const text = this.problemText || (trouble && `The filtered view is not connected: ${trouble}`);
    setText(this.problem, text);
    this.problem.hidden = text === '';
  }

  /** Holds the list as it is, or lets it go on. @param {boolean} on */
  freeze(on) {
    this.frozen = on && !this.travel.isMoved ? new FrozenLog(this.source.buffer) : null;
    this.seenDropped = this.buffer.dropped;
    this.show();
  }

  /** Another buffer is shown. */
  onBuffer() {
    this.frozen = null;
    this.seenDropped = this.buffer.dropped;
    this.close();
    this.selected = null;
    this.wanted = logQuery().line; // an open entry is opened in this list too
    this.list.following = true;
    this.list.heights?.clear();
    this.volume.show(this.buffer.volume);
    this.show();
  }

  showSoon() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      if (this.isShown()) {
        this.show();
      }
    });
  }

  show() {
    const { buffer, source } = this;
    const denied = streams.isDenied('LogEntry');
    const filtered = source.isFiltered;
    let what = denied || buffer.length === 0 ? placeholderOf('LogEntry', filtered ? ['Nothing matches', 'No entry of the last half hour matches; new ones appear as they are written.'] : ['No log entries yet', 'Entries appear here as they are written.']) : null;
    if (what?.kind === 'empty' && source.isWaiting) {
      what = { kind: 'loading', title: 'Reading the history', text: '', icon: '' };
    }
    showPlaceholder(this.placeholder, what);
    this.toggleAttribute('data-stale', streams.status.isStale && buffer.length > 0);
    this.showProblem();
    const dropped = buffer.dropped - this.seenDropped;
    this.seenDropped = buffer.dropped;
    if (this.selected !== null && dropped > 0) {
      this.selected = this.selected - dropped >= 0 ? this.selected - dropped : null;
    }
    this.list.setCount(denied ? 0 : buffer.length, dropped);
    if (this.toolbar.isWrapped && !this.wrap.isMeasured && this.wrap.measure()) {
      this.setHeight();
    }
    this.table.firstElementChild.setAttribute('aria-rowcount', String(buffer.length));
    const n = buffer.length.toLocaleString('en');
    setText(this.tally, denied ? '' : `${n} ${buffer.length === 1 ? 'entry' : 'entries'}${buffer.dropped > 0 ? ', older ones left out' : ''}${filtered ? ', filtered by the server' : ''}`);
    this.findPlace();
    this.travel.showPlace();
    this.showNewer();
  }

  showNewer() {
    this.newer.hidden = this.list.following || this.buffer.length === 0;
  }

  makeRow() {
    return h('div', { class: 'row', role: 'row', on: { click: (/** @type {Event} */ event) => this.onClick(event) } },
      h('span', { class: 'time', role: 'cell' }), h('span', { class: 'level', role: 'cell' }), h('span', { class: 'component', role: 'cell', dir: 'auto' }), h('span', { class: 'message', role: 'cell', dir: 'auto' }));
  }

  /** @returns {{text: string, regex: boolean} | null} */
  highlight() {
    const { search, regex } = logQuery();
    return search ? { text: search, regex } : null;
  }

  /** @param {HTMLElement} row @param {number} index */
  fillRow(row, index) {
    const entry = this.buffer.at(index);
    const [time, level, component, message] = row.children;
    row.classList.toggle('selected', index === this.selected);
    row.classList.toggle('gap', entry.gap !== undefined);
    if (this.toolbar.isWrapped) {
      this.wrap.style(row, index);
    }
    const data = entry.data ?? {};
    const at = Date.parse(entry.timestamp);
    setText(time, this.narrow.matches ? clock(at).slice(0, 8) : stamp(at));
    time.setAttribute('title', fullTime(at));
    if (entry.gap) {
      row.dataset.tone = 'warn';
      setText(level, '');
      setText(component, '');
      fillText(message, `${missedText(entry.gap.missed)} (${entry.gap.reason})`);
      return;
    }
    row.dataset.tone = toneOfLevel(data.level);
    setText(level, String(data.level ?? '').toUpperCase());
    setText(component, data.component);
    fillText(message, folded(data.message), this.highlight());
  }

  // --- one entry ------------------------------------------------------------------------------------------------------------------

  /** @param {Event} event */
  onClick(event) {
    if (String(getSelection())) {
      return; // text is being marked
    }
    const row = /** @type {HTMLElement} */ (event.currentTarget);
    const index = Number(row.getAttribute('aria-rowindex')) - 1;
    this.select(index, this.list.openAt !== index);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.target !== this.list.scroller) {
      return;
    }
    const last = this.buffer.length - 1;
    const at = this.selected ?? (event.key === 'ArrowUp' ? last + 1 : -1);
    const page = Math.max(1, Math.floor(this.list.scroller.clientHeight / this.list.rowHeight) - 1);
    /** @type {Record<string, number>} */
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last };
    if (last >= 0 && event.key in to) {
      event.preventDefault();
      this.select(Math.max(0, Math.min(last, to[event.key])), this.list.openAt !== null);
      this.list.reveal(/** @type {any} */ (this.selected));
    } else if (event.key === 'Enter' && this.selected !== null) {
      this.select(this.selected, this.list.openAt === null);
    } else if (event.key === 'Escape') {
      this.select(null);
    }
  }

  /** @param {number | null} index @param {boolean} [open] with its details */
  select(index, open = false) {
    this.selected = index;
    this.close();
    if (index !== null && open) {
      const entry = this.buffer.at(index);
      this.list.following = false;
      this.showNewer();
      this.detail = makeDetail(entry, {
        search: this.highlight(), query: Object.fromEntries(parseRoute().query),
        onClose: () => {
          this.select(this.selected);
          this.list.scroller.focus();
        },
        onContext: () => {
          const { search, regex } = logQuery();
          this.place = ''; // the same place, in another list
          go(hrefOf('logs', [], { at: entry.timestamp, line: entry.id, search, regex: regex ? '1' : '', mark: search ? '1' : '' }));
        },
      });
      this.list.open(index, this.detail);
      setQuery({ line: entry.id ?? '', at: entry.timestamp });
      this.place = `${logQuery().at} ${logQuery().line}`;
    }
    this.list.refresh();
  }

  close() {
    this.detail?.remove();
    this.detail = undefined;
    this.list.open(null);
  }

  /** The next entry that the search finds. @param {number} step 1 or -1 */
  find(step) {
    const search = this.highlight();
    const { buffer } = this;
    for (let n = 1, at = this.selected ?? (step > 0 ? -1 : buffer.length); search && n <= buffer.length; n++) {
      const index = (at + step * n + buffer.length * 2) % buffer.length;
      if (matchesOf(plain(buffer.at(index).data?.message), search).length > 0) {
        this.list.following = false;
        this.select(index);
        this.list.reveal(index, true);
        this.showNewer();
        return;
      }
    }
    announce('No match');
  }

  /** @param {number} time of the volume bars */
  goToTime(time) {
    this.list.following = false;
    this.list.reveal(Math.min(this.buffer.length - 1, this.buffer.indexOfTime(time)), true);
    this.showNewer();
  }

  /** @param {'ndjson' | 'text'} kind of file */
  save(kind) {
    const { buffer } = this;
    const line = (/** @type {any} */ entry) => (kind === 'ndjson' ? JSON.stringify(entry) : `${entry.timestamp} ${String(entry.data?.level ?? 'GAP').padEnd(5)} ${entry.data?.component ?? ''}: ${plain(entry.data?.message ?? JSON.stringify(entry.gap))}`);
    download(`ringside-logs.${kind === 'ndjson' ? 'ndjson' : 'log'}`, kind === 'ndjson' ? 'application/x-ndjson' : 'text/plain', (function* () {
      for (let i = 0; i < buffer.length; i++) {
        yield `${line(buffer.at(i))}\n`;
      }
    })());
  }
}

/** The first line, and how many more there are. @param {any} text */
function folded(text) {
  const whole = String(text ?? '');
  const end = whole.indexOf('\n');
  if (end < 0) {
    return whole.slice(0, 1000);
  }
  const more = whole.split('\n').length - 1;
  return `${whole.slice(0, Math.min(end, 1000))} … +${more} ${more === 1 ? 'line' : 'lines'}`;
}

customElements.define('rs-logs', Logs);
