// A list of which only the rows in sight exist. Rows are used again as the list scrolls; what is drawn depends on the position alone,
// so a million rows cost as much as forty. All rows have one height, unless setRowHeight() is given what each has. One row can be open: it
// has an element below it, which takes the room that it needs.

import { h } from './dom.js';
import { RowHeights } from './row_heights.js';

const kSpare = 8;

export class VirtualList {
  /**
   * @param {{rowHeight: number, label: string, makeRow: () => HTMLElement, fillRow: (row: HTMLElement, index: number) => void}} options
   */
  constructor(options) {
    this.options = options;
    this.count = 0;
    this.following = true;
    this.rowHeight = options.rowHeight;
    /** @type {RowHeights | null} null: all rows have rowHeight */
    this.heights = null;
    this.measured = 0; // px of all rows, when their heights differ
    /** @type {number | null} the row that is open */
    this.openAt = null;
    this.openHeight = 0;
    /** @type {HTMLElement | null} */
    this.openElement = null;
    /** @type {HTMLElement[]} */
    this.rows = [];
    this.space = h('div', { class: 'log-space', role: 'presentation' });
    this.scroller = h('div', { class: 'log-scroll', tabindex: 0, role: 'rowgroup', 'aria-label': options.label }, this.space);
    this.scroller.addEventListener('scroll', () => this.onScroll(), { passive: true });
    new ResizeObserver(() => this.onResize()).observe(this.scroller);
    /** @type {() => void} */
    this.onFollow = () => {};
    /** @type {() => void} */
    this.onSize = () => {};
  }

  /** The whole height. */
  get height() {
    return this.before(this.count) + (this.openAt === null ? 0 : this.openHeight);
  }

  /** @param {number} index @returns {number} px of all rows before it */
  before(index) {
    return this.heights ? this.heights.before(index) : index * this.rowHeight;
  }

  /** @param {number} index @returns {number} px */
  heightAt(index) {
    return this.heights ? this.heights.at(index) : this.rowHeight;
  }

  /** @param {number} index */
  topOf(index) {
    return this.before(index) + (this.openAt !== null && index > this.openAt ? this.openHeight : 0);
  }

  /** @param {number} y @returns {number} the row there */
  indexAt(y) {
    const find = (/** @type {number} */ at) => (this.heights ? this.heights.find(at) : Math.floor(at / this.rowHeight));
    const end = this.openAt === null ? Infinity : this.before(this.openAt + 1);
    if (y < end) {
      return find(y);
    }
    return y < end + this.openHeight ? /** @type {number} */ (this.openAt) : find(y - this.openHeight);
  }

  /** @param {number} height of a row @param {((index: number) => number) | null} [heightOf] of each, where they differ */
  setRowHeight(height, heightOf = null) {
    const top = this.indexAt(this.scroller.scrollTop);
    this.rowHeight = height;
    this.heights = heightOf ? new RowHeights(heightOf) : null;
    this.setCount(this.count);
    if (!this.following) {
      this.scroller.scrollTop = this.topOf(top);
    }
    this.refresh();
  }

  /** Opens a row, or none. @param {number | null} index @param {HTMLElement} [element] shown below it */
  open(index, element) {
    this.openAt = index;
    this.openElement = index === null ? null : (element ?? null);
    if (this.openElement) {
      this.openElement.style.setProperty('transform', `translateY(${this.before(/** @type {number} */ (index) + 1)}px)`);
      this.space.append(this.openElement);
    }
    this.openHeight = this.openElement?.offsetHeight ?? 0;
    this.setCount(this.count);
  }

  /** @param {number} count @param {number} dropped rows that went away at the top since the last time */
  setCount(count, dropped = 0) {
    const lost = this.resize(count, dropped);
    if (dropped > 0 && this.openAt !== null) {
      this.open(this.openAt - dropped >= 0 ? this.openAt - dropped : null, this.openElement ?? undefined);
    }
    this.space.style.setProperty('height', `${this.height}px`);
    if (this.following) {
      this.scroller.scrollTop = this.height;
    } else if (dropped > 0) {
      this.scroller.scrollTop -= lost;
    }
    this.draw(); // in the same frame: the list has scrolled already, and would be empty where the new rows belong
  }

  /** @param {number} count @param {number} dropped @returns {number} px of the rows that were dropped */
  resize(count, dropped) {
    const kept = Math.max(0, Math.min(count, this.count - dropped));
    const before = this.measured;
    this.count = count;
    this.heights?.resize(count, dropped);
    this.measured = this.heights ? this.before(count) : 0;
    // What was dropped is not there any more to be measured: it is what the rows that are left are less.
    return !this.heights ? dropped * this.rowHeight : dropped > 0 ? Math.max(0, before - this.before(kept)) : 0;
  }

  // Out of sight an element forgets where it was scrolled to.
  onResize() {
    this.shownHeight = this.scroller.clientHeight;
    this.onSize();
    if (this.openElement) {
      this.openHeight = this.openElement.offsetHeight;
      this.space.style.setProperty('height', `${this.height}px`);
    }
    if (this.following) {
      this.scroller.scrollTop = this.height;
    }
    this.refresh();
  }

  onScroll() {
    if (this.scroller.clientHeight === 0) {
      return;
    }
    const { scrollTop, clientHeight } = this.scroller;
    if (clientHeight !== this.shownHeight) {
      return; // the list has another size, which moved it: onResize() follows
    }
    const atEnd = scrollTop + clientHeight >= this.height - this.rowHeight;
    if (atEnd !== this.following) {
      this.following = atEnd;
      this.onFollow();
    }
    this.refresh();
  }

  follow() {
    this.following = true;
    this.scroller.scrollTop = this.height;
    this.onFollow();
    this.refresh();
  }

  /** @param {number} index @param {boolean} [centre] put it into the middle */
  reveal(index, centre = false) {
    const top = this.topOf(index);
    const { scrollTop, clientHeight } = this.scroller;
    if (centre) {
      this.scroller.scrollTop = Math.max(0, top - clientHeight / 2);
    } else if (top < scrollTop) {
      this.scroller.scrollTop = top;
    } else if (top + this.heightAt(index) > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + this.heightAt(index) - clientHeight;
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
    const { makeRow, fillRow } = this.options;
    if (this.scroller.clientHeight === 0) {
      return; // out of sight; onResize() tells when it is back
    }
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, this.indexAt(scrollTop) - kSpare);
    const last = Math.min(this.count, this.indexAt(scrollTop + clientHeight) + 1 + kSpare);
    const wanted = Math.max(0, last - first);
    let top = this.topOf(first);
    while (this.rows.length < wanted) {
      const row = makeRow();
      this.rows.push(row);
      this.space.append(row);
    }
    this.rows.forEach((row, i) => {
      const index = first + i;
      if (i >= wanted) {
        row.remove(); // and used again later
      } else {
        if (!row.isConnected) {
          this.space.append(row);
        }
        row.style.setProperty('transform', `translateY(${top}px)`);
        row.style.setProperty('height', this.heights ? `${this.heightAt(index)}px` : '');
        top += this.heightAt(index) + (index === this.openAt ? this.openHeight : 0);
        row.setAttribute('aria-rowindex', String(index + 1));
        fillRow(row, index);
      }
    });
  }
}
