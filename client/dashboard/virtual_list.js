// A list of which only the rows in sight exist. Rows are of one height and are used again as the list scrolls; what is drawn
// depends on the position alone, so a hundred thousand rows cost as much as forty.

import { h } from './dom.js';

const kSpare = 8;

export class VirtualList {
  /**
   * @param {{rowHeight: number, label: string, makeRow: () => HTMLElement, fillRow: (row: HTMLElement, index: number) => void}} options
   */
  constructor(options) {
    this.options = options;
    this.count = 0;
    this.following = true;
    /** @type {HTMLElement[]} */
    this.rows = [];
    this.space = h('div', { class: 'log-space', role: 'presentation' });
    this.scroller = h('div', { class: 'log-scroll', tabindex: 0, role: 'rowgroup', 'aria-label': options.label }, this.space);
    this.scroller.addEventListener('scroll', () => this.onScroll(), { passive: true });
    new ResizeObserver(() => this.onResize()).observe(this.scroller);
    /** @type {() => void} */
    this.onFollow = () => {};
  }

  /** @param {number} count @param {number} dropped rows that went away at the top since the last time */
  setCount(count, dropped = 0) {
    this.count = count;
    this.space.style.setProperty('height', `${count * this.options.rowHeight}px`);
    if (this.following) {
      this.scroller.scrollTop = count * this.options.rowHeight;
    } else if (dropped > 0) {
      this.scroller.scrollTop -= dropped * this.options.rowHeight;
    }
    this.refresh();
  }

  // Out of sight an element forgets where it was scrolled to.
  onResize() {
    if (this.following) {
      this.scroller.scrollTop = this.count * this.options.rowHeight;
    }
    this.refresh();
  }

  onScroll() {
    if (this.scroller.clientHeight === 0) {
      return;
    }
    const { scrollTop, clientHeight } = this.scroller;
    const atEnd = scrollTop + clientHeight >= this.count * this.options.rowHeight - this.options.rowHeight;
    if (atEnd !== this.following) {
      this.following = atEnd;
      this.onFollow();
    }
    this.refresh();
  }

  follow() {
    this.following = true;
    this.scroller.scrollTop = this.count * this.options.rowHeight;
    this.onFollow();
    this.refresh();
  }

  /** @param {number} index */
  reveal(index) {
    const { rowHeight } = this.options;
    const { scrollTop, clientHeight } = this.scroller;
    if (index * rowHeight < scrollTop) {
      this.scroller.scrollTop = index * rowHeight;
    } else if ((index + 1) * rowHeight > scrollTop + clientHeight) {
      this.scroller.scrollTop = (index + 1) * rowHeight - clientHeight;
    }
    this.refresh();
  }

  /** Draws at the next frame, once. */
  refresh() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.draw();
    });
  }

  draw() {
    const { rowHeight, makeRow, fillRow } = this.options;
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - kSpare);
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / rowHeight) + kSpare);
    const wanted = Math.max(0, last - first);
    while (this.rows.length < wanted) {
      const row = makeRow();
      this.rows.push(row);
      this.space.append(row);
    }
    this.rows.forEach((row, i) => {
      const index = first + i;
      row.hidden = i >= wanted;
      if (i < wanted) {
        row.style.setProperty('transform', `translateY(${index * rowHeight}px)`);
        row.setAttribute('aria-rowindex', String(index + 1));
        fillRow(row, index);
      }
    });
  }
}
