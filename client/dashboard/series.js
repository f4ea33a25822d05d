// Metric values over time: metric, then series (one for each set of labels). Counters become rates. Bounded in time, in
// series, and in points.

export const kMostSeriesOfMetric = 40;
const kMostMetrics = 400;
const kKeepSeconds = 3600;

/**
 * @typedef {{label: string, times: number[], values: number[], raw: {time: number, value: number} | null}} Series
 * @typedef {{name: string, kind: string, unit: string, series: Map<string, Series>, hidden: number, version: number}} Metric
 */

export class SeriesStore {
  /** @param {number} [keepSeconds] before the newest value of a series */
  constructor(keepSeconds = kKeepSeconds) {
    this.keepSeconds = keepSeconds;
    /** @type {Map<string, Metric>} */
    this.metrics = new Map();
    this.hidden = 0;
  }

  /** @param {any} event a MetricUpdate */
  take(event) {
    const { data = {}, metadata = {} } = event;
    const value = Number(data.value);
    const time = Date.parse(event.timestamp) / 1000;
    const name = String(data.metric_name ?? '');
    if (!name || !Number.isFinite(value) || !Number.isFinite(time)) {
      return;
    }
    let metric = this.metrics.get(name);
    if (!metric) {
      if (this.metrics.size >= kMostMetrics) {
        this.hidden++;
        return;
      }
      metric = { name, kind: String(data.metric_type ?? 'gauge'), unit: String(metadata.unit ?? ''), series: new Map(), hidden: 0, version: 0 };
      this.metrics.set(name, metric);
    }
    const label = labelOf(data.labels);
    let series = metric.series.get(label);
    if (!series) {
      if (metric.series.size >= kMostSeriesOfMetric) {
        metric.hidden++;
        return;
      }
      series = { label, times: [], values: [], raw: null };
      metric.series.set(label, series);
    }
    metric.version++;
    if (metric.kind !== 'counter') {
      insert(series, time, value, this.keepSeconds);
      return;
    }
    const before = series.raw;
    if (!before || time > before.time) {
      series.raw = { time, value };
      if (before && time - before.time >= 0.5) {
        insert(series, time, Math.max(0, value - before.value) / (time - before.time), this.keepSeconds); // less than before: started anew
      }
    }
  }

  /**
   * Columns for a chart: times, then the values of each series: undefined where another series has a value, null where it has none
   * and should have, so that the line breaks there.
   * @param {Metric} metric @param {Series[]} chosen @param {number} from @param {number} [to] @returns {(number | null | undefined)[][]}
   */
  columns(metric, chosen, from, to = Infinity) {
    /** @type {Set<number>} */
    const rows = new Set();
    const points = chosen.map((series) => pointsOf(series, from, to));
    points.forEach((column) => column.forEach((_value, time) => rows.add(time)));
    const times = [...rows].sort((a, b) => a - b);
    return [times, ...points.map((column) => times.map((time) => column.get(time)))];
  }

  /** @returns {number} the time of the oldest value, in seconds; Infinity without values */
  get oldest() {
    return Math.min(...[...this.metrics.values()].flatMap(({ series }) => [...series.values()].map(({ times }) => times[0] ?? Infinity)));
  }

  clear() {
    this.metrics.clear();
    this.hidden = 0;
  }
}

/** By second; null a moment after the last value before a hole. @param {Series} series @param {number} from @param {number} to @returns {Map<number, number | null>} */
function pointsOf({ times, values }, from, to) {
  /** @type {Map<number, number | null>} */
  const points = new Map();
  const first = lowerBound(times, from);
  const usual = intervalOf(times, first);
  for (let i = first; i < times.length && times[i] <= to; i++) {
    const time = Math.round(times[i]);
    if (i > first && times[i] - times[i - 1] > usual * 3.5 + 1) {
      points.set(Math.round(times[i - 1]) + Math.max(1, Math.round(usual)), null);
    }
    points.set(time, values[i]);
  }
  return points;
}

/** The usual time between two values: the median of the latest. @param {number[]} times @param {number} first */
function intervalOf(times, first) {
  const steps = [];
  for (let i = Math.max(first + 1, times.length - 60); i < times.length; i++) {
    steps.push(times[i] - times[i - 1]);
  }
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 1;
}

/** @param {any} labels @returns {string} "mount=/, device=sda1" */
export function labelOf(labels) {
  if (labels === null || typeof labels !== 'object') {
    return '';
  }
  const names = Object.keys(labels).sort();
  return names.length === 1 ? String(labels[names[0]]) : names.map((name) => `${name}=${labels[name]}`).join(', ');
}

/** @param {Series} series @param {number} time @param {number} value @param {number} keepSeconds */
function insert(series, time, value, keepSeconds) {
  const { times, values } = series;
  const last = times.length - 1;
  if (last < 0 || time > times[last]) {
    times.push(time);
    values.push(value);
    if (times.length > 64 && times[0] < time - keepSeconds * 1.1) {
      const n = lowerBound(times, time - keepSeconds);
      times.splice(0, n);
      values.splice(0, n);
    }
    return;
  }
  const at = lowerBound(times, time);
  if (times[at] === time) {
    values[at] = value;
  } else {
    times.splice(at, 0, time);
    values.splice(at, 0, value);
  }
}

/** @param {number[]} sorted @param {number} wanted @returns {number} the first that is not below it */
export function lowerBound(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
