// The vendored uPlot is the file that the pinned npm package holds.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const hash = async (path) => createHash('sha256').update(await readFile(new URL(`../../${path}`, import.meta.url))).digest('hex');

for (const [ours, theirs] of [
  ['vendor/uplot/uPlot.esm.js', 'node_modules/uplot/dist/uPlot.esm.js'],
  ['vendor/uplot/uPlot.min.css', 'node_modules/uplot/dist/uPlot.min.css'],
  ['vendor/uplot/LICENSE', 'node_modules/uplot/LICENSE'],
]) {
  test(`${ours} is the one of the npm package`, async () => {
    assert.equal(await hash(ours), await hash(theirs));
  });
}
