// The latest warnings and errors, on the overview.

import { clock, fullTime, toneOfLevel } from './format.js';
import { fillText } from './rich_text.js';
import { h, reconcile } from './dom.js';
import { lineHref } from './log_detail.js';
import { Panel } from './panel.js';
import { streams } from './streams.js';

const kMost = 12;
const kShowMs = 250;

class RecentLogs extends Panel {
  connectedCallback() {
    this.build('Warnings and errors', 'LogEntry', h('a', { href: '#logs?level=WARN' }, 'All logs'));
    /** @type {any[]} */
    this.entries = [];
    this.list = h('ul');
    this.body.append(this.list);
    streams.onType('LogEntry', (event) => this.take(event));
    streams.on('reset', () => {
      this.entries = [];
      this.showSoon(() => this.show());
    });
    this.watch('none', () => this.show());
  }

  /** @param {any} event */
  take(event) {
    const tone = toneOfLevel(event.data?.level);
    if (tone !== 'bad' && tone !== 'warn') {
      return;
    }
    const time = Date.parse(event.timestamp);
    const at = this.entries.findIndex((one) => Date.parse(one.timestamp) <= time);
    if (at < 0 && this.entries.length >= kMost) {
      return;
    }
    this.entries.splice(at < 0 ? this.entries.length : at, 0, event);
    this.entries.length = Math.min(this.entries.length, kMost);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.show();
    }, kShowMs);
  }

  show() {
    const shown = this.showState(this.entries.length, ['All quiet', 'No warning and no error among the latest log entries.']);
    reconcile(this.list, shown ? this.entries : [], (event) => String(event.id), (event) => {
      const { data } = event;
      const text = h('a', { class: 'text link', dir: 'auto', href: lineHref(event, {}) });
      fillText(text, String(data.message ?? '').split('\n')[0]);
      return h('li', { class: 'mini-log', data: { tone: toneOfLevel(data.level) } },
        h('span', { class: 'level' }, String(data.level ?? '').toUpperCase()), text, h('span', { class: 'from' }));
    }, (row, event) => {
      const time = Date.parse(event.timestamp);
      const from = /** @type {HTMLElement} */ (row.querySelector('.from'));
      from.textContent = `${clock(time).slice(0, 8)} · ${event.data.component ?? ''}`;
      from.title = fullTime(time);
    });
  }
}

customElements.define('rs-recent-logs', RecentLogs);
