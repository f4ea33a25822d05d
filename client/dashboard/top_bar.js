// The top bar: where we are, and how the connection is: state, lag and gaps always in sight, the rest one click away.

import { announce } from './announce.js';
import { ago, clock, compact, duration, fullTime, missedText } from './format.js';
import { clockSkew } from './server_clock.js';
import { copyText } from './clipboard.js';
import { currentView } from './route.js';
import { h, icon, setText } from './dom.js';
import { preference, setPreference, theme } from './preferences.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';

const kNames = { overview: 'Overview', events: 'Events', metrics: 'Metrics', logs: 'Logs' };
const kThemes = /** @type {const} */ ({ auto: 'light', light: 'dark', dark: 'auto' });
const kThemeIcons = { auto: 'auto', light: 'sun', dark: 'moon' };
const kSkewToldMs = 60_000;

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
    this.retry = h('button', { class: 'button', type: 'button', hidden: true, on: { click: () => streams.retry() } }, 'Retry now');
    this.copy = h('button', { class: 'button quiet icon hide-narrow', type: 'button', 'aria-label': 'Copy link to this view', title: 'Copy link to this view', on: { click: () => copyText(location.href, 'Link') } }, icon('link'));
    this.help = h('button', { class: 'button quiet icon hide-narrow', type: 'button', 'aria-label': 'Keyboard shortcuts', title: 'Keyboard shortcuts (?)', on: { click: () => dispatchEvent(new Event('showhelp')) } }, icon('help'));
    this.themeButton = h('button', { class: 'button quiet icon', type: 'button', on: { click: () => this.nextTheme() } });
    this.facts = h('div');
    this.details = h('div', { class: 'popover', id: 'connection-details', popover: 'auto' }, this.facts, this.makeChoices());
    this.details.addEventListener('toggle', () => this.showDetails());
    this.announcer = h('span', { class: 'sr', role: 'status', id: 'connection-announcer' });
    this.skew = h('p', { class: 'banner', role: 'status', hidden: true });
    this.append(
      h('a', { class: 'brand', href: '#overview' }, h('img', { src: 'dashboard/mark.svg', alt: '', width: 24, height: 24 }), 'Ringside', h('span', { class: 'host' }, location.host)),
      this.tabs,
      h('div', { class: 'bar-end' }, this.retry, this.pill, h('span', { class: 'sr', id: 'connection-hint' }, 'Connection details'), this.copy, this.help, this.themeButton, this.details, this.announcer),
    );
    this.after(this.skew);
    this.showTheme();
    this.showTab();
    addEventListener('viewchange', () => this.showTab());
    streams.on('status', () => this.schedule());
    streams.on('gap', () => this.schedule());
    setInterval(() => this.show(), 1000);
    this.show();
  }

  makeChoices() {
    const check = (/** @type {string} */ name, /** @type {string} */ label, /** @type {(box: HTMLInputElement) => void} */ then = () => {}) => h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: preference(name, '') === '1', on: { change: (/** @type {any} */ event) => {
      setPreference(name, event.target.checked ? '1' : '');
      then(event.target);
    } } }), label);
    return h('div', {}, h('h2', {}, 'On a failure'),
      check('notify', 'Notify on this desktop', (box) => void this.askToNotify(box)), check('sound', 'Play a sound'),
      h('p', { class: 'popover-actions' }, h('button', { class: 'button', type: 'button', on: { click: () => copyText(location.href, 'Link') } }, 'Copy link'), h('button', { class: 'button', type: 'button', on: { click: () => {
        this.details.hidePopover();
        dispatchEvent(new Event('showhelp'));
      } } }, 'Keyboard shortcuts'), h('button', { class: 'button', type: 'button', on: { click: () => {
        this.details.hidePopover();
        streams.signOut();
      } } }, 'Sign out')));
  }

  /** Asks the browser for its permission, and clears the box if it refuses. @param {HTMLInputElement} box */
  async askToNotify(box) {
    if (box.checked && (await globalThis.Notification?.requestPermission()) !== 'granted') {
      box.checked = false;
      setPreference('notify', '');
      announce(globalThis.isSecureContext ? 'The browser does not allow notifications of this page' : 'Notifications need HTTPS');
    }
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
    setPreference('theme', kThemes[theme()]);
    this.showTheme();
  }

  showTheme() {
    this.themeButton.replaceChildren(icon(kThemeIcons[theme()]));
    this.themeButton.setAttribute('aria-label', `Theme: ${theme()}. Switch to ${kThemes[theme()]}.`);
    this.themeButton.title = `Theme: ${theme()}`;
  }

  show() {
    const { status, hub } = streams;
    this.pill.dataset.state = status.state;
    this.pill.dataset.tone = status.tone;
    setText(this.word, status.word);
    const isOpen = hub.state === 'open';
    setText(this.lag, !isOpen || hub.catchUp ? 'lag –' : `lag ${hub.lag < 1000 ? `${Math.round(hub.lag)} ms` : duration(hub.lag / 1000)}`);
    setText(this.gaps, hub.missed === 0 ? 'no gaps' : `${compact(hub.missed)} missed`);
    this.gaps.classList.toggle('some', hub.missed > 0);
    setText(this.announcer, status.spoken);
    this.retry.hidden = !status.canRetry;
    document.documentElement.dataset.connection = status.state;
    const skew = clockSkew();
    this.skew.hidden = Math.abs(skew) < kSkewToldMs;
    setText(this.skew, `The clock of this computer is ${duration(Math.abs(skew) / 1000)} ${skew < 0 ? 'ahead of' : 'behind'} the server's. Times and ages here go by the server's clock.`);
    if (this.details.matches(':popover-open')) {
      this.showDetails();
    }
  }

  showDetails() {
    const { hub, status } = streams;
    const { welcome } = hub;
    const isOpen = hub.state === 'open';
    const facts = [
      ['State', status.word], ['Reason', isOpen ? '' : hub.reason], ['Lag', isOpen ? `${Math.round(hub.lag)} ms` : ''], ['Round trip', isOpen && hub.rtt ? `${hub.rtt.toFixed(1)} ms` : ''],
      ['Newest event', hub.lastAt ? `${fullTime(Date.parse(hub.lastAt))}` : ''], ['Shared by tabs', streams.link?.isShared ? 'yes' : 'no: this browser has no shared workers'],
    ];
    const session = !welcome ? [] : [
      ['User', welcome.user], ['Roles', (welcome.roles ?? []).join(', ') || 'none'], ['Events', (welcome.events ?? []).join(', ')],
      ['Token ends', welcome.token_expires_at ? `in ${duration((Date.parse(welcome.token_expires_at) - serverNow()) / 1000)}` : 'never'],
      ['Stream', `epoch ${welcome.epoch}`], ['Events received', hub.received.toLocaleString('en')], ['Not allowed', [...streams.denied].join(', ')],
    ];
    const list = (/** @type {any[][]} */ rows) => h('dl', { class: 'facts' }, ...rows.filter(([, value]) => value !== '').flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
    this.facts.replaceChildren(
      h('h2', {}, 'Connection'), list(facts), h('h2', {}, 'Session'), list(session), h('h2', {}, 'Gaps'),
      streams.gaps.length === 0 ? h('p', { class: 'muted' }, 'Nothing has been missed.')
        : h('table', {}, h('tbody', {}, ...streams.gaps.slice(0, 8).map((gap) => h('tr', {}, h('td', { class: 'mono' }, clock(gap.time)), h('td', {}, gap.reason),
          h('td', { class: 'num', title: ago(gap.time) }, missedText(gap.missed)))))),
    );
  }
}

customElements.define('rs-top-bar', TopBar);
