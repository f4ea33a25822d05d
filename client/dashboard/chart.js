// One metric as a chart: its highest lines, told apart by colour and dashes, drawn only while in sight. Holes in the data are holes
// in the line. Dragging zooms all charts; a click on a name of the legend hides that line.

import uPlot from '../vendor/uplot/uPlot.esm.js';
import { h, icon, reconcile, setText } from './dom.js';
import { clock, withUnit } from './format.js';
import { hrefOf } from './route.js';

const kColors = 8;
const kPlotHeight = 150;
const kTallPlotHeight = 380;
const kByteSteps = Array.from({ length: 60 }, (_, i) => 2 ** i); // round in KiB, MiB, GiB
const kDashes = [[], [6, 3], [2, 3], [9, 3, 2, 3], [12, 4]];

/** @typedef {{from: number, to: number, lines: number, hidden: Set<string>, tall: boolean}} ChartView */
/** @typedef {{onZoom: (from: number, to: number) => void, onHide: (key: string) => void, onStar: (name: string) => void}} ChartActions */

export class Chart {
  /** @param {import('./series.js').SeriesStore} store @param {import('./series.js').Metric} metric @param {IntersectionObserver} observer @param {ChartActions} actions */
  constructor(store, metric, observer, actions) {
    this.store = store;
    this.metric = metric;
    this.actions = actions;
    this.visible = false;
    this.version = -1;
    this.shape = '';
    /** @type {any} */
    this.plot = null;
    this.height = kPlotHeight;
    this.unit = metric.kind === 'counter' ? (metric.unit === 'bytes' ? 'bytes/s' : '1/s') : metric.unit;
    this.title = h('h2', { title: metric.name }, h('a', { class: 'link', href: hrefOf('metrics', [], { metric: metric.name }) }, metric.name));
    this.now = h('span', { class: 'now' });
    this.star = h('button', { class: 'button quiet icon star', type: 'button', 'aria-pressed': 'false', 'aria-label': `Favourite: ${metric.name}`, on: { click: () => actions.onStar(metric.name) } }, icon('star'));
    this.space = h('div', { class: 'plot', role: 'img', tabindex: 0, on: { keydown: (/** @type {KeyboardEvent} */ event) => this.onKey(event), blur: () => this.point(null) } });
    this.legendTime = h('span', { class: 'muted', hidden: true });
    this.lines = h('div', { class: 'lines' });
    this.legendRest = h('span', { hidden: true });
    this.legend = h('div', { class: 'legend' }, this.legendTime, this.lines, this.legendRest);
    this.element = h('article', { class: 'chart', data: { metric: metric.name } },
      h('div', { class: 'chart-head' }, this.title, h('span', { class: 'unit' }, [metric.kind === 'counter' ? 'rate' : metric.kind === 'histogram' ? 'histogram' : '', this.unit].filter(Boolean).join(', ')), this.now, this.star), this.space, this.legend);
    /** @type {any} */ (this.element).chart = this;
    observer.observe(this.element);
  }

  /** @param {ChartView} view @param {boolean} force */
  draw(view, force = false) {
    if (!this.visible || (!force && this.version === this.metric.version && performance.now() - this.drawn < 5000)) {
      return;
    }
    this.version = this.metric.version;
    this.drawn = performance.now();
    this.view = view;
    const { from, to, lines, hidden, tall } = view;
    const all = [...this.metric.series.values()].filter(({ times }) => times.length > 0 && times[times.length - 1] >= from && times[0] <= to);
    // Those with the highest values, in a steady order.
    const chosen = all.sort((a, b) => last(b) - last(a)).slice(0, lines).sort((a, b) => (a.label < b.label ? -1 : 1));
    this.height = tall ? kTallPlotHeight : kPlotHeight;
    const shape = `${this.height}\n${chosen.map((series) => `${series.label} ${hidden.has(this.keyOf(series))}`).join('\n')}`;
    if (!this.plot || shape !== this.shape) {
      this.build(chosen);
      this.shape = shape;
    }
    this.chosen = chosen;
    this.data = this.store.columns(this.metric, chosen, from, to);
    this.plot.setData(this.data, false);
    this.plot.batch(() => {
      this.plot.setScale('x', { min: from, max: to });
    });
    setText(this.now, chosen.length === 1 ? withUnit(last(chosen[0]), this.unit) : '');
    this.space.setAttribute('aria-label', `${this.metric.name}: ${chosen.map((series) => `${series.label} ${withUnit(last(series), this.unit)}`).join(', ') || 'no values'}`);
    this.showLegend(all.length - chosen.length + this.metric.hidden);
  }

