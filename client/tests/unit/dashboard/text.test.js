// Text of the dashboard: terminal colours, searches, addresses, the filters of the events view, states in words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasControls, plain, runsOf } from '../../../dashboard/ansi.js';
import { conditionsOf, curlCommandOf, eventQuery, matchesEvent, subscribeMessageOf, tailCommandOf } from '../../../dashboard/event_query.js';
import { ago, clock, fieldTime, fullTime, setStampForm, setZone, stamp, timeOfField } from '../../../dashboard/format.js';
import { filtersOf, timeOf } from '../../../dashboard/log_query.js';
import { matchesOf } from '../../../dashboard/rich_text.js';
import { hrefOf, parseRoute } from '../../../dashboard/route.js';
import { setSkew } from '../../../dashboard/server_clock.js';
import { statusOf } from '../../../dashboard/status.js';

const kEsc = '\u001b';

test('terminal colours become classes, other control sequences go away', () => {
  assert.deepEqual(runsOf(`a${kEsc}[1;33mWARN${kEsc}[0m b`), [{ text: 'a', classes: '' }, { text: 'WARN', classes: 'ansi-yellow ansi-bold' }, { text: ' b', classes: '' }]);
  assert.deepEqual(runsOf(`${kEsc}[38;5;9mx${kEsc}[48;2;1;2;3my${kEsc}[39;49mz`).map(({ classes }) => classes), ['ansi-bright-red', 'ansi-bright-red', '']);
  assert.deepEqual(runsOf(`${kEsc}[7;31mx`)[0].classes, 'ansi-inverse ansi-on-red');
  for (const text of [`${kEsc}]0;title\u0007x`, `${kEsc}[2Jx`, `${kEsc}[?25lx`, `${kEsc}(Bx`, `x${kEsc}`, `\u009b31mx`, `x\u0000\b\r`, `${kEsc}]8;;http://evil${kEsc}\\x`]) {
    assert.equal(plain(text), 'x', JSON.stringify(text));
    assert.equal(hasControls(text), true);
  }
  assert.equal(plain('tab\tand\nline, ä€😀, <b>'), 'tab\tand\nline, ä€😀, <b>');
  assert.equal(hasControls('plain <b>'), false);
});

test('matches are found as text or as an expression, and a bad expression finds nothing', () => {
  assert.deepEqual(matchesOf('a.b A.B', { text: 'a.b', regex: false }), [[0, 3], [4, 7]]);
  assert.deepEqual(matchesOf('axb a.b', { text: 'a.b', regex: true }), [[0, 3], [4, 7]]);
  assert.deepEqual(matchesOf('x', { text: '(', regex: true }), []);
  assert.deepEqual(matchesOf('x', { text: 'z*', regex: true }), []);
  assert.deepEqual(matchesOf('x', null), []);
});

test('addresses are read as they are written', () => {
  const href = hrefOf('run', ['task', 'a/b ?&#%'], { level: 'ERROR', search: 'x y', empty: '', none: null });
  const { view, path, query } = parseRoute(href);
  assert.deepEqual([view, path, query.get('level'), query.get('search'), query.has('empty')], ['run', ['task', 'a/b ?&#%'], 'ERROR', 'x y', false]);
  for (const [hash, wanted] of [['', 'overview'], ['#logs', 'logs'], ['#main', 'overview'], ['#%E0%A4%A', 'overview'], ['#events?types=A', 'events']]) {
    assert.equal(parseRoute(hash).view, wanted, hash);
  }
});

test('the choices of the log view are filters of the server; a highlight is none', () => {
  const none = { level: '', component: '', search: '', regex: false, mark: false, at: '', line: '', task: '' };
  assert.deepEqual(filtersOf(none), {});
  assert.deepEqual(filtersOf({ ...none, level: 'WARN', component: 'a, b', search: ' x ', task: 't' }), { min_level: 'WARN', component: ['a', 'b'], task_id: 't', search: 'x' });
  assert.deepEqual(filtersOf({ ...none, search: 'x.y', regex: true }), { search: { regex: 'x.y' } });
  assert.deepEqual(filtersOf({ ...none, search: 'x', mark: true }), {});
  assert.equal(timeOf('-15m', 1_000_000), 100_000);
  assert.equal(timeOf('2026-01-01T00:00:00Z', 0), Date.parse('2026-01-01T00:00:00Z'));
  assert.ok(Number.isNaN(timeOf('soon', 0)));
});

