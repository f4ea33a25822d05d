// What the events say, by thing: the latest of each task, batch and workflow, and of the system's health. Bounded; views
// are told at most once a frame.

import { Emitter } from '../src/emitter.js';
import { isLive } from './format.js';
import { streams } from './streams.js';

const kMostTasks = 2000;
const kMostOthers = 500;

/** @typedef {{id: string, data: any, metadata: any, time: number, first: number}} Thing */

export class Store extends Emitter {
  constructor() {
    super();
    /** @type {Map<string, Thing>} */
    this.tasks = new Map();
    /** @type {Map<string, Thing>} */
    this.batches = new Map();
    /** @type {Map<string, Thing>} */
    this.workflows = new Map();
    /** @type {Thing | null} */
    this.health = null;
    /** @type {Set<string>} */
    this.changed = new Set();
    this.take = this.take.bind(this);
    streams.events.on('TaskStatusChanged', (event) => this.take('tasks', this.tasks, event, event.data?.task_id, kMostTasks));
    streams.events.on('BatchOperationUpdate', (event) => this.take('batches', this.batches, event, event.data?.batch_id, kMostOthers));
    streams.events.on('WorkflowProgressUpdate', (event) => this.take('workflows', this.workflows, event, event.data?.workflow_id, kMostOthers));
    streams.events.on('SystemHealthUpdate', (event) => {
      this.health = { id: 'health', data: event.data ?? {}, metadata: event.metadata ?? {}, time: Date.parse(event.timestamp), first: 0 };
      this.touch('health');
    });
  }

  /** @param {string} kind @param {Map<string, Thing>} things @param {any} event @param {any} id @param {number} most */
  take(kind, things, event, id, most) {
    const key = String(id ?? event.data?.name ?? event.id);
    const time = Date.parse(event.timestamp);
    const before = things.get(key);
    things.delete(key); // the latest stands last
    things.set(key, { id: key, data: event.data ?? {}, metadata: event.metadata ?? {}, time, first: before?.first ?? time });
    if (things.size > most) {
      this.drop(things);
    }
    this.touch(kind);
  }

  /** Takes away the one that is over for longest; failing that, the oldest. @param {Map<string, Thing>} things */
  drop(things) {
    for (const [key, thing] of things) {
      if (!isActive(thing)) {
        things.delete(key);
        return;
      }
    }
    const [oldest] = things.keys();
    things.delete(oldest);
  }

  /** @param {string} kind */
  touch(kind) {
    if (this.changed.size === 0) {
      requestAnimationFrame(() => {
        const kinds = [...this.changed];
        this.changed.clear();
        kinds.forEach((one) => this.emit(one));
        this.emit('any');
      });
    }
    this.changed.add(kind);
  }
}

/** @param {Thing} thing */
export function isActive({ data }) {
  return data.status === undefined ? Number(data.progress ?? 0) < 100 : isLive(data.status) || /^(pending|queued|waiting|retrying|paused)$/i.test(data.status);
}

/** Running first, then what waits, then the latest. @param {Iterable<Thing>} things @returns {Thing[]} */
export function inOrder(things) {
  const rank = (/** @type {Thing} */ thing) => (!isActive(thing) ? 2 : thing.data.status === undefined || isLive(thing.data.status) ? 0 : 1);
  return [...things].sort((a, b) => rank(a) - rank(b) || (rank(a) === 2 ? b.time - a.time : a.first - b.first) || (a.id < b.id ? -1 : 1));
}

export const store = new Store();
