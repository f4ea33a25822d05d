// Every log entry that the shared connection brings: for the log view without filters, the overview's warnings, and the pages of runs.

import { LogBuffer } from './log_buffer.js';
import { currentView } from './route.js';
import { serverNow } from './server_clock.js';
import { streams } from './streams.js';

const kMostUnseen = 50_000; // as long as nobody has looked at the log view
const kMostEntries = 1_000_000;
const kMostOfRun = 1000;
const kMostOfRuns = 20_000; // entries of all runs together

export const allLogs = new LogBuffer(kMostUnseen);
addEventListener('viewchange', () => currentView() === 'logs' && allLogs.grow(kMostEntries));

/** @type {Map<string, any[]>} by what the entry says it belongs to: "task_id\0id" */
const byRun = new Map();

/** Ids of runs stand in data or in metadata. @param {any} event @returns {string[]} */
function keysOf({ data = {}, metadata = {} }) {
  return ['task_id', 'workflow_id', 'batch_id'].flatMap((member) => {
    const id = data[member] ?? metadata?.[member];
    return id === undefined || id === null || id === '' ? [] : [`${member}\u0000${id}`];
  });
}

/** @param {'task' | 'workflow' | 'batch'} kind @param {string} id @returns {any[]} */
export function logsOfRun(kind, id) {
  return byRun.get(`${kind}_id\u0000${id}`) ?? [];
}

let remembered = 0;

/** @param {any} event */
function remember(event) {
  for (const key of keysOf(event)) {
    const entries = byRun.get(key) ?? [];
    entries.push(event);
    remembered++;
    if (entries.length > kMostOfRun * 1.25) {
      remembered -= entries.length - kMostOfRun;
      entries.splice(0, entries.length - kMostOfRun);
    }
    byRun.delete(key); // the latest stands last
    byRun.set(key, entries);
  }
  for (const [key, entries] of byRun) {
    if (remembered <= kMostOfRuns) {
      break;
    }
    byRun.delete(key); // its page reads it from the server's history
    remembered -= entries.length;
  }
}

streams.onType('LogEntry', (event) => {
  allLogs.push(event);
  remember(event);
});
streams.on('gap', (gap) => allLogs.push({ gap, timestamp: new Date(serverNow()).toISOString() }));
streams.on('reset', () => {
  allLogs.clear();
  byRun.clear();
  remembered = 0;
});
