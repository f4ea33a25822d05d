// What has failed lately, of every kind, with its error: the first thing to see, and one step from the page of the run.

import { h, icon, reconcile, setText } from './dom.js';
import { errorOf, hasFailed } from './run_model.js';
import { fillAge } from './run_list.js';
import { runHref } from './route.js';
import { store } from './store.js';
import { streams } from './streams.js';

const kMost = 5;

class Failures extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Latest failures');
    this.list = h('ul');
    this.more = h('a', { class: 'link', href: '#overview?tasks=failed&workflows=failed&batches=failed' });
    this.append(this.list, this.more);
    store.on('any', () => this.show());
    streams.on('status', () => this.show());
    setInterval(() => this.show(), 1000);
    this.show();
  }

  show() {
    const failed = [...store.tasks.values(), ...store.workflows.values(), ...store.batches.values()].filter(hasFailed).sort((a, b) => b.time - a.time);
    this.hidden = failed.length === 0;
    this.toggleAttribute('data-stale', streams.status.isStale);
    reconcile(this.list, failed.slice(0, kMost), (run) => `${run.kind} ${run.id}`, (run) => h('li', {}, icon('close'), h('a', { class: 'link name', href: runHref(run.kind, run.id) }), h('span', { class: 'muted kind' }, run.kind), h('span', { class: 'why', dir: 'auto' }), h('span', { class: 'muted when' })),
      (row, run) => {
        setText(row.querySelector('.name'), run.data.name ?? run.id);
        setText(row.querySelector('.why'), errorOf(run));
        fillAge(row.querySelector('.when'), run.time);
      });
    this.more.hidden = failed.length <= kMost;
    setText(this.more, `and ${failed.length - kMost} more`);
  }
}

customElements.define('rs-failures', Failures);
