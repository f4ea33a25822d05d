// How many events the server has refused, for administrators, in the events view. What was refused stays on the server, where only
// the worker's user may read it; the command that shows it can be copied.

import { copyText } from './clipboard.js';
import { currentView } from './route.js';
import { h, icon, setText } from './dom.js';
import { streams } from './streams.js';

const kEveryMs = 5000;
const kCommand = 'ringside tail --rejected';

/** The value of a counter in Prometheus text, over all of its labels. @param {string} text @param {string} name @returns {number | null} null: it is not there */
export function counterOf(text, name) {
  const values = text.split('\n').filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length))).map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : null;
}

class Rejected extends HTMLElement {
  asking = false;
  /** @type {number | null} when this page asked first */
  first = null;

  connectedCallback() {
    this.hidden = true;
    this.text = h('span');
    this.append(h('p', { class: 'rejected', role: 'status' }, this.text, h('code', {}, kCommand),
      h('button', { class: 'button', type: 'button', on: { click: () => copyText(kCommand, 'Command') } }, icon('copy'), 'Copy command')));
    setInterval(() => void this.ask(), kEveryMs);
    streams.on('status', () => void this.ask());
    streams.on('reset', () => {
      this.first = null;
      this.hidden = true;
    });
    addEventListener('viewchange', () => void this.ask(true));
  }

  /** @param {boolean} [now] however long ago the last answer is */
  async ask(now = false) {
    const isDue = now || performance.now() - (this.askedAt ?? -kEveryMs) >= kEveryMs;
    if (this.asking || !isDue || document.hidden || currentView() !== 'events' || streams.hub.state !== 'open' || streams.hub.welcome?.admin !== true) {
      return;
    }
    this.asking = true;
    this.askedAt = performance.now();
    try {
      const answer = await streams.request('/metrics', { headers: { accept: 'text/plain' } });
      this.show(answer.ok ? counterOf(await answer.text(), 'ringside_events_rejected_total') : null);
    } catch {
      // offline: the top bar says so
    } finally {
      this.asking = false;
    }
  }

  /** @param {number | null} n */
  show(n) {
    this.first = n === null ? null : Math.min(this.first ?? n, n); // fewer than before: the server has started again
    this.hidden = n === null || n === 0;
    if (n !== null && this.first !== null) {
      const since = n - this.first;
      setText(this.text, `The server has refused ${n.toLocaleString('en')} ${n === 1 ? 'event' : 'events'}${since > 0 ? `, ${since.toLocaleString('en')} since this page was opened` : ''}. Reasons: `);
    }
  }
}

customElements.define('rs-rejected', Rejected);
