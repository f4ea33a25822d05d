// What the dashboard makes of the events: runs, health, metrics, logs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HealthModel } from '../../../dashboard/health_model.js';
import { toneOf } from '../../../dashboard/format.js';
import { FrozenLog, LogBuffer } from '../../../dashboard/log_buffer.js';
import { MetricThinner } from '../../../dashboard/metric_thinner.js';
import { attemptsOf, errorOf, hasFailed, inOrder, isActive, isStale, RunModel, statusWord } from '../../../dashboard/run_model.js';
import { SeenIds } from '../../../dashboard/seen_ids.js';
import { SeriesStore } from '../../../dashboard/series.js';
import { stepsOf } from '../../../dashboard/gantt.js';

const kNow = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds) => new Date(kNow + seconds * 1000).toISOString();
let n = 0;
const task = (id, seconds, data, metadata = {}) => ({ event_type: 'TaskStatusChanged', timestamp: at(seconds), data: { task_id: id, ...data }, metadata, id: `0badcafe:${++n}` });
function modelOf(events, most = 100) {
  const model = new RunModel('task', most);
  events.forEach((event) => model.take(event));
  return model;
}

test('failures stand first, then what runs, what waits, what has gone silent, what is over', () => {
  const model = modelOf([
    task('done', -10, { status: 'Completed' }), task('silent', -3600, { status: 'Running' }), task('failed', -500, { status: 'Failed' }),
    task('running', -5, { status: 'Running' }), task('waiting', -6, { status: 'Pending' }), task('failed later', -400, { status: 'Failed' }),
  ]);
  assert.deepEqual(inOrder(model.runs.values(), kNow).map((run) => run.id), ['failed later', 'failed', 'running', 'waiting', 'silent', 'done']);
  assert.deepEqual([...model.runs.values()].filter((run) => isStale(run, kNow)).map((run) => run.id), ['silent']);
});

test('a run whose producer has gone is over, says why, and stands before those that are done', () => {
  const model = modelOf([
    task('done', -1, { status: 'Completed' }), task('gone', -20, { status: 'Running' }), task('gone', -10, { status: 'Disconnected', error: 'it was killed' }),
    task('running', -5, { status: 'Running' }),
  ]);
  const gone = model.runs.get('gone');
  assert.deepEqual(inOrder(model.runs.values(), kNow).map((run) => run.id), ['running', 'gone', 'done']);
  assert.deepEqual([isActive(gone), hasFailed(gone), isStale(gone, kNow + 3_600_000), statusWord(gone), errorOf(gone)], [false, false, false, 'Disconnected', 'it was killed']);
  assert.equal(toneOf('Disconnected'), 'warn');
});

test('a run without a status has a word, and a failed one says what went wrong', () => {
  const flow = new RunModel('workflow', 10);
  flow.take({ event_type: 'WorkflowProgressUpdate', timestamp: at(0), data: { workflow_id: 'w', progress: 56 } });
  assert.equal(statusWord(flow.runs.get('w')), 'Running');
  flow.take({ event_type: 'WorkflowProgressUpdate', timestamp: at(1), data: { workflow_id: 'w', progress: 56, status: 'Failed', error: '\u001b[31mdisk full\u001b[0m' } });
  assert.equal(statusWord(flow.runs.get('w')), 'Failed');
  assert.equal(errorOf(flow.runs.get('w')), 'disk full');
  for (const [data, wanted] of [[{ error: { message: 'no quota' } }, 'no quota'], [{ message: 'timed out' }, 'timed out'], [{ operations: [{ id: 'a', status: 'Failed' }, { id: 'b', status: 'Completed' }] }, 'failed: a'], [{}, '']]) {
    assert.equal(errorOf(modelOf([task('t', 0, { status: 'Failed', ...data })]).runs.get('t')), wanted);
  }
  assert.equal(errorOf(modelOf([task('t', 0, { status: 'Running', message: 'fine' })]).runs.get('t')), '');
});

