// Metrics as live charts. What is shown is in the URL: the window or a time of the past, the search, one metric, hidden lines.

import { Chart } from './chart.js';
import { fullTime } from './format.js';
import { currentView, parseRoute, setQuery } from './route.js';
import { h, icon, setText } from './dom.js';
import { MetricHistory } from './metric_history.js';
import { makePlaceholder, placeholderOf, showPlaceholder } from './panel.js';
import { preference, setPreference } from './preferences.js';
import { SeriesStore } from './series.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';
import { timeOf } from './log_query.js';

const kWindows = { '2 min': 120, '10 min': 600, '30 min': 1800, '1 h': 3600 };
const kLines = [8, 20, 40];
const kTypingMs = 150;
const kReachSeconds = 30; // values that begin so much later are good enough
// What one looks at first, first; what seldom changes, last.
const kFirst = ['host_cpu_usage_percent', 'host_memory_usage_percent', 'host_load_average', 'host_cpu_mode_percent', 'host_network_receive_bytes_per_second',
  'host_network_transmit_bytes_per_second', 'host_disk_read_bytes_per_second', 'host_disk_write_bytes_per_second', 'host_filesystem_usage_percent'];
const kLast = /(_total_bytes|_count|_uptime_seconds|_inode_usage_percent|_available_bytes)$/;

