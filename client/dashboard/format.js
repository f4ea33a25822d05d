// Numbers, times and statuses as people read them.

import { serverNow } from './server_clock.js';

/** @param {number} value at most three significant places, with k, M, G */
export function compact(value) {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const size = Math.abs(value);
  if (size >= 1000) {
    const power = Math.min(4, Math.floor(Math.log10(size) / 3));
    return `${trimmed(value / 1000 ** power)}${['', 'k', 'M', 'G', 'T'][power]}`;
  }
  return trimmed(value);
}

/** @param {number} value */
function trimmed(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.095 || size === 0 ? 2 : 3);
}

/** @param {number} value */
export function bytes(value) {
  const power = value > 0 ? Math.max(0, Math.min(5, Math.floor(Math.log2(value) / 10))) : 0;
  return `${trimmed(value / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power]}`;
}

/** @param {number} value @param {string} unit as metadata.unit has it */
export function withUnit(value, unit) {
  switch (unit) {
    case 'percent':
      return `${trimmed(value)} %`;
    case 'bytes':
      return bytes(value);
    case 'bytes/s':
      return `${bytes(value)}/s`;
    case 'seconds':
      return value >= 60 ? duration(value) : `${trimmed(value)} s`;
    case 'ms':
    case 'milliseconds':
      return `${trimmed(value)} ms`;
    case '1/s':
      return `${compact(value)}/s`;
    default:
      return unit ? `${compact(value)} ${unit}` : compact(value);
  }
}

/** @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min${whole < 600 && whole % 60 ? ` ${whole % 60} s` : ''}`;
  }
  if (whole < 86400) {
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  }
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** @param {number} then ms since 1970 @param {number} now by the server's clock */
export function ago(then, now = serverNow()) {
  const seconds = (now - then) / 1000;
  if (!Number.isFinite(seconds)) {
    return '';
  }
  return seconds < -60 ? `in ${duration(-seconds)}` : seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

let isUtc = false;

/** @param {'local' | 'utc'} zone in which clock() and fullTime() give times */
export function setZone(zone) {
  isUtc = zone === 'utc';
}

/** @param {number} time @returns {number[]} year, month, day, hours, minutes, seconds, ms in the zone chosen */
function partsOf(time) {
  const date = new Date(isUtc ? time : time - new Date(time).getTimezoneOffset() * 60_000);
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()];
}

const two = (/** @type {number} */ n) => String(n).padStart(2, '0');

/** @param {number} time ms since 1970 @returns {string} 14:03:07.123 */
export function clock(time) {
  if (!Number.isFinite(time)) {
    return '';
  }
  const [, , , hours, minutes, seconds, ms] = partsOf(time);
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(ms).padStart(3, '0')}`;
}

/** @param {number} time ms since 1970 @returns {string} 2026-11-26 14:03:07.123 UTC+1 */
export function fullTime(time) {
  if (!Number.isFinite(time)) {
    return '';
  }
  const [year, month, day] = partsOf(time);
  const offset = isUtc ? 0 : -new Date(time).getTimezoneOffset();
  const minutes = Math.abs(offset % 60);
  const zone = offset === 0 ? 'UTC' : `UTC${offset > 0 ? '+' : '-'}${Math.floor(Math.abs(offset) / 60)}${minutes ? `:${two(minutes)}` : ''}`;
  return `${year}-${two(month)}-${two(day)} ${clock(time)} ${zone}`;
}

/** @type {'time' | 'date' | 'age'} */
let stampForm = 'time';

/** @param {'time' | 'date' | 'age'} form in which stamp() gives times */
export function setStampForm(form) {
  stampForm = form;
}

/** A time of a list: as a clock shows it, with its date, or as an age. @param {number} time ms since 1970 @returns {string} */
export function stamp(time) {
  return stampForm === 'age' ? ago(time) : stampForm === 'date' ? fullTime(time).slice(0, 23) : clock(time);
}

/** @param {number} time @returns {string} for a field of type datetime-local, in the zone chosen */
export function fieldTime(time) {
  const [year, month, day, hours, minutes, seconds] = partsOf(time);
  return `${year}-${two(month)}-${two(day)}T${two(hours)}:${two(minutes)}:${two(seconds)}`;
}

/** @param {string} text of such a field @returns {number} */
export function timeOfField(text) {
  return Date.parse(isUtc ? `${text}Z` : text);
}

/** @param {any} value @returns {string} a number of percent, or nothing */
export function percent(value) {
  return Number.isFinite(Number(value)) && value !== null && value !== undefined ? `${Math.round(Number(value))} %` : '';
}

const kOk = new Set(['completed', 'complete', 'success', 'succeeded', 'healthy', 'ok', 'done', 'finished']);
const kBad = new Set(['failed', 'failure', 'error', 'critical', 'unhealthy', 'fatal', 'emergency', 'alert', 'down']);
const kWarn = new Set(['warning', 'warn', 'degraded', 'retrying', 'paused', 'cancelled', 'canceled', 'timeout', 'skipped', 'disconnected']);
const kLive = new Set(['running', 'inprogress', 'in_progress', 'active', 'starting', 'executing']);

/** @param {any} status @returns {'ok' | 'bad' | 'warn' | 'info' | 'idle'} */
export function toneOf(status) {
  const name = String(status ?? '').toLowerCase();
  return kOk.has(name) ? 'ok' : kBad.has(name) ? 'bad' : kWarn.has(name) ? 'warn' : kLive.has(name) ? 'info' : 'idle';
}

/** @param {any} status */
export function isLive(status) {
  return kLive.has(String(status ?? '').toLowerCase());
}

/** @param {any} level of a log entry @returns {'bad' | 'warn' | 'info' | 'idle'} */
export function toneOfLevel(level) {
  switch (String(level ?? '').toUpperCase()) {
    case 'ERROR':
    case 'CRITICAL':
    case 'FATAL':
    case 'EMERGENCY':
    case 'ALERT':
    case 'ERR':
      return 'bad';
    case 'WARN':
    case 'WARNING':
      return 'warn';
    case 'INFO':
    case 'NOTICE':
      return 'info';
    default:
      return 'idle';
  }
}

/** "1,234 events missed". @param {number | null} missed null: nobody knows how many */
export const missedText = (missed) => (missed === null ? 'an unknown number of events missed' : `${missed.toLocaleString('en')} events missed`);
