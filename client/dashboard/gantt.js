// When what ran: the steps of a run, or the tasks of a workflow, as bars over time with their durations.

import { clock, duration, isLive, toneOf } from './format.js';
import { h, reconcile, setText } from './dom.js';
import { attemptsOf, hasFailed, isActive, statusWord } from './run_model.js';
import { runHref } from './route.js';
import { serverNow } from './server_clock.js';

const kMostBars = 60;
const kBriefMs = 1000;

/** @typedef {{key: string, name: string, isStep?: boolean, from: number, to: number, tone: string, word: string, href?: string}} Bar */

/** What a run went through, by attempt, status and step. @param {import('./run_model.js').Run} run @returns {Bar[]} */
export function stepsOf(run) {
  /** @type {Bar[]} */
  const bars = [];
  const attempts = attemptsOf(run);
  for (const [i, event] of run.history.entries()) {
    const data = event.data ?? {};
    const step = data.current_step ?? data.step_details?.step_name;
    const name = (run.attempt > 1 ? `Attempt ${attempts[i]}: ` : '') + String(step ?? data.status ?? 'Running');
    const time = Date.parse(event.timestamp);
    const last = bars.at(-1);
    if (last && last.name === name) {
      last.to = time;
      last.tone = data.status ? toneOf(data.status) : last.tone;
      last.word = String(data.status ?? last.word);
      continue;
    }
    let from = time;
    if (last && step && !last.isStep && isLive(last.word) && time - last.from < kBriefMs) {
      from = last.from; // it began, and named its first step a moment later
      bars.pop();
    } else if (last) {
      last.to = time;
      finish(last);
    }
    bars.push({ key: `${bars.length} ${name}`, name, isStep: Boolean(step), from, to: time, tone: data.status ? toneOf(data.status) : 'info', word: String(data.status ?? '') });
  }
  const last = bars.at(-1);
  if (last) {
    last.to = isActive(run) ? serverNow() : run.time;
    last.tone = hasFailed(run) ? 'bad' : isActive(run) ? last.tone : toneOf(run.data.status) === 'idle' ? 'ok' : toneOf(run.data.status);
  }
  return bars.slice(-kMostBars);
}

/** Something else came after it: a step is not running any more, whatever was said last. @param {Bar} bar */
function finish(bar) {
  if (!bar.isStep) {
    bar.word = ''; // the name says it
  } else if (bar.word === '' || isLive(bar.word)) {
    bar.word = 'Done';
    bar.tone = 'ok';
  }
}

export class Gantt {
  constructor() {
    this.axis = h('div', { class: 'gantt-axis', 'aria-hidden': 'true' }, h('span'), h('span'));
    this.list = h('ol', { class: 'gantt' });
    this.element = h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': 'Timeline' }, this.axis, this.list);
  }

  /** @param {import('./run_model.js').Run} run @param {import('./run_model.js').Run[]} tasks of a workflow */
  show(run, tasks) {
    const bars = [...stepsOf(run), ...tasks.slice(-kMostBars).map((task) => ({
      key: `task ${task.id}`, name: String(task.data.name ?? task.id), from: task.startedAt, to: isActive(task) ? serverNow() : task.time, tone: toneOf(task.data.status), word: statusWord(task), href: runHref('task', task.id),
    }))];
    const from = Math.min(...bars.map((bar) => bar.from));
    const to = Math.max(...bars.map((bar) => bar.to), from + 1000);
    setText(this.axis.firstElementChild, clock(from).slice(0, 8));
    setText(this.axis.lastElementChild, clock(to).slice(0, 8));
    reconcile(this.list, bars, (bar) => bar.key, (bar) => h('li', {}, bar.href ? h('a', { class: 'link name', href: bar.href }, bar.name) : h('span', { class: 'name' }, bar.name), h('span', { class: 'lane', 'aria-hidden': 'true' }, h('i')), h('span', { class: 'status' }), h('span', { class: 'num' })), (row, bar) => {
      const mark = /** @type {HTMLElement} */ (row.querySelector('.lane i'));
      mark.style.setProperty('left', `${((bar.from - from) / (to - from)) * 100}%`);
      mark.style.setProperty('width', `${Math.max(0.6, ((bar.to - bar.from) / (to - from)) * 100)}%`);
      row.dataset.tone = bar.tone;
      setText(row.querySelector('.status'), bar.word);
      setText(row.querySelector('.num'), duration((bar.to - bar.from) / 1000));
    });
  }
}
