// Rows of different heights: their sums against a plain loop, and the lines that a message takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../dashboard/log_wrap.js';
import { RowHeights } from '../../../dashboard/row_heights.js';
import { randomOf } from '../../support/load.js';

test('sums and places are those of a plain loop, whatever is added and dropped', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`# SEED=${seed}`);
  const random = randomOf(seed);
  let rows = [];
  let asked = 0;
  const heights = new RowHeights((index) => {
    asked++;
    return rows[index];
  });
  for (let turn = 0; turn < 60; turn++) {
    const added = Math.floor(random() * 900);
    const dropped = Math.floor(random() * Math.min(rows.length, turn < 20 ? 0 : 1200));
    rows = [...rows.slice(dropped), ...Array.from({ length: added }, () => 24 + 20 * Math.floor(random() * 5))];
    heights.resize(rows.length, dropped);
    const tops = [0];
    rows.forEach((height, i) => tops.push(tops[i] + height));
    for (const index of [0, rows.length, Math.floor(random() * rows.length), Math.floor(random() * rows.length)]) {
      assert.equal(heights.before(index), tops[index]);
    }
    const total = tops[rows.length];
    for (const y of [0, total - 1, Math.floor(random() * total)]) {
      assert.equal(heights.find(y), total > 0 ? tops.findLastIndex((top, i) => i < rows.length && top <= y) : 0);
    }
    assert.equal(heights.find(total), rows.length);
  }
  heights.before(rows.length);
  asked = 0;
  heights.before(rows.length);
  assert.ok(asked < 600, `${asked} heights were asked for again`);
  rows = rows.slice(0, 10).map((height) => height + 1);
  heights.resize(rows.length, 0); // another list
  assert.equal(heights.before(10), rows.reduce((sum, height) => sum + height));
});

test('a message takes the lines that its characters need', () => {
  assert.deepEqual(['', undefined, 'x'.repeat(80), 'x'.repeat(81), 'x'.repeat(100_000), '\u001b[31mred\u001b[0m', '\u6f22'.repeat(41)].map((message) => linesOf(message, 80)), [1, 1, 1, 2, 12, 1, 2]);
  assert.equal(linesOf(`${'x'.repeat(70)}\nmore`, 80), 2); // and how many lines follow
});
