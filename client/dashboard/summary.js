// The strip of numbers on top: what is going on, in one look. A number that has a list behind it leads there.

import { bytes, compact, toneOf } from './format.js';
import { h, meter, setMeter, setText } from './dom.js';
import { hasFailed, isActive, isStale } from './run_model.js';
import { hrefOf } from './route.js';
import { serverNow } from './server_clock.js';
import { store } from './store.js';
import { streams } from './streams.js';

/** @type {[string, string, string, boolean][]} name, label, where it leads, with a bar */
const kStats = [
  ['health', 'System', '', false],
  ['workflows', 'Workflows running', hrefOf('overview', [], { workflows: 'active' }), false],
  ['batches', 'Batches running', hrefOf('overview', [], { batches: 'active' }), false],
  ['tasks', 'Tasks active', hrefOf('overview', [], { tasks: 'active' }), false],
  ['failed', 'Failed', hrefOf('overview', [], { tasks: 'failed', workflows: 'failed', batches: 'failed' }), false],
  ['cpu', 'CPU', hrefOf('metrics', [], { find: 'cpu' }), true],
  ['memory', 'Memory', hrefOf('metrics', [], { find: 'memory' }), false],
  ['rate', 'Events per second', hrefOf('events'), false],
];

class Summary extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Summary');
    /** @type {Record<string, HTMLElement>} */
    this.stats = {};
    for (const [name, label, href, bar] of kStats) {
      this.stats[name] = h(href ? 'a' : 'div', { class: 'stat', href: href || null, data: { stat: name } }, h('div', { class: 'label' }, label), h('div', { class: 'value' }, '–'), bar && meter());
      this.append(this.stats[name]);
    }
    this.measured = { time: performance.now(), received: 0 };
    /** @type {number | undefined} */
    this.rate = undefined;
    store.on('any', () => this.show());
    streams.on('status', () => this.show());
    setInterval(() => {
      this.measure();
      this.show();
    }, 1000);
    this.show();
  }

  /** The rate of what is live: history comes as fast as it can. */
  measure() {
    const now = { time: performance.now(), received: streams.hub.received };
    const live = streams.status.state === 'live' || streams.status.state === 'paused';
    this.rate = live && this.wasLive ? Math.max(0, ((now.received - this.measured.received) * 1000) / (now.time - this.measured.time)) : undefined;
    this.wasLive = live;
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

  /** Shows a number, or "–" if it is unknown: the token does not include these events, or the history has not been read. @param {string} name @param {number} n @param {string[]} types @param {string} [title] */
  count(name, n, types, title = '') {
    const { status } = streams;
    const denied = types.every((type) => streams.isDenied(type));
    this.set(name, denied || (n === 0 && (status.isLoading || status.state === 'signin')) ? '–' : compact(n), name === 'failed' && n > 0 ? 'bad' : undefined);
    this.stats[name].title = denied ? 'Your token does not include these' : title;
  }

  show() {
    const { health } = store;
    const now = serverNow();
    const { status } = streams;
    const denied = streams.isDenied('SystemHealthUpdate');
    this.toggleAttribute('data-stale', status.isStale);
    this.toggleAttribute('data-loading', status.isLoading);
    const overall = denied ? '' : health.overall();
    this.set('health', overall || '–', overall ? toneOf(overall) : undefined);
    this.stats.health.title = denied ? 'Your token does not include system health' : '';
    const running = (/** @type {Map<string, import('./run_model.js').Run>} */ runs) => [...runs.values()].filter((run) => isActive(run) && !isStale(run, now)).length;
    const failed = [store.tasks, store.workflows, store.batches].map((runs) => [...runs.values()].filter(hasFailed).length);
    const total = failed[0] + failed[1] + failed[2];
    this.count('workflows', running(store.workflows), ['WorkflowProgressUpdate']);
    this.count('batches', running(store.batches), ['BatchOperationUpdate']);
    this.count('tasks', running(store.tasks), ['TaskStatusChanged']);
    this.count('failed', total, ['WorkflowProgressUpdate', 'BatchOperationUpdate', 'TaskStatusChanged'], `${failed[0]} tasks, ${failed[1]} workflows, ${failed[2]} batches`);
    this.set('rate', this.rate === undefined ? '–' : compact(Math.round(this.rate)));
    const cpu = denied ? null : health.metric('cpu_usage');
    this.set('cpu', cpu ? `${cpu.value.toFixed(0)} %` : '–');
    setMeter(this.stats.cpu.querySelector('.meter'), cpu?.value ?? 0, (cpu?.value ?? 0) >= 95 ? 'bad' : (cpu?.value ?? 0) >= 85 ? 'warn' : 'info');
    const memory = denied ? null : health.metric('memory_usage');
    this.set('memory', memory ? bytes(memory.value * 1024 * 1024) : '–');
    for (const [name, one] of /** @type {[string, any][]} */ ([['cpu', cpu], ['memory', memory]])) {
      this.stats[name].title = one ? `reported by ${one.reporter.name}` : '';
    }
  }
}

customElements.define('rs-summary', Summary);
