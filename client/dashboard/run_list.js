// What the lists of runs share: which runs are listed, in which order, and how one's status is shown. The choices are in the URL.

import { ago, fullTime, isLive, toneOf } from './format.js';
import { h, setText } from './dom.js';
import { errorOf, hasFailed, inOrder, isActive, isStale, statusWord } from './run_model.js';
import { parseRoute, setQuery } from './route.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';

/** @typedef {import('./run_model.js').Run} Run */

/** @type {Record<string, [string, (run: Run) => boolean]>} */
export const kShown = {
  all: ['All', () => true],
  active: ['Active', isActive],
  failed: ['Failed', hasFailed],
  done: ['Done', (run) => !isActive(run) && !hasFailed(run)],
};

/** @type {Record<string, [string, (a: Run, b: Run) => number]>} */
const kSorts = {
  name: ['Name', (a, b) => String(a.data.name ?? a.id).localeCompare(String(b.data.name ?? b.id))],
  changed: ['Changed', (a, b) => b.time - a.time],
  started: ['Started', (a, b) => b.startedAt - a.startedAt],
  progress: ['Progress', (a, b) => Number(b.data.progress ?? 0) - Number(a.data.progress ?? 0)],
};

/** Whether the search finds it. @param {Run} run @param {string} wanted in lower case */
function names(run, wanted) {
  const { data, metadata } = run;
  return [data.name, run.id, data.status, data.current_step, metadata.workflow_type, metadata.infra, metadata.provider, errorOf(run)].some((one) => one !== undefined && one !== null && String(one).toLowerCase().includes(wanted));
}

/** @param {string} name of the list: "tasks", "workflows", "batches" @param {Iterable<Run>} runs @returns {Run[]} */
export function listed(name, runs) {
  const { query } = parseRoute();
  const [, matches] = kShown[query.get(name) ?? 'all'] ?? kShown.all;
  const wanted = (query.get('find') ?? '').trim().toLowerCase();
  const chosen = [...runs].filter((run) => matches(run) && (wanted === '' || names(run, wanted)));
  const sort = kSorts[query.get('sort') ?? ''];
  return sort ? chosen.sort(sort[1]) : inOrder(chosen, serverNow());
}

/** @param {string} name @returns {HTMLSelectElement} */
export function shownChoice(name) {
  const select = h('select', { class: 'select', 'aria-label': `Which ${name}`, on: { change: () => setQuery({ [name]: select.value === 'all' ? '' : select.value }) } },
    ...Object.entries(kShown).map(([value, [label]]) => h('option', { value }, label)));
  const show = () => (select.value = parseRoute().query.get(name) ?? 'all');
  addEventListener('querychange', show);
  addEventListener('viewchange', show);
  show();
  return select;
}

/** @returns {HTMLSelectElement} */
export function sortChoice() {
  const select = h('select', { class: 'select', 'aria-label': 'Order', on: { change: () => setQuery({ sort: select.value }) } },
    h('option', { value: '' }, 'Failures first'), ...Object.entries(kSorts).map(([value, [label]]) => h('option', { value }, label)));
  const show = () => (select.value = parseRoute().query.get('sort') ?? '');
  addEventListener('querychange', show);
  addEventListener('viewchange', show);
  show();
  return select;
}

/** Calls `show` when the URL says other things about the lists. @param {() => void} show */
export function onChoice(show) {
  addEventListener('querychange', show);
  addEventListener('viewchange', show);
}

/** The status in words, with how sure we are of it. @param {Element} element @param {Run} run */
export function fillStatus(element, run) {
  const stale = isStale(run, serverNow());
  const status = /** @type {HTMLElement} */ (element);
  setText(status, stale ? `${statusWord(run)}, no news for ${ago(run.time).replace(' ago', '')}` : statusWord(run));
  status.dataset.tone = stale ? 'warn' : run.data.status ? toneOf(run.data.status) : isActive(run) ? 'info' : 'ok';
  status.toggleAttribute('data-live', !stale && isActive(run) && (run.data.status === undefined || isLive(run.data.status)) && streams.status.state === 'live');
}

/** An age, with the whole time on hover. @param {Element | null} element @param {number} time @param {string} [before] */
export function fillAge(element, time, before = '') {
  setText(element, before + ago(time));
  if (element && element.getAttribute('title') !== fullTime(time)) {
    element.setAttribute('title', fullTime(time));
  }
}

/** Says below a list how many runs it does not show. @param {HTMLElement} note @param {string} name @param {number} n runs that are not shown */
export function fillRest(note, name, n) {
  note.hidden = n <= 0;
  setText(note, n <= 0 ? '' : `${n.toLocaleString('en')} more ${name} are not shown. Filter or search to see them.`);
}

/** What a list that lists nothing says. @param {string} name @param {number} n runs there are @param {[string, string]} none @returns {[string, string]} */
export function emptyText(name, n, none) {
  return n === 0 ? none : [`No ${name} match`, 'Change or clear the filters to see others.'];
}
