// The parts that stand alone: backoff, close codes, filters in a URL, ids.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { backoffDelay } from '../../src/backoff.js';
import { adviceFor, knownCloseCodes, textFor } from '../../src/close_codes.js';
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

test('the close codes say what the server\'s table says', async () => {
  const table = await readFile(new URL('../../../core/proto/close_code.cpp', import.meta.url), 'utf8');
  const header = await readFile(new URL('../../../core/proto/close_code.hpp', import.meta.url), 'utf8');
  const number = new Map([...header.matchAll(/(k\w+) = (\d{4}),/g)].map(([, name, code]) => [name, Number(code)]));
  const rows = [...table.matchAll(/\{CloseCode::(k\w+), "[^"]*", ClientAdvice::k(Retry|RefreshToken|Stop)\}/g)];
  assert.ok(rows.length >= 10);
  for (const [, name, advice] of rows) {
    const code = number.get(name);
    assert.ok(knownCloseCodes().includes(code), name);
    assert.equal(adviceFor(code).replace('-later', ''), { Retry: 'retry', RefreshToken: 'refresh', Stop: 'stop' }[advice], name);
    assert.ok(textFor(code).length > 0);
  }
  assert.equal(adviceFor(4777), 'retry');
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
