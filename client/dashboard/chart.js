// One metric as a chart: up to eight lines, drawn only while in sight.

import uPlot from '../vendor/uplot/uPlot.esm.js';
import { h, setText } from './dom.js';
import { withUnit } from './format.js';

const kLines = 8;
const kPlotHeight = 150;

export class Chart {
  /** @param {import('./series.js').SeriesStore} store @param {import('./series.js').Metric} metric @param {IntersectionObserver} observer */
  constructor(store, metric, observer) {
    this.store = store;
    this.metric = metric;
    this.visible = false;
    this.version = -1;
    this.shape = '';
    /** @type {any} */
    this.plot = null;
    this.unit = metric.kind === 'counter' ? (metric.unit === 'bytes' ? 'bytes/s' : '1/s') : metric.unit;
    const words = metric.name.replace(/^host_/, '').replace(/_total$/, '').replace(/_(percent|bytes_per_second|per_second|bytes|seconds)$/, '').replaceAll('_', ' ');
    this.title = h('h2', { title: metric.name }, words[0]?.toUpperCase() + words.slice(1));
    this.now = h('span', { class: 'now' });
    this.space = h('div', { class: 'plot', role: 'img' });
    this.legend = h('div', { class: 'legend' });
    this.element = h('article', { class: 'chart', data: { metric: metric.name } },
      h('div', { class: 'chart-head' }, this.title, h('span', { class: 'unit' }, metric.kind === 'counter' ? 'rate' : metric.kind === 'histogram' ? 'histogram' : ''), this.now), this.space, this.legend);
    /** @type {any} */ (this.element).chart = this;
    observer.observe(this.element);
  }

  /** @param {number} seconds the window @param {boolean} force */
  draw(seconds, force = false) {
    if (!this.visible || (!force && this.version === this.metric.version && performance.now() - this.drawn < 5000)) {
      return;
    }
    this.version = this.metric.version;
    this.drawn = performance.now();
    const now = Date.now() / 1000;
    const all = [...this.metric.series.values()].filter((series) => series.times.length > 0 && series.times[series.times.length - 1] >= now - seconds);
    // Those with the highest values, in a steady order.
    const chosen = all.sort((a, b) => last(b) - last(a)).slice(0, kLines).sort((a, b) => (a.label < b.label ? -1 : 1));
    const shape = chosen.map((series) => series.label).join('\n');
    if (!this.plot || shape !== this.shape) {
      this.build(chosen);
      this.shape = shape;
    }
    this.chosen = chosen;
    this.data = this.store.columns(this.metric, chosen, now - seconds);
    this.plot.setData(this.data, false);
    this.plot.batch(() => {
      this.plot.setScale('x', { min: now - seconds, max: now });
    });
    setText(this.now, chosen.length === 1 ? withUnit(last(chosen[0]), this.unit) : '');
    this.space.setAttribute('aria-label', `${this.metric.name}: ${chosen.map((series) => `${series.label} ${withUnit(last(series), this.unit)}`).join(', ') || 'no values'}`);
    this.showLegend(all.length - chosen.length);
  }

  /** @param {number} more @param {number | null} [index] where the cursor is */
  showLegend(more = this.more ?? 0, index = null) {
    this.more = more;
    const chosen = this.chosen ?? [];
    if (chosen.length === 1 && index === null && !chosen[0].label) {
      this.legend.replaceChildren();
      return;
    }
    this.legend.replaceChildren(...chosen.map((series, i) => {
      const value = index === null ? last(series) : this.data?.[i + 1]?.[index];
      return h('span', { title: series.label }, h('i', { class: `s${i}` }), series.label || (index === null ? '' : 'value'), h('b', {}, value === null || value === undefined ? '–' : withUnit(value, this.unit)));
    }), ...(more > 0 ? [h('span', {}, `and ${more} more`)] : []));
  }

  /** @param {import('./series.js').Series[]} chosen */
  build(chosen) {
    this.plot?.destroy();
    const color = colorReader(this.space);
    const grid = { stroke: color('--line'), width: 1 };
    const axis = { stroke: color('--text-3'), font: '11px Inter, system-ui, sans-serif', grid, ticks: { show: false } };
    const percentScale = this.unit === 'percent';
    /** @type {any} */
    const options = {
      width: Math.max(200, this.space.clientWidth),
      height: kPlotHeight,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { sync: { key: 'metrics' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: (/** @type {any} */ _u, /** @type {number} */ low, /** @type {number} */ high) => rangeOf(low, high, percentScale) } },
      axes: [
        { ...axis, size: 24, gap: 4, space: 70, values: (/** @type {any} */ _u, /** @type {number[]} */ at, /** @type {any} */ _i, /** @type {any} */ _f, /** @type {number} */ step) => at.map((time) => timeLabel(time, step)) },
        { ...axis, size: 58, gap: 4, space: 34, values: (/** @type {any} */ _u, /** @type {number[]} */ at) => at.map((value) => withUnit(value, this.unit)) },
      ],
      series: [{}, ...chosen.map((series, i) => {
        const stroke = color(`.s${i}`);
        return { label: series.label, stroke, width: 1.5, spanGaps: true, points: { show: false }, fill: chosen.length === 1 ? faded(stroke) : undefined };
      })],
      hooks: { setCursor: [(/** @type {any} */ plot) => this.showLegend(undefined, plot.cursor.idx ?? null)] },
    };
    /** @type {any} */
    const empty = [[], ...chosen.map(() => /** @type {number[]} */ ([]))];
    this.plot = new uPlot(options, empty, this.space);
  }

  resize() {
    if (this.plot && this.space.clientWidth > 0 && this.plot.width !== this.space.clientWidth) {
      this.plot.setSize({ width: this.space.clientWidth, height: kPlotHeight });
    }
  }

  /** Colours have changed. */
  restyle() {
    this.shape = '\u0000';
    this.version = -1;
  }

  remove() {
    this.plot?.destroy();
    this.element.remove();
  }
}

/** @param {import('./series.js').Series} series */
function last(series) {
  return series.values[series.values.length - 1];
}

/** @param {number} low @param {number} high @param {boolean} isPercent @returns {[number, number]} */
function rangeOf(low, high, isPercent) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) {
    return [0, isPercent ? 100 : 1];
  }
  if (isPercent) {
    return [0, high > 50 ? 100 : Math.max(10, high * 1.25)];
  }
  const bottom = low >= 0 ? (low > high * 0.8 && high - low < high * 0.1 && low > 0 ? low - (high - low || high * 0.1) * 2 : 0) : low * 1.1;
  return [Math.max(low >= 0 ? 0 : -Infinity, bottom), high > 0 ? high + (high - bottom) * 0.15 || 1 : 1];
}

/** @param {number} time @param {number} step seconds between the labels */
function timeLabel(time, step) {
  const date = new Date(time * 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}${step < 60 ? `:${two(date.getSeconds())}` : ''}`;
}

/** A colour as the page has it now: of a custom property, or of a swatch's class. @param {HTMLElement} near */
function colorReader(near) {
  return (/** @type {string} */ name) => {
    const probe = h('span', { class: name.startsWith('.') ? name.slice(1) : '' });
    probe.style.setProperty('color', name.startsWith('.') ? 'var(--swatch)' : `var(${name})`);
    near.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

/** @param {string} color "rgb(1, 2, 3)" */
function faded(color) {
  return color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.1)');
}
