// What the events say, by thing: runs and health. Views are told a few times a second, however many events come.

import { Emitter } from '../src/emitter.js';
import { HealthModel } from './health_model.js';
import { kTypes, RunModel } from './run_model.js';
import { streams } from './streams.js';

const kMost = { task: 5000, batch: 1000, workflow: 1000 };
const kTellMs = 250;
const kPlural = { task: 'tasks', batch: 'batches', workflow: 'workflows' };

export class Store extends Emitter {
  /** @type {Record<import('./run_model.js').Kind, RunModel>} */
  models = { task: new RunModel('task', kMost.task), batch: new RunModel('batch', kMost.batch), workflow: new RunModel('workflow', kMost.workflow) };
  health = new HealthModel();
  /** @type {Set<string>} */
  #changed = new Set();
  #toldAt = 0;

  constructor() {
    super();
    streams.on('events', (/** @type {any} */ { events, old }) => {
      for (const event of events) {
        const kind = kTypes[event.event_type];
        if (kind) {
          this.models[kind].take(event, old);
          this.touch(kPlural[kind]);
        } else if (event.event_type === 'SystemHealthUpdate') {
          this.health.take(event);
          this.touch('health');
        }
      }
    });
    streams.on('reset', () => {
      Object.values(this.models).forEach((model) => model.runs.clear());
      this.health = new HealthModel();
      ['tasks', 'batches', 'workflows', 'health'].forEach((kind) => this.touch(kind));
    });
    for (const model of Object.values(this.models)) {
      model.onFailure = (run) => this.emit('failure', run);
    }
  }

  get tasks() {
    return this.models.task.runs;
  }

  get batches() {
    return this.models.batch.runs;
  }

  get workflows() {
    return this.models.workflow.runs;
  }

  /** @param {string} kind */
  touch(kind) {
    if (this.#changed.size === 0) {
      // A timer and not a frame: a hidden page has none, and still has to say in its title that something failed.
      setTimeout(() => {
        const kinds = [...this.#changed];
        this.#changed.clear();
        kinds.forEach((one) => this.emit(one));
        this.emit('any');
      }, performance.now() - this.#toldAt > kTellMs ? 0 : kTellMs);
      this.#toldAt = performance.now();
    }
    this.#changed.add(kind);
  }
}

export const store = new Store();
