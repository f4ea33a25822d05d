// One log entry in full, opened in its place: the whole text with its colours, its fields, ways to what it belongs to.

import { copyText } from './clipboard.js';
import { fullTime, toneOfLevel } from './format.js';
import { h, icon } from './dom.js';
import { hrefOf, runHref } from './route.js';
import { plain } from './ansi.js';
import { fillText } from './rich_text.js';

const kRuns = /** @type {const} */ (['task', 'workflow', 'batch']);

/** @param {any} entry @returns {Element[]} links to the pages of what it belongs to */
export function runLinks(entry) {
  return kRuns.flatMap((kind) => {
    const id = entry.data?.[`${kind}_id`] ?? entry.metadata?.[`${kind}_id`];
    return id === undefined || id === null || id === '' ? [] : [h('a', { class: 'button', href: runHref(kind, String(id)) }, `${kind[0].toUpperCase()}${kind.slice(1)} ${id}`)];
  });
}

/** The address of one line. @param {any} entry @param {Record<string, string>} query of the view @returns {string} */
export function lineHref(entry, query) {
  return hrefOf('logs', [], { ...query, at: entry.timestamp, line: entry.id });
}

/**
 * @param {any} entry
 * @param {{search: {text: string, regex: boolean} | null, query: Record<string, string>, onClose: () => void, onContext: () => void}} how
 * @returns {HTMLElement}
 */
export function makeDetail(entry, { search, query, onClose, onContext }) {
  const data = entry.data ?? {};
  const { message, ...rest } = data;
  const text = h('div', { class: 'text', dir: 'auto' });
  fillText(text, String(message ?? ''), search);
  const json = JSON.stringify(entry.gap ?? { id: entry.id, event_type: entry.event_type, timestamp: entry.timestamp, data, metadata: entry.metadata }, null, 2);
  const act = (/** @type {string} */ label, /** @type {string} */ image, /** @type {() => void} */ what) => h('button', { class: 'button', type: 'button', on: { click: what } }, icon(image), label);
  const link = `${location.origin}${location.pathname}${lineHref(entry, query)}`;
  // A table has rows of cells only, an open entry is one too.
  return h('div', { class: 'log-detail', role: 'row', 'aria-label': 'Entry', tabindex: 0, on: { keydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && onClose() } }, h('div', { role: 'cell' },
    h('div', { class: 'detail-head' },
      h('span', { class: 'level', data: { tone: toneOfLevel(data.level) } }, String(data.level ?? 'gap').toUpperCase()),
      h('span', { class: 'muted', title: entry.timestamp }, fullTime(Date.parse(entry.timestamp))), h('span', {}, data.component ?? ''),
      h('button', { class: 'button quiet icon end', type: 'button', 'aria-label': 'Close entry', on: { click: onClose } }, icon('close'))),
    text,
    h('div', { class: 'detail-actions' }, ...runLinks(entry),
      act('Copy message', 'copy', () => copyText(plain(message), 'Message')), act('Copy JSON', 'copy', () => copyText(json, 'JSON')),
      act('Copy link', 'link', () => copyText(link, 'Link')), !entry.gap && act('Show context', 'clock', onContext)),
    h('pre', { tabindex: 0, 'aria-label': 'The event as JSON' }, entry.gap ? json : JSON.stringify({ id: entry.id, data: rest, metadata: entry.metadata }, null, 2))));
}