test('attempts of one task are told apart, and a failure is told once', () => {
  const failed = [];
  const model = new RunModel('task', 10);
  model.onFailure = (run) => failed.push(run.attempt);
  const life = [['Running', 0], ['Failed', 1], ['Failed', 2], ['Running', 3], ['Failed', 4], ['Running', 5]];
  life.forEach(([status, seconds]) => model.take(task('t', seconds, { status })));
  const run = model.runs.get('t');
  assert.equal(run.attempt, 3);
  assert.equal(run.startedAt, Date.parse(at(5)));
  assert.deepEqual(failed, [1, 2]);
  assert.deepEqual(attemptsOf(run), [1, 1, 1, 2, 2, 3]);
  assert.deepEqual(stepsOf(run).map(({ name }) => name), ['Attempt 1: Running', 'Attempt 1: Failed', 'Attempt 2: Running', 'Attempt 2: Failed', 'Attempt 3: Running']);
  const told = modelOf([task('u', 0, { status: 'Running', attempt: 4 }), task('u', 1, { status: 'Running', attempt: 5 })]).runs.get('u');
  assert.deepEqual([told.attempt, told.startedAt, attemptsOf(told)], [5, Date.parse(at(1)), [4, 5]]);
  model.take(task('old', 0, { status: 'Failed' }), true);
  assert.equal(failed.length, 2);
});

test('an event that comes late is history and changes nothing else; histories and runs are bounded', () => {
  const model = modelOf([task('t', 10, { status: 'Completed' }), task('t', 5, { status: 'Running' })]);
  assert.equal(model.runs.get('t').data.status, 'Completed');
  assert.deepEqual(model.runs.get('t').history.map((event) => event.data.status), ['Running', 'Completed']);
  const many = modelOf([...Array.from({ length: 1000 }, (_, i) => task('t', i, { status: 'Running', progress: i })), ...Array.from({ length: 20 }, (_, i) => task(`u${i}`, 2000, { status: i === 0 ? 'Failed' : 'Completed' }))], 10);
  assert.equal(many.runs.size, 10);
  assert.ok(many.runs.has('t') && hasFailed(many.runs.get('u0')), 'what runs and what failed stay');
  assert.equal(many.runs.get('t').history.length, 2, 'the first and the last of a stretch');
  const restless = modelOf(Array.from({ length: 1000 }, (_, i) => task('t', i, { status: i % 2 ? 'Running' : 'Pending' })));
  assert.equal(restless.runs.get('t').history.length, 300);
});

test('the timeline of a run has its steps with their durations', () => {
  const steps = stepsOf(modelOf([task('t', 0, { status: 'Pending' }), task('t', 10, { status: 'Running' }), task('t', 40, { status: 'Running' }), task('t', 70, { status: 'Failed' })]).runs.get('t'));
  assert.deepEqual(steps.map(({ name, from, to, tone }) => [name, (to - from) / 1000, tone]), [['Pending', 10, 'idle'], ['Running', 60, 'info'], ['Failed', 0, 'bad']]);
  assert.deepEqual(steps.map(({ word }) => word), ['', '', 'Failed']);
});

test('a step that another one followed is done, although the run went on running', () => {
  const run = modelOf([task('t', 0, { status: 'Running', current_step: 'Build' }), task('t', 10, { status: 'Running', current_step: 'Test' }), task('t', 20, { status: 'Running', current_step: 'Roll out' })]).runs.get('t');
  assert.deepEqual(stepsOf(run).map(({ name, word, tone }) => [name, word, tone]), [['Build', 'Done', 'ok'], ['Test', 'Done', 'ok'], ['Roll out', 'Running', 'info']]);
  assert.deepEqual(stepsOf(modelOf([task('u', 0, { status: 'Running', current_step: 'Build' }), task('u', 5, { status: 'Failed', current_step: 'Build' })]).runs.get('u')).map(({ word, tone }) => [word, tone]), [['Failed', 'bad']]);
});