class Metrics extends HTMLElement {
  connectedCallback() {
    /** @type {number} */
    this.known = 0;
    this.live = new SeriesStore();
    this.history = new MetricHistory({ request: askForPage, onChange: () => this.draw(true) });
    /** What is shown. @type {SeriesStore} */
    this.store = this.live;
    this.favourites = new Set(preference('favourites', '').split(' ').filter(Boolean));
    /** @type {Map<string, Chart>} */
    this.charts = new Map();
    this.observer = new IntersectionObserver((entries) => this.onSight(entries), { rootMargin: '200px' });
    this.search = h('input', { class: 'field', type: 'search', placeholder: 'Find a metric or label', 'aria-label': 'Find a metric or label', on: { input: () => this.typed() } });
    this.windows = h('div', { class: 'segments', role: 'group', 'aria-label': 'Time shown' }, ...Object.entries(kWindows).map(([label, seconds]) =>
      h('button', { type: 'button', data: { seconds }, on: { click: () => setQuery({ window: seconds, from: '', to: '' }) } }, label)));
    this.lines = h('select', { class: 'select', 'aria-label': 'Lines in a chart', on: { change: () => setQuery({ top: this.lines.value }) } }, ...kLines.map((n) => h('option', { value: n }, `Top ${n}`)));
    const act = (/** @type {string} */ label, /** @type {string} */ image, /** @type {number} */ factor, /** @type {number} */ shift) =>
      h('button', { class: 'button icon', type: 'button', 'aria-label': label, title: label, on: { click: () => this.zoom(factor, shift) } }, icon(image));
    this.zooms = [act('Zoom out', 'minus', 2, 0), act('Zoom in', 'plus', 0.5, 0), act('Earlier', 'left', 1, -0.5), act('Later', 'right', 1, 0.5)];
    this.reset = h('button', { class: 'button', type: 'button', hidden: true, on: { click: () => setQuery({ from: '', to: '', metric: '', hide: '' }) } }, 'Reset view');
    this.note = h('span', { class: 'end' });
    this.placeholder = makePlaceholder();
    this.grid = h('div', { class: 'charts' });
    this.append(h('div', { class: 'toolbar' }, this.search, this.windows, ...this.zooms, this.lines, this.reset, this.note), this.placeholder, this.grid);
    streams.onType('MetricUpdate', (event) => {
      this.live.take(event);
      this.history.take(event);
    });
    streams.on('reset', () => {
      this.live.clear();
      this.history.clear();
      this.removeCharts();
    });
    streams.on('status', () => currentView() === 'metrics' && this.showNote());
    const restyle = () => {
      this.charts.forEach((chart) => chart.restyle());
      this.draw(true);
    };
    addEventListener('themechange', restyle);
    addEventListener('zonechange', restyle);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', restyle);
    new ResizeObserver(() => this.charts.forEach((chart) => chart.resize())).observe(this.grid);
    addEventListener('viewchange', () => this.onQuery());
    addEventListener('querychange', () => this.onQuery());
    setInterval(() => this.draw(), 1000);
    this.onQuery();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = undefined;
      setQuery({ find: this.search.value.trim() });
    }, kTypingMs);
  }

  onQuery() {
    const here = currentView() === 'metrics';
    if (here) {
      streams.want('metrics');
      this.draw(true);
    }
  }

  removeCharts() {
    this.charts.forEach((chart) => chart.remove());
    this.charts.clear();
    this.known = -1;
  }

  /** What is shown: the values that came by the shared connection, or the server's history where those do not reach back far enough. */
  chooseStore() {
    const { isPast, from, to } = this.view;
    const { query } = parseRoute();
    if (!isPast || this.live.oldest <= from + kReachSeconds || streams.status.state === 'signin') {
      this.history.clear();
    } else if (streams.status.state === 'live') {
      this.history.want(['from', 'to', 'metric'].map((name) => query.get(name) ?? '').join('\n'), { from, to, isOpen: !query.has('to'), metric: query.get('metric') ?? '' });
    }
    const store = this.history.state === 'idle' ? this.live : this.history.store;
    if (store !== this.store) {
      this.store = store;
      this.removeCharts();
    }
  }

  /** What the URL says. */
  get view() {
    const { query } = parseRoute();
    const seconds = Number(query.get('window')) || 600;
    const now = serverNow() / 1000;
    const from = timeOf(query.get('from') ?? '', serverNow()) / 1000;
    const to = timeOf(query.get('to') ?? '', serverNow()) / 1000;
    const isPast = Number.isFinite(from);
    return {
      seconds, isPast, from: isPast ? from : now - seconds, to: isPast && Number.isFinite(to) ? to : now, find: (query.get('find') ?? '').toLowerCase(), metric: query.get('metric') ?? '',
      lines: Number(query.get('top')) || kLines[0], hidden: new Set((query.get('hide') ?? '').split('|').filter(Boolean)), tall: (query.get('metric') ?? '') !== '',
    };
  }

  /** @param {IntersectionObserverEntry[]} entries */
  onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const { chart } = /** @type {any} */ (target);
      chart.visible = isIntersecting;
      chart.draw(this.view, true);
    }
  }

  /** Another part of the time, around the middle of what is shown, never beyond now. @param {number} factor of the length @param {number} shift in lengths */
  zoom(factor, shift) {
    const { from, to } = this.view;
    const length = (to - from) * factor;
    const end = Math.min(serverNow() / 1000, (from + to + length) / 2 + shift * length);
    this.actions.onZoom(end - length, end);
  }

  /** @returns {import('./chart.js').ChartActions} */
  get actions() {
    return {
      onZoom: (from, to) => setQuery({ from: new Date(from * 1000).toISOString(), to: new Date(to * 1000).toISOString() }),
      onHide: (key) => {
        const { hidden } = this.view;
        if (!hidden.delete(key)) {
          hidden.add(key);
        }
        setQuery({ hide: [...hidden].join('|') });
      },
      onStar: (name) => {
        if (!this.favourites.delete(name)) {
          this.favourites.add(name);
        }
        setPreference('favourites', [...this.favourites].join(' '));
        this.draw(true);
      },
    };
  }

  /** Charts for new metrics, in order; hides what the URL does not name. */
  arrange() {
    const { find, metric: only, tall } = this.view;
    const rank = (/** @type {string} */ name) => {
      const at = kFirst.indexOf(name);
      return this.favourites.has(name) ? -1 : at >= 0 ? at + 1 : !name.startsWith('host_') ? 0 : kLast.test(name) ? 1000 : 100;
    };
    const names = [...this.store.metrics.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    this.shown = 0;
    names.forEach((name, i) => {
      let chart = this.charts.get(name);
      if (!chart) {
        chart = new Chart(this.store, /** @type {any} */ (this.store.metrics.get(name)), this.observer, this.actions);
        this.charts.set(name, chart);
      }
      if (this.grid.children[i] !== chart.element) {
        this.grid.insertBefore(chart.element, this.grid.children[i] ?? null);
      }
      chart.star.setAttribute('aria-pressed', String(this.favourites.has(name)));
      const found = only !== '' ? name === only : find === '' || name.toLowerCase().includes(find) || [...chart.metric.series.keys()].some((label) => label.toLowerCase().includes(find));
      chart.element.hidden = !found;
      this.shown += found ? 1 : 0;
    });
    this.grid.toggleAttribute('data-tall', tall);
  }

  showNote() {
    const { isPast, from, to, metric, hidden, seconds, lines, find } = this.view;
    if (this.typing === undefined && this.search !== document.activeElement) {
      this.search.value = parseRoute().query.get('find') ?? '';
    }
    for (const button of this.windows.children) {
      button.setAttribute('aria-pressed', String(!isPast && Number(button.dataset.seconds) === seconds));
    }
    this.lines.value = String(lines);
    this.reset.hidden = !isPast && metric === '' && hidden.size === 0;
    const n = this.store.metrics.size;
    const { state, problem } = this.history;
    const what = this.shown ? null : placeholderOf('MetricUpdate', state === 'failed' ? ['The history could not be read', problem] : state !== 'idle' && n === 0 ? ['No metrics of that time', 'The server\'s history has no values of it.'] : n === 0 ? ['No metrics yet', 'A chart appears here with the first MetricUpdate of its name.'] : ['No metric of that name', `There are ${n} others.${find ? ' Change the search to see them.' : ''}`]);
    showPlaceholder(this.placeholder, what?.kind === 'empty' && state === 'reading' ? { kind: 'loading', title: 'Reading the history', text: '', icon: '' } : what);
    const time = isPast ? `${fullTime(from * 1000).slice(0, 19)} to ${fullTime(to * 1000).slice(11, 19)} · ` : '';
    setText(this.note, n === 0 ? '' : `${time}${this.shown} of ${n} metrics${this.store.hidden > 0 ? ', more are not shown' : ''}${state === 'reading' ? ' · reading the history' : state === 'cut' ? ' · the history has more values than are read' : ''}`);
  }

  draw(force = false) {
    if (currentView() !== 'metrics' || document.hidden) {
      return;
    }
    this.chooseStore();
    if (this.known !== this.store.metrics.size || force) {
      this.known = this.store.metrics.size;
      this.arrange();
    }
    const { view } = this;
    this.charts.forEach((chart) => !chart.element.hidden && chart.draw(view, force));
    this.showNote();
  }
}

/** @param {URLSearchParams} query @param {AbortSignal} signal */
async function askForPage(query, signal) {
  const answer = await streams.request(`/metrics?${query}`, { headers: { accept: 'application/json' }, signal });
  const page = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Error(page.message ?? `The server answered ${answer.status}.`);
  }
  return page;
}

customElements.define('rs-metrics', Metrics);