  /** @param {import('./series.js').Series} series */
  keyOf(series) {
    return `${this.metric.name} ${series.label}`;
  }

  /** @param {number} more @param {number | null} [index] where the cursor is */
  showLegend(more = this.more ?? 0, index = null) {
    this.more = more;
    const chosen = this.chosen ?? [];
    const isBare = chosen.length === 1 && index === null && !chosen[0].label;
    this.lines.hidden = isBare; // the value is in the head
    const time = index === null ? '' : clock((this.data?.[0][index] ?? 0) * 1000).slice(0, 8);
    const valueOf = (/** @type {import('./series.js').Series} */ series) => (index === null ? last(series) : this.data?.[chosen.indexOf(series) + 1]?.[index]);
    setText(this.legendTime, time);
    this.legendTime.hidden = time === '';
    setText(this.legendRest, `and ${more} more`);
    this.legendRest.hidden = more <= 0;
    // Kept from one time to the next: a button that was replaced would lose the focus, and a click.
    reconcile(this.lines, chosen, (series) => this.keyOf(series), (series) => h('button', { type: 'button', title: `${series.label || 'value'}: show or hide`, on: { click: () => this.actions.onHide(this.keyOf(series)) } },
      h('i'), h('span', { class: 'label' }), h('b')), (button, series) => {
      const i = chosen.indexOf(series);
      const value = valueOf(series);
      button.setAttribute('aria-pressed', String(!this.view?.hidden.has(this.keyOf(series))));
      /** @type {Element} */ (button.children[0]).className = `s${i % kColors} d${Math.floor(i / kColors) % kDashes.length}`;
      setText(button.children[1], series.label || (index === null ? '' : 'value'));
      setText(button.children[2], value === null || value === undefined ? '–' : withUnit(value, this.unit));
    });
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
      height: this.height,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { sync: { key: 'metrics' }, y: false, drag: { x: true, y: false, setScale: false, dist: 8 }, points: { size: 6 } },
      scales: { y: { range: (/** @type {any} */ _u, /** @type {number} */ low, /** @type {number} */ high) => rangeOf(low, high, percentScale) } },
      axes: [
        { ...axis, size: 24, gap: 4, space: 70, values: (/** @type {any} */ _u, /** @type {number[]} */ at, /** @type {any} */ _i, /** @type {any} */ _f, /** @type {number} */ step) => at.map((time) => timeLabel(time, step)) },
        { ...axis, incrs: /^bytes/.test(this.unit) ? kByteSteps : undefined, size: 58, gap: 4, space: 34, values: (/** @type {any} */ _u, /** @type {number[]} */ at) => at.map((value) => withUnit(value, this.unit)) },
      ],
      series: [{}, ...chosen.map((series, i) => {
        const stroke = color(`.s${i % kColors}`);
        const dash = kDashes[Math.floor(i / kColors) % kDashes.length];
        return { label: series.label, stroke, width: 1.5, dash: dash.length > 0 ? dash : undefined, show: !this.view?.hidden.has(this.keyOf(series)), spanGaps: false, points: { show: false }, fill: chosen.length === 1 ? faded(stroke) : undefined };
      })],
      hooks: {
        setCursor: [(/** @type {any} */ plot) => this.showLegend(undefined, plot.cursor.idx ?? null)],
        setSelect: [(/** @type {any} */ plot) => {
          const { left, width } = plot.select;
          if (width > 8) {
            this.actions.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
          }
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    };
    /** @type {any} */
    const empty = [[], ...chosen.map(() => /** @type {number[]} */ ([]))];
    this.plot = new uPlot(options, empty, this.space);
  }

  /** Arrow keys move the crosshair, on all charts. @param {KeyboardEvent} event */
  onKey(event) {
    const n = this.data?.[0].length ?? 0;
    const at = this.plot?.cursor.idx ?? n;
    /** @type {Record<string, number | null>} */
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: n - 1, Escape: null };
    if (n > 0 && event.key in to) {
      event.preventDefault();
      const index = to[event.key];
      this.point(index === null ? null : Math.max(0, Math.min(n - 1, index)));
    }
  }

  /** @param {number | null} index of the data; null: nowhere */
  point(index) {
    const { plot, data } = this;
    if (plot && data) {
      plot.setCursor(index === null ? { left: -10, top: -10 } : { left: plot.valToPos(data[0][index], 'x'), top: 0 });
    }
  }

  resize() {
    if (this.plot && this.space.clientWidth > 0 && this.plot.width !== this.space.clientWidth) {
      this.plot.setSize({ width: this.space.clientWidth, height: this.height });
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
  return clock(time * 1000).slice(0, step < 60 ? 8 : 5);
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
