// The top bar: where we are, and how the connection is: state, lag and gaps always in sight, the rest one click away.

import { ago, clock, compact, duration } from './format.js';
import { h, icon, setText } from './dom.js';
import { currentView, setTheme, theme } from './preferences.js';
import { streams } from './streams.js';

const kNames = { overview: 'Overview', metrics: 'Metrics', logs: 'Logs' };
const kThemes = /** @type {const} */ ({ auto: 'light', light: 'dark', dark: 'auto' });
const kThemeIcons = { auto: 'auto', light: 'sun', dark: 'moon' };

class TopBar extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'banner');
    this.tabs = h('nav', { class: 'tabs', 'aria-label': 'Views' },
      ...Object.entries(kNames).map(([name, label]) => h('a', { href: `#${name}`, data: { tab: name } }, label)));
    this.word = h('span', { class: 'word' }, 'Connecting');
    this.lag = h('span', { class: 'detail lag hide-narrow' });
    this.gaps = h('span', { class: 'detail gaps' });
    this.pill = h('button', { class: 'pill', type: 'button', id: 'connection', popovertarget: 'connection-details', 'aria-describedby': 'connection-hint' },
      h('span', { class: 'dot' }), this.word, h('span', { class: 'sep hide-narrow' }), this.lag, h('span', { class: 'sep' }), this.gaps);
    this.themeButton = h('button', { class: 'button quiet icon', type: 'button', on: { click: () => this.nextTheme() } });
    this.details = h('div', { class: 'popover', id: 'connection-details', popover: 'auto' });
    this.details.addEventListener('toggle', () => this.showDetails());
    this.announcer = h('span', { class: 'sr', role: 'status', id: 'connection-announcer' });
    this.append(
      h('span', { class: 'brand' }, h('img', { src: 'dashboard/mark.svg', alt: '', width: 24, height: 24 }), 'Ringside', h('span', { class: 'host' }, location.host)),
      this.tabs,
      h('div', { class: 'bar-end' }, this.pill, h('span', { class: 'sr', id: 'connection-hint' }, 'Connection details'), this.themeButton, this.details, this.announcer),
    );
    this.showTheme();
    this.showTab();
    addEventListener('viewchange', () => this.showTab());
    streams.on('stream', () => this.schedule());
    setInterval(() => this.show(), 1000);
    this.show();
  }

  schedule() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.show();
    });
  }

  showTab() {
    for (const tab of this.tabs.children) {
      if (tab.dataset.tab === currentView()) {
        tab.setAttribute('aria-current', 'page');
      } else {
        tab.removeAttribute('aria-current');
      }
    }
  }

  nextTheme() {
    setTheme(kThemes[theme()]);
    this.showTheme();
  }

  showTheme() {
    this.themeButton.replaceChildren(icon(kThemeIcons[theme()]));
    this.themeButton.setAttribute('aria-label', `Theme: ${theme()}. Switch to ${kThemes[theme()]}.`);
    this.themeButton.title = `Theme: ${theme()}`;
  }

  /** The connection as a whole: as good as its worst part that is wanted. */
  overall() {
    const wanted = [...streams.all.values()].filter((stream) => stream.state !== 'idle' && !(stream.state === 'stopped' && stream.reason === 'disconnect() was called'));
    const worst = ['stopped', 'refreshing', 'waiting', 'connecting', 'open'].map((state) => wanted.find((stream) => stream.state === state)).find(Boolean);
    if (!worst) {
      return { state: 'off', tone: 'idle', word: 'Not connected', open: [] };
    }
    const open = wanted.filter((stream) => stream.state === 'open');
    switch (worst.state) {
      case 'open':
        return { state: 'live', tone: 'ok', word: 'Live', open };
      case 'connecting':
        return { state: 'connecting', tone: 'info', word: 'Connecting', open };
      case 'waiting': {
        const seconds = Math.max(0, Math.ceil((worst.retryAt - Date.now()) / 1000));
        return { state: 'waiting', tone: 'warn', word: seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting', open };
      }
      case 'refreshing':
        return { state: 'signin', tone: 'warn', word: 'Token needed', open };
      default:
        return { state: 'stopped', tone: 'bad', word: 'Disconnected', open };
    }
  }

  show() {
    const { state, tone, word, open } = this.overall();
    this.pill.dataset.state = state;
    this.pill.dataset.tone = tone;
    setText(this.word, word);
    const lag = open.length > 0 ? Math.max(...open.map((stream) => stream.lag)) : null;
    setText(this.lag, lag === null ? 'lag –' : `lag ${lag < 1000 ? `${Math.round(lag)} ms` : duration(lag / 1000)}`);
    setText(this.gaps, streams.missed === 0 ? 'no gaps' : `${compact(streams.missed)} missed`);
    this.gaps.classList.toggle('some', streams.missed > 0);
    const spoken = word.startsWith('Reconnecting') ? 'Reconnecting' : word;
    setText(this.announcer, spoken);
    if (this.details.matches(':popover-open')) {
      this.showDetails();
    }
  }

  showDetails() {
    const { welcome } = streams.events;
    const rows = [...streams.all.values()].map((stream) => {
      const open = stream.state === 'open';
      return h('tr', {}, h('td', {}, `/${stream.name === 'events' ? 'ws' : stream.name}`), h('td', {}, open ? 'live' : stream.reason || stream.state),
        h('td', { class: 'num' }, open ? `${Math.round(stream.lag)} ms` : '–'), h('td', { class: 'num' }, open && stream.rtt ? `${stream.rtt.toFixed(1)} ms` : '–'));
    });
    const facts = !welcome ? [] : [
      ['User', welcome.user], ['Roles', (welcome.roles ?? []).join(', ') || 'none'],
      ['Token ends', welcome.token_expires_at ? `in ${duration((Date.parse(welcome.token_expires_at) - Date.now()) / 1000)}` : 'never'],
      ['Stream', `epoch ${welcome.epoch}`], ['Events received', streams.received.toLocaleString('en')],
    ];
    if (streams.denied.size > 0) {
      facts.push(['Not allowed', [...streams.denied].join(', ')]);
    }
    this.details.replaceChildren(
      h('h2', {}, 'Connection'),
      h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'Stream'), h('th', {}, 'State'), h('th', { class: 'num' }, 'Lag'), h('th', { class: 'num' }, 'Round trip'))), h('tbody', {}, ...rows)),
      h('h2', {}, 'Session'),
      h('dl', { class: 'facts' }, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      h('h2', {}, 'Gaps'),
      streams.gaps.length === 0 ? h('p', { class: 'muted' }, 'Nothing has been missed.')
        : h('table', {}, h('tbody', {}, ...streams.gaps.slice(0, 8).map((gap) => h('tr', {}, h('td', { class: 'mono' }, clock(gap.time)), h('td', {}, gap.stream), h('td', {}, gap.reason),
          h('td', { class: 'num', title: ago(gap.time) }, `${gap.missed.toLocaleString('en')} missed`))))),
    );
  }
}

customElements.define('rs-top-bar', TopBar);
