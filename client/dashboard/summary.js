// The strip of numbers on top: what is going on, in one look.

import { bytes, compact, toneOf } from './format.js';
import { h, meter, setMeter, setText } from './dom.js';
import { isActive, store } from './store.js';
import { streams } from './streams.js';

/** @type {[string, string, boolean][]} name, label, with a bar */
const kStats = [
  ['health', 'System', false],
  ['workflows', 'Workflows running', false],
  ['batches', 'Batches running', false],
  ['tasks', 'Tasks active', false],
  ['failed', 'Tasks failed', false],
  ['cpu', 'CPU', true],
  ['memory', 'Memory', true],
  ['rate', 'Events per second', false],
];

class Summary extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Summary');
    /** @type {Record<string, HTMLElement>} */
    this.stats = {};
    for (const [name, label, bar] of kStats) {
      this.stats[name] = h('div', { class: 'stat', data: { stat: name } }, h('div', { class: 'label' }, label), h('div', { class: 'value' }, '–'), bar && meter());
      this.append(this.stats[name]);
    }
    this.measured = { time: performance.now(), received: streams.received };
    store.on('any', () => this.show());
    setInterval(() => {
      this.measure();
      this.show();
    }, 1000);
    this.show();
  }

  measure() {
    const now = { time: performance.now(), received: streams.received };
    this.rate = ((now.received - this.measured.received) * 1000) / (now.time - this.measured.time);
    this.measured = now;
  }

  /** @param {string} name @param {string} text @param {string} [tone] */
  set(name, text, tone) {
    const stat = this.stats[name];
    setText(stat.querySelector('.value'), text);
    if (tone) {
      stat.dataset.tone = tone;
    } else {
      delete stat.dataset.tone;
    }
  }

  show() {
    const { health } = store;
    const denied = streams.denied.has('SystemHealthUpdate');
    const overall = denied ? null : health?.data.overall_status;
    this.set('health', overall ?? '–', overall ? toneOf(overall) : undefined);
    this.stats.health.title = denied ? 'Your role does not include system health' : '';
    const tasks = [...store.tasks.values()];
    const failed = tasks.filter((item) => toneOf(item.data.status) === 'bad').length;
    this.set('workflows', compact([...store.workflows.values()].filter(isActive).length));
    this.set('batches', compact([...store.batches.values()].filter(isActive).length));
    this.set('tasks', compact(tasks.filter(isActive).length));
    this.set('failed', compact(failed), failed > 0 ? 'bad' : undefined);
    this.set('rate', this.rate === undefined ? '–' : compact(Math.round(this.rate)));
    const metrics = denied ? {} : (health?.data.metrics ?? {});
    const cpu = Number(metrics.cpu_usage);
    this.set('cpu', Number.isFinite(cpu) ? `${cpu.toFixed(0)} %` : '–');
    setMeter(this.stats.cpu.querySelector('.meter'), cpu, cpu >= 95 ? 'bad' : cpu >= 85 ? 'warn' : 'info');
    const memory = Number(metrics.memory_usage);
    this.set('memory', Number.isFinite(memory) ? bytes(memory * 1024 * 1024) : '–');
    const share = Number(metrics.memory_percent);
    const bar = /** @type {HTMLElement} */ (this.stats.memory.querySelector('.meter'));
    bar.hidden = !Number.isFinite(share);
    setMeter(bar, share, share >= 95 ? 'bad' : share >= 85 ? 'warn' : 'info');
  }
}

customElements.define('rs-summary', Summary);
