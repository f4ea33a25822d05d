// Wrapped lines of the log view: how many lines a message takes, worked out from its length, as the font has one width for all
// characters. So a list of a million entries knows the height of each without drawing it.

import { plain } from './ansi.js';

const kLine = 20;
const kPadding = 4;
const kMostLines = 12; // the rest is in the open entry
const kMostCharacters = 1000; // of a line, as the list shows it
const kWide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\ud83c-\ud83e]/g;

/** The lines that a text takes. @param {any} message @param {number} columns @returns {number} */
export function linesOf(message, columns) {
  const whole = String(message ?? '');
  const end = whole.indexOf('\n');
  const first = end < 0 ? whole : whole.slice(0, end);
  const bare = first.includes('\u001b') ? plain(first) : first;
  const shown = Math.min(bare.length, kMostCharacters) + (bare.match(kWide)?.length ?? 0) + (end < 0 ? 0 : 14);
  return Math.max(1, Math.min(kMostLines, Math.ceil(shown / columns)));
}

export class LogWrap {
  columns = 100;
  isMeasured = false;

  /** @param {any} logs the log view */
  constructor(logs) {
    this.logs = logs;
    void document.fonts.ready.then(() => (this.isMeasured = false));
  }

  /** @returns {boolean} whether lines have another width than before */
  measure() {
    const { list } = this.logs;
    const row = list.rows.find((/** @type {HTMLElement} */ one) => one.isConnected);
    if (!row) {
      return false;
    }
    const cell = row.lastElementChild;
    const context = document.createElement('canvas').getContext('2d');
    context.font = getComputedStyle(cell).font;
    const columns = Math.max(10, Math.floor((cell.clientWidth + 0.1) / (context.measureText('m'.repeat(100)).width / 100)));
    this.isMeasured = true;
    const differs = columns !== this.columns;
    this.columns = columns;
    return differs;
  }

  /** @param {number} index of the list, which hears of dropped entries a moment after they are @returns {any} */
  messageAt(index) {
    const { buffer, seenDropped } = this.logs;
    const at = index - (buffer.dropped - seenDropped);
    return at < 0 ? '' : buffer.messageAt(at);
  }

  /** @param {number} index @returns {number} px */
  heightOf(index) {
    return (linesOf(this.messageAt(index), this.columns) + (this.logs.narrow.matches ? 1 : 0)) * kLine + kPadding;
  }

  /** @param {HTMLElement} row @param {number} index */
  style(row, index) {
    row.style.setProperty('--lines', String(linesOf(this.messageAt(index), this.columns)));
  }
}
