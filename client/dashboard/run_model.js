// Runs (tasks, batches, workflows) as the events tell of them: the latest of each, its history, its attempts, what went wrong.
// Bounded in runs and in history.

import { isLive, toneOf } from './format.js';
import { plain } from './ansi.js';

const kMostHistory = 300;
export const kStaleAfterMs = 5 * 60 * 1000;

/** @typedef {'task' | 'batch' | 'workflow'} Kind */
/**
 * @typedef {{kind: Kind, id: string, data: any, metadata: any, time: number, first: number, startedAt: number, attempt: number, history: any[]}} Run
 */

export const kTypes = /** @type {Record<string, Kind>} */ ({ TaskStatusChanged: 'task', BatchOperationUpdate: 'batch', WorkflowProgressUpdate: 'workflow' });
const kIdOf = /** @type {Record<Kind, string>} */ ({ task: 'task_id', batch: 'batch_id', workflow: 'workflow_id' });

export class RunModel {
  /** @param {Kind} kind @param {number} most */
  constructor(kind, most) {
    this.kind = kind;
    this.most = most;
    /** @type {Map<string, Run>} */
    this.runs = new Map();
    /** @type {(run: Run) => void} a run has failed just now */
    this.onFailure = () => {};
  }

  /** @param {any} event @param {boolean} old history: nobody is called for it */
  take(event, old = false) {
    const data = event.data ?? {};
    const id = String(data[kIdOf[this.kind]] ?? data.name ?? event.id);
    const time = Date.parse(event.timestamp);
    const before = this.runs.get(id);
    if (before && time < before.time) {
      before.history.push(event);
      before.history.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
      return;
    }
    const attempt = attemptAfter(before, data);
    const again = before !== undefined && (attempt !== before.attempt || (!isActive(before) && isActive({ data })));
    const history = before?.history ?? [];
    if (history.length >= 2 && [history.at(-1), history.at(-2)].every((one) => saysTheSame(one, event))) {
      history[history.length - 1] = event; // the first and the last of a stretch say all that a timeline needs
    } else {
      history.push(event);
    }
    if (history.length > kMostHistory) {
      history.splice(1, history.length - kMostHistory); // the first says when it began
    }
    const run = { kind: this.kind, id, data, metadata: event.metadata ?? {}, time, first: before?.first ?? time, startedAt: before && !again ? before.startedAt : time, attempt, history };
    this.runs.delete(id); // the latest stands last
    this.runs.set(id, run);
    if (this.runs.size > this.most) {
      this.drop();
    }
    if (!old && hasFailed(run) && !(before && hasFailed(before))) {
      this.onFailure(run);
    }
  }

  /** Gives up the one that ended first; failing that, the oldest. */
  drop() {
    for (const [id, run] of this.runs) {
      if (!isActive(run) && !hasFailed(run)) {
        this.runs.delete(id);
        return;
      }
    }
    const [oldest] = this.runs.keys();
    this.runs.delete(oldest);
  }
}

/** Which attempt an event is about: the producer says so, or a run that was over is active again. @param {{data: any, attempt: number} | undefined} before @param {any} data @returns {number} */
function attemptAfter(before, data) {
  if (Number.isInteger(data.attempt)) {
    return data.attempt;
  }
  return before === undefined ? 1 : before.attempt + (!isActive(before) && isActive({ data }) ? 1 : 0);
}

/** The attempt of each event of a run's history. @param {Run} run @returns {number[]} */
export function attemptsOf(run) {
  /** @type {{data: any, attempt: number} | undefined} */
  let before;
  const attempts = run.history.map(({ data = {} }) => {
    before = { data, attempt: attemptAfter(before, data) };
    return before.attempt;
  });
  const forgotten = run.attempt - (attempts.at(-1) ?? run.attempt); // the history is bounded
  return forgotten === 0 ? attempts : attempts.map((attempt) => attempt + forgotten);
}

/** Only the progress differs. @param {any} a @param {any} b */
function saysTheSame(a, b) {
  return ['status', 'current_step', 'error', 'message', 'attempt'].every((name) => JSON.stringify(a.data?.[name]) === JSON.stringify(b.data?.[name]));
}

/** @param {{data: any}} run */
export function isActive({ data }) {
  return data.status === undefined || data.status === null ? Number(data.progress ?? 0) < 100 : isLive(data.status) || /^(pending|queued|waiting|retrying|paused)$/i.test(data.status);
}

/** @param {{data: any}} run */
export function hasFailed({ data }) {
  return toneOf(data.status) === 'bad';
}

/** Says that it runs, and nobody has heard of it for long. @param {Run} run @param {number} now */
export function isStale(run, now) {
  return isActive(run) && now - run.time > kStaleAfterMs;
}

/** The program that reported it has gone, without an end. @param {{data: any}} run */
export function isDisconnected({ data }) {
  return /^disconnected$/i.test(data.status ?? '');
}

/** A word for every run, so that colour never says it alone. @param {Run} run @returns {string} */
export function statusWord({ data }) {
  return data.status ? String(data.status) : Number(data.progress ?? 0) >= 100 ? 'Completed' : 'Running';
}

/** What went wrong, as far as the producer says. @param {Run} run @returns {string} */
export function errorOf(run) {
  if (!hasFailed(run) && !isDisconnected(run)) {
    return '';
  }
  for (const event of [...run.history].reverse()) {
    const { data = {}, metadata = {} } = event;
    const said = data.error ?? metadata.error ?? data.message ?? data.reason ?? data.step_details?.step_message;
    if (said !== undefined && said !== null && said !== '') {
      return plain(typeof said === 'object' ? (said.message ?? JSON.stringify(said)) : said);
    }
    if (!hasFailed({ data })) {
      break;
    }
  }
  const broken = (Array.isArray(run.data.operations) ? run.data.operations : []).filter((/** @type {any} */ one) => toneOf(one.status) === 'bad');
  return broken.length > 0 ? `failed: ${broken.map((/** @type {any} */ one) => one.name ?? one.id).join(', ')}` : '';
}

/** Failures first, the latest on top; then what runs, what waits, what has gone silent or is not reported any more, what is over. @param {Iterable<Run>} runs @param {number} now @returns {Run[]} */
export function inOrder(runs, now) {
  const rank = (/** @type {Run} */ run) => (hasFailed(run) ? 0 : isDisconnected(run) ? 3 : !isActive(run) ? 4 : isStale(run, now) ? 3 : run.data.status === undefined || isLive(run.data.status) ? 1 : 2);
  return [...runs].map((run) => ({ run, rank: rank(run) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 1 || a.rank === 2 ? a.run.first - b.run.first : b.run.time - a.run.time) || (a.run.id < b.run.id ? -1 : 1))
    .map(({ run }) => run);
}
