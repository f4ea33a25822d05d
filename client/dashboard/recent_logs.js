// The latest warnings and errors, on the overview. Taken from what the log view has: one connection serves both.

import { clock, toneOfLevel } from './format.js';
import { emptyState, h, reconcile } from './dom.js';
import { Panel } from './panel.js';
import { streams } from './streams.js';

const kMost = 12;

class RecentLogs extends Panel {
  connectedCallback() {
    this.build('Warnings and errors', h('a', { href: '#logs' }, 'All logs'));
    /** @type {any[]} */
    this.entries = [];
    /** @type {Set<string>} */
    this.seen = new Set();
    this.list = h('ul');
    this.none = emptyState('All quiet', 'No warning and no error among the latest log entries.');
    this.denied = emptyState('Not part of your role', 'Logs are shown to admins and developers.', 'lock');
    this.body.append(this.none, this.denied, this.list);
    streams.logs.on('LogEntry', (event) => this.take(event));
    streams.on('denied', () => this.show());
    streams.on('token', () => this.show());
    this.show();
  }

  /** @param {any} event */
  take(event) {
    const tone = toneOfLevel(event.data?.level);
    if ((tone !== 'bad' && tone !== 'warn') || this.seen.has(event.id)) {
      return;
    }
    const at = this.entries.findIndex((one) => Date.parse(one.timestamp) <= Date.parse(event.timestamp));
    if (at < 0 && this.entries.length >= kMost) {
      return;
    }
    this.entries.splice(at < 0 ? this.entries.length : at, 0, event);
    this.entries.length = Math.min(this.entries.length, kMost);
    this.seen = new Set(this.entries.map((one) => one.id));
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.show();
    });
  }

  show() {
    const denied = streams.denied.has('LogEntry');
    this.denied.hidden = !denied;
    this.none.hidden = denied || this.entries.length > 0;
    reconcile(this.list, denied ? [] : this.entries, (event) => String(event.id), (event) => {
      const { data } = event;
      return h('li', { class: 'mini-log', data: { tone: toneOfLevel(data.level) } },
        h('span', { class: 'level' }, String(data.level ?? '').toUpperCase()), h('span', { class: 'text', title: String(data.message ?? '') }, String(data.message ?? '')),
        h('span', { class: 'from' }, `${clock(Date.parse(event.timestamp)).slice(0, 8)} · ${data.component ?? ''}`));
    }, () => {});
  }
}

customElements.define('rs-recent-logs', RecentLogs);
