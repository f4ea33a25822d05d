// The vendored files are those that the pinned npm packages hold.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const hash = async (path) => createHash('sha256').update(await readFile(new URL(`../../${path}`, import.meta.url))).digest('hex');

for (const [ours, theirs] of [
  ['vendor/uplot/uPlot.esm.js', 'node_modules/uplot/dist/uPlot.esm.js'],
  ['vendor/uplot/uPlot.min.css', 'node_modules/uplot/dist/uPlot.min.css'],
  ['vendor/uplot/LICENSE', 'node_modules/uplot/LICENSE'],
  ['vendor/uplot/uPlot.esm.d.ts', 'node_modules/uplot/dist/uPlot.d.ts'],
  ...['inter', 'jetbrains-mono'].flatMap((font) => [
    [`vendor/fonts/${font}-latin-wght-normal.woff2`, `node_modules/@fontsource-variable/${font}/files/${font}-latin-wght-normal.woff2`],
    [`vendor/fonts/${font}.LICENSE`, `node_modules/@fontsource-variable/${font}/LICENSE`],
  ]),
]) {
  test(`${ours} is the one of the npm package`, async () => {
    assert.equal(await hash(ours), await hash(theirs));
  });
}
