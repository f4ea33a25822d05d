// The parts that stand alone: backoff, close codes, filters in a URL, ids.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { backoffDelay } from '../../src/backoff.js';
import { adviceFor, knownCloseCodes, textFor } from '../../src/close_codes.js';
import { adviceForRefusal } from '../../src/node/refusal.js';
import { parseEventId } from '../../src/event_id.js';
import { fitInQuery, queryOfFilters } from '../../src/filters.js';

test('waits are drawn from zero to a ceiling that doubles up to the most', () => {
  const ceilings = (longer) =>
    [0, 1, 2, 3, 50].map((n) => backoffDelay(n, { reconnectInterval: 5000, maxReconnectInterval: 30000, random: () => 1 }, longer));
  assert.deepEqual(ceilings(false), [5000, 10000, 20000, 30000, 30000]);
  assert.deepEqual(ceilings(true), [20000, 30000, 30000, 30000, 30000]);
  const options = { reconnectInterval: 5000, maxReconnectInterval: 30000, random: () => 0 };
  assert.equal(backoffDelay(3, options), 0);
  assert.equal(backoffDelay(0, options, true), 10000);
});

test('a reconnectInterval above the most is kept', () => {
  assert.equal(backoffDelay(0, { reconnectInterval: 90000, maxReconnectInterval: 60000, random: () => 1 }), 90000);
});

test('what is generated from the tables and schemas is current', () => {
  execFileSync(process.execPath, ['script/generate.js', '--check'], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  assert.equal(adviceFor(4009), 'retry-later');
  assert.equal(adviceFor(4777), 'retry');
  assert.ok(knownCloseCodes().every((code) => textFor(code).length > 0));
});

test('the API page says what the comments of the sources say', () => {
  execFileSync(process.execPath, ['script/reference.js', '--check'], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
});

test('a refused upgrade is treated by the name that the server gives it, or else by its status', () => {
  assert.equal(adviceForRefusal(503, 'too_many_connections'), 'retry-later');
  assert.equal(adviceForRefusal(400, 'bad_filter'), 'stop');
  assert.equal(adviceForRefusal(401), 'refresh');
  assert.equal(adviceForRefusal(404), 'retry');
  assert.equal(adviceForRefusal(404, 'not_found'), 'stop');
  assert.equal(adviceForRefusal(503, 'constructor'), 'retry-later');
});

test('filters have a form for URLs, or say that they have none', () => {
  assert.deepEqual(queryOfFilters({ status: ['a', 'b'], n: 3, search: { regex: 'x,y' } }), [
    ['filter.status', 'a,b'], ['filter.n', '3'], ['filter.search.regex', 'x,y'],
  ]);
  assert.equal(fitInQuery({ status: ['a', 'b'], search: { regex: 'x,y' } }), true);
  assert.equal(fitInQuery({ status: 'a,b' }), false);
});

test('ids are epoch and sequence', () => {
  assert.deepEqual(parseEventId('5f3a9c1e:184467'), { epoch: '5f3a9c1e', seq: 184467 });
  for (const bad of ['', '5f3a9c1e', 'xyz:1', null, 7, '5f3a9c1e:-1']) {
    assert.equal(parseEventId(bad), null);
  }
});
