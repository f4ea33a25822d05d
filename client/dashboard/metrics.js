// Metrics as live charts. Values come once a second for each series; when the view is first opened, the last minutes are read
// from the server's history over a connection of their own, which ends when that is done.

import { Chart } from './chart.js';
import { emptyState, h, setText } from './dom.js';
import { currentView } from './preferences.js';
import { ProvisioningWebSocket } from '../src/websocket.js';
import { SeriesStore } from './series.js';
import { streams } from './streams.js';

const kWindows = { '2 min': 120, '10 min': 600, '30 min': 1800, '1 h': 3600 };
const kHistoryMs = 30 * 60 * 1000;
// What one looks at first, first; what seldom changes, last.
const kFirst = ['host_cpu_usage_percent', 'host_memory_usage_percent', 'host_load_average', 'host_cpu_mode_percent', 'host_network_receive_bytes_per_second',
  'host_network_transmit_bytes_per_second', 'host_disk_read_bytes_per_second', 'host_disk_write_bytes_per_second', 'host_filesystem_usage_percent'];
const kLast = /(_total_bytes|_count|_uptime_seconds|_inode_usage_percent|_available_bytes)$/;

class Metrics extends HTMLElement {
  connectedCallback() {
    this.seconds = 600;
    /** @type {number} */
    this.known = 0;
    this.store = new SeriesStore();
    /** @type {Map<string, Chart>} */
    this.charts = new Map();
    this.observer = new IntersectionObserver((entries) => this.onSight(entries), { rootMargin: '200px' });
    this.search = h('input', { class: 'field', type: 'search', placeholder: 'Find a metric or label', 'aria-label': 'Find a metric or label', on: { input: () => this.arrange() } });
    this.windows = h('div', { class: 'segments', role: 'group', 'aria-label': 'Time shown' }, ...Object.entries(kWindows).map(([label, seconds]) =>
      h('button', { type: 'button', 'aria-pressed': seconds === this.seconds, on: { click: (/** @type {Event} */ event) => this.choose(seconds, event) } }, label)));
    this.note = h('span', { class: 'end' });
    this.none = emptyState('No metrics yet', 'A chart appears here with the first MetricUpdate of its name.');
    this.grid = h('div', { class: 'charts' });
    this.append(h('div', { class: 'toolbar' }, this.search, this.windows, this.note), this.none, this.grid);
    streams.metrics.on('MetricUpdate', (event) => this.store.take(event));
    streams.metrics.once('connected', () => this.readHistory());
    addEventListener('themechange', () => {
      this.charts.forEach((chart) => chart.restyle());
      this.draw(true);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.charts.forEach((chart) => chart.restyle());
      this.draw(true);
    });
    new ResizeObserver(() => this.charts.forEach((chart) => chart.resize())).observe(this.grid);
    addEventListener('viewchange', () => this.draw(true));
    setInterval(() => this.draw(), 1000);
  }

  readHistory() {
    const history = new ProvisioningWebSocket(streams.base, streams.token, {
      path: '/metrics', auth: 'message', reconnect: false, events: ['metric'], since: new Date(Date.now() - kHistoryMs).toISOString(), query: { batch_size: 1000 },
    });
    history.on('MetricUpdate', (event) => this.store.take(event));
    history.on('replay_end', () => {
      history.disconnect();
      this.draw(true);
    });
    history.connect();
  }

  /** @param {number} seconds @param {Event} event */
  choose(seconds, event) {
    this.seconds = seconds;
    for (const button of this.windows.children) {
      button.setAttribute('aria-pressed', String(button === event.currentTarget));
    }
    this.draw(true);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const { chart } = /** @type {any} */ (target);
      chart.visible = isIntersecting;
      chart.draw(this.seconds, true);
    }
  }

  /** Charts for new metrics, in order; hides what the search does not name. */
  arrange() {
    const wanted = this.search.value.trim().toLowerCase();
    const rank = (/** @type {string} */ name) => {
      const at = kFirst.indexOf(name);
      return at >= 0 ? at + 1 : !name.startsWith('host_') ? 0 : kLast.test(name) ? 1000 : 100;
    };
    const names = [...this.store.metrics.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    let shown = 0;
    names.forEach((name, i) => {
      let chart = this.charts.get(name);
      if (!chart) {
        chart = new Chart(this.store, /** @type {any} */ (this.store.metrics.get(name)), this.observer);
        this.charts.set(name, chart);
      }
      if (this.grid.children[i] !== chart.element) {
        this.grid.insertBefore(chart.element, this.grid.children[i] ?? null);
      }
      const { series } = chart.metric;
      chart.element.hidden = wanted !== '' && !name.toLowerCase().includes(wanted) && ![...series.keys()].some((label) => label.toLowerCase().includes(wanted));
      shown += chart.element.hidden ? 0 : 1;
    });
    this.none.hidden = shown > 0;
    setText(this.none.querySelector('strong'), names.length === 0 ? 'No metrics yet' : 'No metric of that name');
    setText(this.note, names.length === 0 ? '' : `${shown} of ${names.length} metrics${this.store.hidden > 0 ? ', more are not shown' : ''}`);
  }

  draw(force = false) {
    if (currentView() !== 'metrics') {
      return;
    }
    if (this.known !== this.store.metrics.size || force) {
      this.known = this.store.metrics.size;
      this.arrange();
    }
    this.charts.forEach((chart) => chart.draw(this.seconds, force));
  }
}

customElements.define('rs-metrics', Metrics);
