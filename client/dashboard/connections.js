// Who is connected, for administrators: asked for every few seconds while it is shown, and hidden from everybody else.

import { announce } from './announce.js';
import { ago, fullTime } from './format.js';
import { h, reconcile, setText } from './dom.js';
import { streams } from './streams.js';

const kEveryMs = 3000;

/** @typedef {{id: string, user: string, roles: string[], endpoint: string, transport: string, since: string, sent: number, behind: number, missed: number, address: string}} Row */

class Connections extends HTMLElement {
  asking = false;
  /** @type {string | null} the token that may not ask */
  refused = null;

  connectedCallback() {
    this.hidden = true;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-labelledby', 'rs-connections-title');
    this.count = h('span', { class: 'count' });
    this.rows = h('tbody');
    this.note = h('p', { class: 'muted', hidden: true });
    const heads = ['User', 'Roles', 'Path', 'Transport', 'Since', 'Sent', 'Behind', 'Missed', 'Address', 'Cut'];
    this.append(h('div', { class: 'panel-head' }, h('h2', { id: 'rs-connections-title' }, 'Connections'), this.count),
      h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': 'Connections' },
        h('table', { class: 'connections' }, h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, name)))), this.rows), this.note));
    setInterval(() => void this.ask(), kEveryMs);
    streams.on('status', () => void this.ask());
  }

  /** @param {string} path @param {string} [method] */
  async request(path, method = 'GET') {
    const answer = await streams.request(path, { method });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  }

  async ask() {
    const isAdmin = streams.hub.welcome?.admin === true;
    this.hidden ||= !isAdmin;
    const isInView = !document.hidden && this.parentElement?.offsetParent !== null; // of another tab of the page
    if (!isAdmin || this.asking || !isInView || streams.hub.state !== 'open' || !streams.token || this.refused === streams.token) {
      return;
    }
    this.asking = true;
    try {
      const { status, body } = await this.request('/admin/connections');
      this.refused = status === 401 || status === 403 || status === 404 ? streams.token : null;
      this.hidden = status !== 200;
      if (status === 200) {
        this.show(body);
      }
    } catch {
      // offline: the top bar says so
    } finally {
      this.asking = false;
    }
  }

  /** @param {{connections: Row[], left_out: number, unlisted: number}} list */
  show({ connections, left_out: leftOut, unlisted }) {
    setText(this.count, String(connections.length + leftOut + unlisted));
    const more = leftOut + unlisted;
    this.note.hidden = more === 0;
    setText(this.note, more === 0 ? '' : `and ${more} that are not shown`);
    reconcile(this.rows, connections, (one) => one.id, (one) => h('tr', {}, ...Array.from({ length: 9 }, () => h('td')),
      h('td', {}, h('button', { class: 'button', type: 'button', 'aria-label': `Cut ${one.user}`, on: { click: () => this.cut(one.id) } }, 'Cut'))),
    (row, one) => {
      const cells = [one.user, one.roles.join(', '), one.endpoint, one.transport, ago(Date.parse(one.since)), one.sent, one.behind, one.missed, one.address];
      cells.forEach((text, at) => setText(row.children[at], String(text)));
      row.children[4]?.setAttribute('title', fullTime(Date.parse(one.since)));
    });
  }

  /** @param {string} id */
  async cut(id) {
    const { status, body } = await this.request(`/admin/disconnect?id=${id}`, 'POST');
    announce(status === 200 ? 'The connection is being cut.' : `Not cut: ${body.message ?? status}`);
    setTimeout(() => void this.ask(), 300);
  }
}

customElements.define('rs-connections', Connections);
