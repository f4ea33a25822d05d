// What the panels share: a head with title and count, a body, and what stands in the body when there is nothing to list. Loading,
// empty, denied, signed out and offline each say what they are; a list that may be out of date is dimmed and says since when.

import { h, icon, setText } from './dom.js';
import { clock } from './format.js';
import { store } from './store.js';
import { streams } from './streams.js';

/**
 * What a view without items says.
 * @param {string} type of event it shows @param {[string, string]} empty title and text when there is really nothing
 * @returns {{kind: string, title: string, text: string, icon: string}}
 */
export function placeholderOf(type, [title, text]) {
  const { status } = streams;
  if (streams.isDenied(type)) {
    const list = streams.hub.welcome?.events ?? ['*'];
    return list.includes('*')
      ? { kind: 'denied', title: 'Not part of your role', text: `Your role does not include ${type}.`, icon: 'lock' }
      : { kind: 'denied', title: 'Not part of this token', text: `This token is limited to ${list.join(', ') || 'nothing'}.`, icon: 'lock' };
  }
  if (status.state === 'signin') {
    return { kind: 'signin', title: 'Not signed in', text: 'A token is needed to see this.', icon: 'lock' };
  }
  if (status.isLoading) {
    return { kind: 'loading', title: status.state === 'catching-up' ? 'Reading the history' : 'Connecting', text: '', icon: '' };
  }
  if (status.state === 'refused') {
    return { kind: 'offline', title: 'The server refused the connection', text: streams.hub.reason, icon: 'offline' };
  }
  if (status.state !== 'live' && status.state !== 'paused') {
    return { kind: 'offline', title: 'Offline', text: streams.hub.reason, icon: 'offline' };
  }
  return { kind: 'empty', title, text, icon: '' };
}

/** @returns {HTMLElement} see showPlaceholder() */
export function makePlaceholder() {
  return h('div', { class: 'empty', hidden: true }, h('span', { class: 'mark' }), h('strong'), h('span', { class: 'text' }), h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')));
}

/** @param {HTMLElement} element @param {{kind: string, title: string, text: string, icon: string} | null} what */
export function showPlaceholder(element, what) {
  element.hidden = what === null;
  if (what) {
    if (element.dataset.kind !== what.kind) {
      element.dataset.kind = what.kind;
      element.querySelector('.mark')?.replaceChildren(...(what.icon ? [icon(what.icon)] : []));
    }
    setText(element.querySelector('strong'), what.title);
    setText(element.querySelector('.text'), what.text);
  }
}

export class Panel extends HTMLElement {
  /** @param {string} title @param {string} type of the events it shows @param {...(Node | string)} end */
  build(title, type, ...end) {
    const id = `${this.localName}-title`;
    this.type = type;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-labelledby', id);
    this.count = h('span', { class: 'count' });
    this.asOf = h('span', { class: 'as-of', hidden: true });
    this.placeholder = makePlaceholder();
    this.body = h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': title }, this.placeholder);
    this.append(h('div', { class: 'panel-head' }, h('h2', { id }, title), this.count, this.asOf, h('div', { class: 'end' }, ...end)), this.body);
  }

  /** @param {string} kind of the store's @param {() => void} show */
  watch(kind, show) {
    store.on(kind, show);
    streams.on('status', () => this.showSoon(show));
    streams.on('denied', () => this.showSoon(show));
    addEventListener('zonechange', show);
    setInterval(() => this.isShown() && show(), 1000); // ages and times left move on
    show();
  }

  /** @param {() => void} show at the next frame, once */
  showSoon(show) {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      show();
    });
  }

  isShown() {
    return !document.hidden && this.closest('[hidden]') === null;
  }

  /** @param {number} n items that are listed @param {[string, string]} empty @returns {boolean} whether to list them */
  showState(n, empty) {
    const { status, hub } = streams;
    const denied = streams.isDenied(this.type ?? '');
    const listed = n > 0 && !denied;
    showPlaceholder(/** @type {HTMLElement} */ (this.placeholder), listed ? null : placeholderOf(this.type ?? '', empty));
    this.toggleAttribute('data-stale', status.isStale && listed);
    this.toggleAttribute('data-loading', status.isLoading);
    const asOf = /** @type {HTMLElement} */ (this.asOf);
    asOf.hidden = !(status.isStale && listed && hub.lostAt > 0);
    setText(asOf, `as of ${clock(hub.lostAt).slice(0, 8)}`);
    return listed;
  }

  /** @param {string} text */
  setCount(text) {
    setText(/** @type {Element} */ (this.count), text);
  }
}
