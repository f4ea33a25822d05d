// The history of one task, batch or workflow, from the server's ring, and what follows: a debug session with a connection of
// its own, as long as the window is open.

import { clock, percent, toneOf, toneOfLevel } from './format.js';
import { h, icon } from './dom.js';
import { ProvisioningWebSocket } from '../src/websocket.js';
import { streams } from './streams.js';

const kMost = 1000;

class Trace extends HTMLElement {
  connectedCallback() {
    this.heading = h('h2', { id: 'trace-title' });
    this.about = h('span', { class: 'muted', role: 'status' });
    this.list = h('ol', { tabindex: 0, 'aria-label': 'Events' });
    this.dialog = h('dialog', { 'aria-labelledby': 'trace-title', on: { close: () => this.end() } },
      h('header', {}, this.heading, this.about, h('button', { class: 'button quiet icon', type: 'button', 'aria-label': 'Close', on: { click: () => this.dialog.close() } }, icon('close'))),
      this.list);
    this.append(this.dialog);
    addEventListener('trace', (event) => this.open(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {{member: string, id: string, name: string}} what */
  open({ member, id, name }) {
    this.end();
    this.heading.textContent = name;
    this.about.textContent = 'reading the history';
    this.list.replaceChildren();
    this.dialog.showModal();
    const client = new ProvisioningWebSocket(streams.base, streams.token, { auth: 'message', reconnect: false, events: ['task', 'batch', 'workflow'], query: { batch_size: 200 } });
    this.client = client;
    let ready = false;
    client.on('connected', () => {
      client.debug('attach', { [member]: id }).then(() => (ready = true), (error) => (this.about.textContent = error.message));
    });
    client.on('message', (event) => ready && this.add(event));
    client.on('replay_end', () => (this.about.textContent = `${this.list.childElementCount.toLocaleString('en')} events, live`));
    client.on('disconnected', (gone) => this.client === client && (this.about.textContent = gone.reason || 'connection lost'));
    client.connect();
  }

  /** @param {any} event */
  add(event) {
    const { data = {} } = event;
    const log = event.event_type === 'LogEntry';
    const what = log ? data.message : [data.status, data.current_step, percent(data.progress), data.message].filter(Boolean).join(' · ');
    const tone = log ? toneOfLevel(data.level) : toneOf(data.status ?? data.level);
    this.list.append(h('li', { title: JSON.stringify(event, null, 2) }, h('span', { class: 'mono' }, clock(Date.parse(event.timestamp))),
      h('span', { class: 'status', data: { tone } }, event.event_type), h('span', { class: 'what' }, what || JSON.stringify(data))));
    if (this.list.childElementCount > kMost) {
      this.list.firstElementChild.remove();
    }
  }

  end() {
    const { client } = this;
    this.client = undefined;
    client?.disconnect();
  }
}

customElements.define('rs-trace', Trace);