test('a run that names its first step a moment after its start has no bar for the moment', () => {
  const names = (...events) => stepsOf(modelOf(events).runs.get('t')).map(({ name, from, to }) => [name, (to - from) / 1000]);
  const end = task('t', 20, { status: 'Completed', current_step: 'Build' });
  assert.deepEqual(names(task('t', 0, { status: 'Running' }), task('t', 0.2, { status: 'Running', current_step: 'Build' }), end), [['Build', 20]]);
  assert.deepEqual(names(task('t', 0, { status: 'Running' }), task('t', 5, { status: 'Running', current_step: 'Build' }), end), [['Running', 5], ['Build', 15]]);
  assert.deepEqual(names(task('t', 0, { status: 'Failed' }), task('t', 0.2, { status: 'Running', current_step: 'Build' }), end).map(([name]) => name), ['Attempt 1: Failed', 'Attempt 2: Build']);
});

const health = (seconds, overall_status, components, metrics = {}, metadata = {}) => ({ event_type: 'SystemHealthUpdate', timestamp: at(seconds), data: { overall_status, components: Object.fromEntries(Object.entries(components).map(([name, status]) => [name, { status }])), metrics }, metadata });

test('health of several reporters is merged: the worst is the whole, numbers stay one reporter\'s', () => {
  const model = new HealthModel();
  for (let i = 0; i < 6; i++) {
    model.take(health(i * 2, 'Critical', { storage: 'Critical', batch_coordinator: 'Healthy' }, { memory_usage: 5480, cpu_usage: 12 }));
    model.take(health(i * 2 + 1, 'Warning', { cpu: 'Warning', memory: 'Healthy', disk: 'Healthy' }, { memory_usage: 2330, cpu_usage: 45 }));
    assert.equal(model.reporters.size, i === 0 ? 2 : 2);
    assert.equal(model.overall(), 'Critical');
    assert.equal(model.metric('memory_usage').value, 2330);
    assert.equal(model.metric('cpu_usage').value, 45);
  }
  assert.deepEqual(model.components().map((one) => one.name), ['storage', 'cpu', 'batch_coordinator', 'disk', 'memory']);
});

test('a reporter that names itself is known by that; one that does not, by its components', () => {
  const model = new HealthModel();
  model.take(health(0, 'Healthy', { api: 'Healthy', db: 'Healthy' }));
  model.take(health(1, 'Warning', { api: 'Healthy', db: 'Warning', queue: 'Healthy' }));
  assert.equal(model.reporters.size, 1);
  assert.deepEqual(model.changes.map(({ component, from, to }) => [component, from, to]), [['db', 'Healthy', 'Warning']]);
  model.take(health(2, 'Healthy', { api: 'Healthy' }, {}, { source: 'eu' }));
  model.take(health(3, 'Healthy', { api: 'Healthy' }, {}, { source: 'us' }));
  assert.equal(model.reporters.size, 3);
  assert.equal(model.isSilent(model.reporters.get('eu'), kNow + 3600_000), true);
  assert.equal(model.isSilent(model.reporters.get('eu'), kNow + 60_000), false);
});

test('holes in a metric are holes in its line, and other series\' times are not', () => {
  const store = new SeriesStore();
  const put = (seconds, value, route) => store.take({ event_type: 'MetricUpdate', timestamp: at(seconds), data: { metric_name: 'm', metric_type: 'gauge', value, labels: { route } } });
  for (const seconds of [0, 1, 2, 3, 60, 61, 62]) {
    put(seconds, seconds, '/a');
  }
  for (let seconds = 0; seconds < 63; seconds += 3) {
    put(seconds, 1, '/b');
  }
  const metric = store.metrics.get('m');
  const [times, a, b] = store.columns(metric, [...metric.series.values()], kNow / 1000 - 10);
  const valueAt = (column, seconds) => column[times.indexOf(kNow / 1000 + seconds)];
  assert.equal(valueAt(a, 3), 3);
  assert.equal(valueAt(a, 4), null);
  assert.equal(valueAt(a, 30), undefined);
  assert.equal(a.filter((one) => one === null).length, 1);
  assert.ok(!b.includes(null));
});

