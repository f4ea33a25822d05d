// The one state of the connection, in words: what the pill, the title, the icon and each panel say is worked out here, from what
// the hub tells and from what this page does (pausing).

import { clock, duration } from './format.js';

/**
 * @typedef {Object} Status
 * @property {'signin' | 'connecting' | 'catching-up' | 'live' | 'paused' | 'waiting' | 'refused' | 'stopped'} state
 * @property {'ok' | 'info' | 'warn' | 'bad' | 'idle'} tone
 * @property {string} word     for the pill
 * @property {string} spoken   for screen readers: without numbers that count
 * @property {string} mark     before the title of the page
 * @property {boolean} isStale what is shown may be out of date
 * @property {boolean} isLoading nothing can be said yet about what there is
 * @property {boolean} canRetry
 */

const kStaleAfterMs = 15_000; // lag from which "live" would be untrue

/** @param {any} hub its status @param {{pausedAt?: number | null, now: number}} page @returns {Status} */
export function statusOf(hub, { pausedAt = null, now }) {
  const basic = { spoken: '', mark: '', isStale: false, isLoading: false, canRetry: false };
  if (['missing', 'signed-out', 'refused', 'expired'].includes(hub.tokenState)) {
    return { ...basic, state: 'signin', tone: 'warn', word: 'Token needed', spoken: 'Token needed', mark: '(!) ', isStale: hub.lostAt > 0 };
  }
  if (hub.state === 'open') {
    if (hub.catchUp) {
      const at = hub.catchUp.at ? `, ${clock(Date.parse(hub.catchUp.at)).slice(0, 5)} of ${clock(now).slice(0, 5)}` : '';
      return { ...basic, state: 'catching-up', tone: 'info', word: `Catching up${at} (${hub.catchUp.percent} %)`, spoken: 'Catching up', mark: '… ', isLoading: true };
    }
    if (pausedAt !== null) {
      return { ...basic, state: 'paused', tone: 'warn', word: `Paused at ${clock(pausedAt).slice(0, 8)}`, spoken: 'Paused', mark: '‖ ' };
    }
    if (hub.lag > kStaleAfterMs) {
      return { ...basic, state: 'live', tone: 'warn', word: `Behind by ${duration(hub.lag / 1000)}`, spoken: 'Behind', isStale: true };
    }
    return { ...basic, state: 'live', tone: 'ok', word: 'Live', spoken: 'Live' };
  }
  const since = hub.lostAt > 0 ? ` since ${clock(hub.lostAt).slice(0, 8)}` : '';
  const stale = { mark: '(!) ', isStale: hub.lostAt > 0 };
  const seconds = Math.max(0, Math.ceil((hub.retryAt - Date.now()) / 1000));
  const again = seconds > 0 ? `, again in ${seconds} s` : '';
  if ((hub.code === 4009 || hub.code === 4029) && hub.state !== 'stopped') {
    return { ...basic, ...stale, state: 'refused', tone: 'bad', word: `Refused: ${hub.reason}${again}`, spoken: `Refused: ${hub.reason}`, canRetry: true };
  }
  switch (hub.state) {
    case 'waiting':
      return { ...basic, ...stale, state: 'waiting', tone: 'warn', word: `Offline${since}${again}`, spoken: 'Offline', canRetry: true };
    case 'stopped':
      return { ...basic, ...stale, state: 'stopped', tone: 'bad', word: `Disconnected: ${hub.reason}`, spoken: 'Disconnected', canRetry: true };
    default:
      return { ...basic, ...stale, isLoading: hub.lostAt === 0, mark: hub.lostAt > 0 ? '(!) ' : '… ', state: 'connecting', tone: 'info', word: hub.lostAt > 0 ? `Reconnecting, offline${since}` : 'Connecting', spoken: 'Connecting' };
  }
}
