// The page of one run: its status in words and its error first, what it consists of over time, its log at the moment of the
// failure, all that was said of it. It follows while the run goes on. What is here comes from the connection that all tabs share;
// for a run that is older than that, the server's history is read once.

import { ago, duration, fullTime, percent, toneOf } from './format.js';
import { logsOfRun } from './all_logs.js';
import { copyText } from './clipboard.js';
import { attemptsOf, errorOf, hasFailed, isActive, kTypes } from './run_model.js';
import { fillStatus } from './run_list.js';
import { Gantt } from './gantt.js';
import { currentView, hrefOf, parseRoute, runHref, setQuery } from './route.js';
import { h, icon, reconcile, setText } from './dom.js';
import { makePlaceholder, placeholderOf, showPlaceholder } from './panel.js';
import { RunLog } from './run_log.js';
import { serverNow } from './server_clock.js';
import { store } from './store.js';
import { streams } from './streams.js';

const kPlural = /** @type {const} */ ({ task: 'tasks', batch: 'batches', workflow: 'workflows' });
const kTypeOf = /** @type {const} */ ({ task: 'TaskStatusChanged', batch: 'BatchOperationUpdate', workflow: 'WorkflowProgressUpdate' });

class RunPage extends HTMLElement {
  connectedCallback() {
    this.name = h('h1');
    this.kindLabel = h('span', { class: 'muted' });
    this.status = h('span', { class: 'status big' });
    this.error = h('pre', { class: 'run-error', role: 'alert', dir: 'auto', hidden: true, tabindex: 0, 'aria-label': 'Error' });
    this.facts = h('dl', { class: 'facts' });
    this.placeholder = makePlaceholder();
    this.gantt = new Gantt();
    this.log = new RunLog(this);
    this.history = h('ol', { class: 'run-history' });
    this.json = h('pre', { tabindex: 0, 'aria-label': 'The latest event as JSON' });
    const act = (/** @type {string} */ label, /** @type {string} */ image, /** @type {() => void} */ what) => h('button', { class: 'button', type: 'button', on: { click: what } }, icon(image), label);
    this.metricsLink = h('a', { class: 'button' }, 'Metrics of that time');
    this.logsLink = h('a', { class: 'button' }, 'Open in logs');
    this.content = h('div', { class: 'run-content' },
      h('section', { class: 'panel', 'aria-label': 'Timeline' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Timeline')), this.gantt.element),
      h('section', { class: 'panel', 'aria-label': 'Log' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Log'), this.log.count, h('div', { class: 'end' }, this.log.level, this.log.search, this.logsLink)), this.log.element),
      h('section', { class: 'panel', 'aria-label': 'History' }, h('div', { class: 'panel-head' }, h('h2', {}, 'History')), h('div', { class: 'panel-body', tabindex: 0, role: 'group', 'aria-label': 'History' }, this.history)),
      h('section', { class: 'panel', 'aria-label': 'Raw' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Raw JSON'), h('div', { class: 'end' }, act('Copy JSON', 'copy', () => copyText(this.json.textContent, 'JSON')))), h('div', { class: 'panel-body' }, this.json)));
    this.head = h('header', { class: 'run-head' },
      h('div', { class: 'run-title' }, h('a', { class: 'button', href: '#overview' }, 'Back'), this.name, this.kindLabel, this.status,
        h('span', { class: 'end' }, this.metricsLink, act('Copy link', 'link', () => copyText(location.href, 'Link')), act('Print', 'download', () => print()))),
      this.error, this.facts);
    this.append(this.head, this.placeholder, this.content);
    for (const kind of ['any', 'tasks', 'workflows', 'batches']) {
      store.on(kind, () => this.showSoon());
    }
    streams.on('events', () => this.showSoon());
    streams.on('status', () => this.showSoon());
    streams.on('reset', () => this.onRoute()); // nothing of the user before stays
    addEventListener('viewchange', () => this.onRoute());
    addEventListener('querychange', () => this.showSoon());
    addEventListener('zonechange', () => this.showSoon());
    setInterval(() => this.showSoon(), 1000);
    this.onRoute();
  }

  onRoute() {
    const { view, path } = parseRoute();
    this.kind = /** @type {import('./run_model.js').Kind} */ (['task', 'batch', 'workflow'].includes(path[0]) ? path[0] : 'task');
    this.runId = path.slice(1).join('/');
    this.sought?.disconnect();
    this.sought = undefined;
    /** @type {any[]} */
    this.found = [];
    this.isRead = false;
    this.log.reset();
    if (view === 'run') {
      this.show();
    }
  }

  /** @returns {import('./run_model.js').Run | undefined} */
  get run() {
    return store[kPlural[/** @type {import('./run_model.js').Kind} */ (this.kind)]].get(this.runId ?? '');
  }

  /** Its log entries, as far as they are known. @returns {any[]} */
  get entries() {
    const known = logsOfRun(/** @type {any} */ (this.kind), this.runId ?? '');
    return known.length > 0 ? known : (this.found ?? []).filter((event) => event.event_type === 'LogEntry');
  }

  showSoon() {
    if (currentView() === 'run') {
      this.due ??= requestAnimationFrame(() => {
        this.due = undefined;
        this.show();
      });
    }
  }

  show() {
    const { run } = this;
    const known = run !== undefined;
    if (!known || this.entries.length === 0) {
      this.seek(known);
    }
    const type = kTypeOf[/** @type {import('./run_model.js').Kind} */ (this.kind)];
    let what = known ? null : placeholderOf(type, [`No such ${this.kind}`, `Neither the last hour nor the server's history has a ${this.kind} ${this.runId}.`]);
    if (what?.kind === 'empty' && this.sought) {
      what = { kind: 'loading', title: 'Reading the history', text: '', icon: '' };
    }
    showPlaceholder(this.placeholder, what);
    this.content.hidden = !known;
    setText(this.name, run?.data.name ?? this.runId);
    setText(this.kindLabel, `${this.kind} ${this.runId}${run && run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`);
    this.status.hidden = !known;
    this.error.hidden = true;
    if (!run) {
      this.facts.replaceChildren();
      return;
    }
    fillStatus(this.status, run);
    const error = errorOf(run) || (hasFailed(run) ? lastErrorLine(this.entries) : '');
    this.error.hidden = error === '';
    setText(this.error, error);
    this.showFacts(run);
    this.gantt.show(run, this.kind === 'workflow' ? tasksOf(run) : []);
    const { query } = parseRoute();
    this.log.show(this.entries, run, query);
    this.showHistory(run);
    setText(this.json, JSON.stringify(run.history.at(-1), null, 2));
    this.metricsLink.href = hrefOf('metrics', [], { from: new Date(run.startedAt - 60_000).toISOString(), to: new Date((isActive(run) ? serverNow() : run.time) + 60_000).toISOString() });
    this.logsLink.href = hrefOf('logs', [], { ...(this.kind === 'task' ? { task: this.runId } : { search: this.runId }), at: new Date(run.time).toISOString() });
  }

  /** @param {import('./run_model.js').Run} run */
  showFacts(run) {
    const { data, metadata } = run;
    const own = `${this.kind}_id`;
    const end = isActive(run) ? serverNow() : run.time;
    const facts = [
      ['Progress', percent(data.progress)], ['Step', data.current_step ? `${data.current_step}${data.total_steps ? ` (${data.completed_steps ?? 0} of ${data.total_steps} done)` : ''}` : ''],
      ['Started', fullTime(run.startedAt)], ['Last news', `${fullTime(run.time)}, ${ago(run.time)}`], ['Duration', duration((end - run.startedAt) / 1000)],
      ['Attempts', run.attempt > 1 ? String(run.attempt) : ''],
      ...Object.entries({ workflow_id: data.workflow_id, batch_id: data.batch_id, ...metadata }).filter(([name, value]) => value !== undefined && typeof value !== 'object' && name !== own).map(([name, value]) => [name.replaceAll('_', ' '), String(value)]),
    ].filter(([, value]) => value);
    reconcile(this.facts, facts, ([name]) => name, ([name]) => h('div', {}, h('dt', {}, name), h('dd', {}, parentOf(name) && h('a'))), (row, [name, value]) => {
      const link = row.querySelector('a');
      setText(link ?? row.lastElementChild, value);
      link?.setAttribute('href', runHref(/** @type {any} */ (parentOf(name)), value));
    });
  }

  /** @param {import('./run_model.js').Run} run */
  showHistory(run) {
    const attempts = attemptsOf(run);
    const many = run.attempt > 1;
    const attemptOf = new Map(run.history.map((event, i) => [event, attempts[i]]));
    const changes = run.history.filter((event, i) => i === 0 || i === run.history.length - 1 || event.data?.status !== run.history[i - 1].data?.status || event.data?.current_step !== run.history[i - 1].data?.current_step).slice(-100).reverse();
    reconcile(this.history, changes, (event) => `${event.id} ${many}`, (event) => {
      const { data = {} } = event;
      const time = Date.parse(event.timestamp);
      return h('li', {}, h('span', { class: 'mono', title: fullTime(time) }, fullTime(time).slice(11, 23)), h('span', { class: 'status', data: { tone: toneOf(data.status) } }, data.status ?? data.current_step ?? event.event_type),
        h('span', { class: 'what', dir: 'auto' }, [many ? `attempt ${attemptOf.get(event)}` : '', data.status ? data.current_step : '', percent(data.progress), data.error?.message ?? data.error ?? data.message ?? data.step_details?.step_message].filter(Boolean).join(' · ')));
    }, () => {});
  }

  /** Asks the server's history, once, for a run that is not known here, or for its log. @param {boolean} known */
  seek(known) {
    if (this.isRead || this.sought || streams.status.state !== 'live' || !this.runId) {
      return;
    }
    const side = streams.side({ reconnect: false, events: [...Object.keys(kTypes), 'LogEntry'], query: { batch_size: 200 } });
    this.sought = side;
    const over = () => {
      if (this.sought === side) {
        this.sought = undefined;
        this.isRead = true;
        side.disconnect();
        this.showSoon();
      }
    };
    side.on('connected', () => side.debug('attach', { [`${this.kind}_id`]: this.runId }).catch(over));
    side.on('message', (/** @type {any} */ event) => {
      const kind = kTypes[event.event_type];
      if (!known && kind && String(event.data?.[`${kind}_id`]) === this.runId && kind === this.kind) {
        store.models[kind].take(event, true);
      } else if (event.event_type === 'LogEntry') {
        this.found?.push(event);
      }
    });
    side.on('replay_end', over);
    side.on('stopped', over);
    side.connect();
  }

  /** @param {string} name @param {string} value */
  choose(name, value) {
    setQuery({ [name]: value });
  }
}

/** A fact that names another run. @param {string} name @returns {string | null} its kind */
function parentOf(name) {
  return /^(task|workflow|batch) id$/.exec(name)?.[1] ?? null;
}

/** Tasks that say that they belong to a workflow. @param {import('./run_model.js').Run} workflow */
function tasksOf(workflow) {
  return [...store.tasks.values()].filter(({ data, metadata }) => String(metadata.workflow_id ?? data.workflow_id ?? '') === workflow.id).sort((a, b) => a.startedAt - b.startedAt);
}

/** @param {any[]} entries @returns {string} */
function lastErrorLine(entries) {
  const last = [...entries].reverse().find(({ data }) => /^(ERROR|FATAL|CRITICAL|ERR)$/i.test(data?.level ?? ''));
  return String(last?.data?.message ?? '');
}

customElements.define('rs-run', RunPage);