test('of each series one value a second goes on, the latest, and none is kept for ever', () => {
  const thinner = new MetricThinner();
  const value = (ms, labels) => ({ timestamp: new Date(kNow + ms).toISOString(), data: { metric_name: 'm', value: ms, labels } });
  assert.equal(thinner.admits(value(0, { a: 1 })), true);
  assert.equal(thinner.admits(value(100, { a: 1 })), false);
  assert.equal(thinner.admits(value(100, { a: 2 })), true);
  assert.equal(thinner.admits(value(200, { a: 1 })), false);
  assert.deepEqual(thinner.due(kNow + 500), []);
  assert.deepEqual(thinner.due(kNow + 1500).map((event) => event.data.value), [200]);
  assert.deepEqual(thinner.due(kNow + 5000), []);
});

const log = (i, level = 'INFO') => ({ event_type: 'LogEntry', timestamp: at(i), data: { level, message: `line ${i}`, component: 'c', ...(i % 2 ? { task_id: `t${i}` } : {}) }, metadata: {}, id: `0badcafe:${i}` });

test('the log keeps the latest entries as they came, with their volume by second', () => {
  const buffer = new LogBuffer(10);
  for (let i = 0; i < 25; i++) {
    buffer.push(log(i, i === 20 ? 'ERROR' : 'INFO'));
  }
  assert.deepEqual([buffer.length, buffer.dropped, buffer.total], [10, 15, 25]);
  assert.deepEqual(buffer.at(0).data, log(15).data);
  assert.equal(buffer.at(9).id, '0badcafe:24');
  assert.deepEqual([buffer.indexOfId('0badcafe:16'), buffer.indexOfId('0badcafe:3')], [1, -1]);
  assert.equal(buffer.indexOfTime(Date.parse(at(18))), 3);
  assert.deepEqual([...buffer.volume.values()].map(([all]) => all), Array(10).fill(1));
  assert.deepEqual(buffer.volume.get(Date.parse(at(20)) / 1000), [1, 0, 1]);
  const gap = { gap: { reason: 'lapped', missed: 3 }, timestamp: at(25) };
  buffer.push(gap);
  assert.deepEqual(buffer.at(9), gap);
});

test('a log that may grow keeps what it has, in order', () => {
  const buffer = new LogBuffer(10);
  for (let i = 0; i < 13; i++) {
    buffer.push(log(i));
  }
  buffer.grow(20);
  for (let i = 13; i < 25; i++) {
    buffer.push(log(i));
  }
  assert.deepEqual([buffer.length, buffer.dropped, buffer.at(0).data.message, buffer.at(19).data.message], [20, 5, 'line 5', 'line 24']);
});

test('a paused log is what it was, while the entries behind it go on', () => {
  const buffer = new LogBuffer(10);
  for (let i = 0; i < 8; i++) {
    buffer.push(log(i));
  }
  const frozen = new FrozenLog(buffer);
  for (let i = 8; i < 13; i++) {
    buffer.push(log(i));
  }
  assert.deepEqual([frozen.length, frozen.dropped, frozen.behind], [5, 3, 5]);
  assert.deepEqual([frozen.at(0).data.message, frozen.at(4).data.message], ['line 3', 'line 7']);
});

test('ids that have come are known, over epochs and within bounds', () => {
  const seen = new SeenIds();
  assert.deepEqual([seen.add('0badcafe:7'), seen.add('0badcafe:7'), seen.add('0badcafe:8'), seen.add(undefined), seen.add(undefined)], [true, false, true, true, true]);
  assert.equal(seen.add('0badcaff:7'), true);
  assert.equal(seen.add('0badcaff:9000000000000'), true);
  assert.equal(seen.add('0badcaff:9000000000000'), false);
  assert.deepEqual(['18446744073709551615', '18446744073709551614', '18446744073709551615'].map((n) => seen.add(`0badcaff:${n}`)), [true, true, false]);
});