test('the events view filters by the rules of the server, and writes the same for it, for tail and for curl', () => {
  const query = eventQuery(new URLSearchParams({ types: 'Deployed,LogEntry', where: 'status=Failed,Running labels.host="web 1" data.n=3', search: "it's" }));
  assert.deepEqual(query.conditions, [['status', 'Failed,Running'], ['labels.host', 'web 1'], ['data.n', '3']]);
  const event = { event_type: 'Deployed', data: { status: 'Failed', n: 3, text: "IT'S" }, metadata: { labels: { host: 'web 1' } } };
  assert.equal(matchesEvent(event, query), true);
  for (const other of [{ ...event, event_type: 'X' }, { ...event, data: { ...event.data, status: 'failed' } }, { ...event, metadata: {} }, { ...event, data: { ...event.data, text: '' } }]) {
    assert.equal(matchesEvent(other, query), false);
  }
  assert.deepEqual(subscribeMessageOf(query), { type: 'subscribe', events: ['Deployed', 'LogEntry'], filters: { status: ['Failed', 'Running'], 'labels.host': 'web 1', 'data.n': '3', search: "it's" } });
  assert.equal(tailCommandOf(query), `ringside tail --events Deployed,LogEntry --filter status=Failed,Running --filter 'labels.host=web 1' --filter data.n=3 --filter 'search=it'\\''s'`);
  assert.match(curlCommandOf(query, 'ws://h:1'), /^curl .*'ws:\/\/h:1\/ws\?events=Deployed%2CLogEntry&filter\.status=Failed%2CRunning&filter\.labels\.host=web%201&filter\.data\.n=3&filter\.search=it's'$|/);
  assert.deepEqual(conditionsOf('constructor=x =y z='), [['constructor', 'x']]);
  assert.equal(matchesEvent(event, { types: [], conditions: [['constructor.name', 'Object']], search: '' }), false);
});

test('times are shown in the zone chosen, ages by the server\'s clock', () => {
  setZone('utc');
  const time = Date.parse('2026-01-02T03:04:05.678Z');
  assert.deepEqual([clock(time), fullTime(time), fieldTime(time), timeOfField('2026-01-02T03:04:05')], ['03:04:05.678', '2026-01-02 03:04:05.678 UTC', '2026-01-02T03:04:05', time - 678]);
  setStampForm('date');
  assert.equal(stamp(time), '2026-01-02 03:04:05.678');
  setStampForm('time');
  assert.equal(stamp(time), '03:04:05.678');
  setZone('local');
  assert.equal(timeOfField(fieldTime(time)), time - 678);
  setSkew(-2 * 3_600_000);
  assert.equal(ago(Date.now() - 2 * 3_600_000 - 90_000), '1 min 30 s ago');
  setStampForm('age');
  assert.equal(stamp(Date.now() - 2 * 3_600_000 - 90_000), '1 min 30 s ago');
  setStampForm('time');
  setSkew(0);
  assert.equal(ago(Date.now() + 3 * 3_600_000), 'in 3 h 0 min');
});

test('each state of the connection has its own words, and none that is not live is green', () => {
  const hub = { state: 'open', tokenState: 'ok', catchUp: null, lag: 0, lostAt: 0, retryAt: 0, reason: 'r', code: 0 };
  const now = Date.now();
  const states = {
    live: statusOf(hub, { now }), paused: statusOf(hub, { now, pausedAt: now - 600_000 }), behind: statusOf({ ...hub, lag: 60_000 }, { now }), catching: statusOf({ ...hub, catchUp: { at: '', percent: 3 } }, { now }),
    signin: statusOf({ ...hub, tokenState: 'expired' }, { now }), connecting: statusOf({ ...hub, state: 'connecting' }, { now }), offline: statusOf({ ...hub, state: 'waiting', lostAt: now, retryAt: now + 5000 }, { now }),
    refused: statusOf({ ...hub, state: 'waiting', code: 4009, reason: 'too many connections' }, { now }), stopped: statusOf({ ...hub, state: 'stopped' }, { now }),
  };
  assert.equal(new Set(Object.values(states).map(({ word }) => word)).size, Object.keys(states).length);
  assert.deepEqual(Object.entries(states).filter(([, { tone }]) => tone === 'ok').map(([name]) => name), ['live']);
  assert.match(states.paused.word, /^Paused at \d\d:\d\d:\d\d$/);
  assert.match(states.offline.word, /^Offline since \d\d:\d\d:\d\d, again in [45] s$/);
  assert.deepEqual([states.offline.canRetry, states.offline.isStale, states.connecting.isLoading], [true, true, true]);
});
