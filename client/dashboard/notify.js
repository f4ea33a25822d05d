// The title, the icon and, where a person wants it, a notification and a sound: so that a failure or a lost connection is noticed
// while another tab is in front.

import { errorOf, hasFailed } from './run_model.js';
import { currentView, parseRoute, runHref } from './route.js';
import { preference } from './preferences.js';
import { store } from './store.js';
import { streams } from './streams.js';

const kTitles = /** @type {Record<string, string>} */ ({ overview: '', events: 'Events', metrics: 'Metrics', logs: 'Logs', run: 'Run' });
const kColors = { ok: '#14743a', warn: '#d98200', bad: '#c3252c', info: '#2453d6', idle: '#636c7a' };
const kQuietMs = 10_000; // between two sounds, and two notifications
const kOtherTabsMs = 3000; // within which the other tabs hear of the same failure

let unseen = 0;
let toldAt = 0;
let shownIcon = '';

/** What the title says. */
export function showTitle() {
  const { status } = streams;
  const view = currentView();
  const { path } = parseRoute();
  const name = view === 'run' ? path.slice(1).join('/') : kTitles[view];
  const failed = unseen > 0 ? `(${unseen} failed) ` : '';
  const title = `${status.mark}${failed}${name ? `${name} · ` : ''}Ringside`;
  if (document.title !== title) {
    document.title = title;
  }
  showIcon(status.state === 'live' && unseen > 0 ? 'bad' : status.state === 'live' ? 'ok' : status.tone);
}

/** @param {'ok' | 'warn' | 'bad' | 'info' | 'idle'} tone */
function showIcon(tone) {
  if (tone !== shownIcon) {
    shownIcon = tone;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="11" fill="none" stroke="${kColors[tone]}" stroke-width="6"/>${tone === 'bad' ? '<path d="M16 9v9M16 22v1" stroke="#c3252c" stroke-width="4"/>' : ''}</svg>`;
    const link = document.querySelector('link[rel="icon"]');
    link?.setAttribute('href', `data:image/svg+xml,${encodeURIComponent(svg)}`);
    link?.setAttribute('data-tone', tone);
  }
}

/** @param {import('./run_model.js').Run} run */
function onFailure(run) {
  unseen += document.hasFocus() ? 0 : 1;
  showTitle();
  const now = performance.now();
  if (now - toldAt < kQuietMs && toldAt > 0) {
    return;
  }
  toldAt = now;
  if (preference('sound', '') === '1') {
    void once('ringside.sound', beep);
  }
  if (preference('notify', '') === '1' && globalThis.Notification?.permission === 'granted') {
    const note = new Notification(`${run.data.name ?? run.id} failed`, { body: errorOf(run), tag: `${run.kind} ${run.id}`, icon: 'dashboard/mark.svg' });
    note.onclick = () => {
      focus();
      location.hash = runHref(run.kind, run.id);
      note.close();
    };
  }
}

/** Does it in one tab of all that would at this moment. @param {string} name @param {() => void} what */
async function once(name, what) {
  if (!navigator.locks) {
    what(); // not a secure context
    return;
  }
  await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) {
      what();
      await new Promise((resolve) => setTimeout(resolve, kOtherTabsMs));
    }
  });
}

function beep() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  volume.gain.setValueAtTime(0.1, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.4);
  tone.frequency.value = 440;
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.4);
  tone.onended = () => context.close();
}

export function startNotifying() {
  store.on('failure', (/** @type {any} */ run) => hasFailed(run) && onFailure(run));
  streams.on('status', showTitle);
  addEventListener('viewchange', showTitle);
  addEventListener('focus', () => {
    unseen = 0;
    showTitle();
  });
  showTitle();
}
