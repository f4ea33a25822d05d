// Health, merged: several programs report it, each of its own components and numbers. The latest of each reporter counts, the
// worst of them is the whole; a reporter that has gone silent is told.

import { toneOf } from './format.js';

const kMostChanges = 50;
const kMostHistory = 40;
const kSilentMs = 5 * 60 * 1000;
const kRank = /** @type {Record<string, number>} */ ({ bad: 0, warn: 1, idle: 2, info: 3, ok: 4 });

/** @typedef {{key: string, name: string, data: any, time: number, intervalMs: number}} Reporter */
/** @typedef {{name: string, status: string, message: string, checked: number, reporter: Reporter, history: {time: number, status: string}[]}} Component */

export class HealthModel {
  /** @type {Map<string, Reporter>} */
  reporters = new Map();
  /** @type {Map<string, {time: number, status: string}[]>} by reporter and component */
  #history = new Map();
  /** @type {{time: number, component: string, from: string, to: string}[]} the latest first */
  changes = [];

  /** @param {any} event a SystemHealthUpdate */
  take(event) {
    const data = event.data ?? {};
    const metadata = event.metadata ?? {};
    const components = Object.keys(data.components ?? {}).sort();
    const name = String(metadata.source ?? metadata.reporter ?? metadata.host ?? data.source ?? components.slice(0, 3).join(', '));
    const key = String(metadata.source ?? metadata.reporter ?? metadata.host ?? data.source ?? this.#kin(components) ?? components.join(','));
    const time = Date.parse(event.timestamp);
    const before = this.reporters.get(key);
    if (before && time < before.time) {
      return;
    }
    this.reporters.set(key, { key, name: before?.name ?? name, data, time, intervalMs: Number(metadata.check_interval ?? 0) * 1000 });
    for (const component of components) {
      this.#note(`${key}\u0000${component}`, component, String(data.components[component]?.status ?? ''), time);
    }
  }

  /** A reporter that names itself nowhere is known by its components: one that shares most of them is the same. @param {string[]} components */
  #kin(components) {
    for (const { key, data } of this.reporters.values()) {
      const known = Object.keys(data.components ?? {});
      const shared = components.filter((name) => known.includes(name)).length;
      if (shared > 0 && shared * 2 >= Math.max(known.length, components.length)) {
        return key;
      }
    }
    return undefined;
  }

  /** @param {string} key @param {string} component @param {string} status @param {number} time */
  #note(key, component, status, time) {
    const history = this.#history.get(key) ?? [];
    const last = history.at(-1);
    if (last && last.status !== status) {
      this.changes.unshift({ time, component, from: last.status, to: status });
      this.changes.length = Math.min(this.changes.length, kMostChanges);
    }
    history.push({ time, status });
    if (history.length > kMostHistory) {
      history.shift();
    }
    this.#history.set(key, history);
  }

  /** @param {Reporter} reporter @param {number} now */
  isSilent({ time, intervalMs }, now) {
    return now - time > Math.max(kSilentMs, intervalMs * 3);
  }

  /** @returns {string} the worst that a reporter says, or nothing */
  overall() {
    const said = [...this.reporters.values()].map(({ data }) => String(data.overall_status ?? '')).filter(Boolean);
    return said.sort((a, b) => kRank[toneOf(a)] - kRank[toneOf(b)])[0] ?? '';
  }

  /** @returns {Component[]} the worst first */
  components() {
    const all = [...this.reporters.values()].flatMap((reporter) => Object.entries(reporter.data.components ?? {}).map(([name, one]) => ({
      name, status: String(/** @type {any} */ (one)?.status ?? ''), message: String(/** @type {any} */ (one)?.message ?? ''), checked: Date.parse(/** @type {any} */ (one)?.last_check ?? ''), reporter,
      history: this.#history.get(`${reporter.key}\u0000${name}`) ?? [],
    })));
    return all.sort((a, b) => kRank[toneOf(a.status)] - kRank[toneOf(b.status)] || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.reporter.key < b.reporter.key ? -1 : 1));
  }

  /** A number of the machine: of one reporter, always the same, best of one that reports on CPU and memory. @param {string} name @returns {{value: number, reporter: Reporter} | null} */
  metric(name) {
    const able = [...this.reporters.values()].filter(({ data }) => Number.isFinite(data.metrics?.[name]));
    const host = able.find(({ data }) => data.components?.cpu && data.components?.memory);
    const reporter = host ?? able.sort((a, b) => (a.key < b.key ? -1 : 1))[0];
    return reporter ? { value: reporter.data.metrics[name], reporter } : null;
  }
}
