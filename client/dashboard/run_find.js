// The search over all lists of the overview.

import { h, setText } from './dom.js';
import { parseRoute, setQuery } from './route.js';

const kTypingMs = 150;

class RunFind extends HTMLElement {
  connectedCallback() {
    this.input = h('input', { class: 'field search', type: 'search', placeholder: 'Find a task, workflow or batch', 'aria-label': 'Find a task, workflow or batch', on: { input: () => this.typed() } });
    this.clear = h('button', { class: 'button', type: 'button', hidden: true, on: { click: () => setQuery({ find: '', tasks: '', workflows: '', batches: '', sort: '' }) } }, 'Clear filters');
    this.note = h('span', { class: 'end' });
    this.append(h('div', { class: 'toolbar' }, this.input, this.clear, this.note));
    addEventListener('querychange', () => this.show());
    addEventListener('viewchange', () => this.show());
    this.show();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = undefined;
      setQuery({ find: this.input.value.trim() });
    }, kTypingMs);
  }

  show() {
    const { view, query } = parseRoute();
    if (view !== 'overview') {
      return;
    }
    if (this.typing === undefined && this.input !== document.activeElement) {
      this.input.value = query.get('find') ?? '';
    }
    this.clear.hidden = ![...query.keys()].some((name) => ['find', 'tasks', 'workflows', 'batches', 'sort'].includes(name));
    setText(this.note, this.clear.hidden ? '' : 'The lists are filtered');
  }
}

customElements.define('rs-run-find', RunFind);
