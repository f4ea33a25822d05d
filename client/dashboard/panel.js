// What the panels of the overview share: a head with title and count, a body, and at most one update a frame.

import { h, setText } from './dom.js';
import { store } from './store.js';

export class Panel extends HTMLElement {
  /** @param {string} title @param {...(Node | string)} end */
  build(title, ...end) {
    const id = `${this.localName}-title`;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-labelledby', id);
    this.count = h('span', { class: 'count' });
    this.body = h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': title });
    this.append(h('div', { class: 'panel-head' }, h('h2', { id }, title), this.count, h('div', { class: 'end' }, ...end)), this.body);
  }

  /** @param {string} kind of the store's @param {() => void} show */
  watch(kind, show) {
    store.on(kind, show);
    setInterval(show, 1000); // ages and times left move on
    show();
  }

  /** @param {string} text */
  setCount(text) {
    setText(this.count, text);
  }
}
