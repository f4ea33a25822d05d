// The addresses that docs/dashboard.md lists: each shows its view, as it is written, and stays as it is.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { log, startDashboard, task } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const guide = await readFile(new URL('../../../docs/dashboard.md', import.meta.url), 'utf8');
const addresses = [...guide.matchAll(/^\| (`#[^|]+) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(#[^`]+)`/g)].map(([, address]) => address));

const { stack, open, close } = await startDashboard();
const timestamp = new Date().toISOString();
await stack.send([
  task('a', { name: 'web', status: 'Failed' }), { event_type: 'WorkflowProgressUpdate', timestamp, data: { workflow_id: 'a', progress: 5 } }, { event_type: 'BatchOperationUpdate', timestamp, data: { batch_id: 'a', status: 'Running' } },
  log('a timeout', 'WARN', 'api'), { event_type: 'Deployed', timestamp, data: { status: 'Failed', region: 'eu' } }, { event_type: 'MetricUpdate', timestamp, data: { metric_name: 'cpu', metric_type: 'gauge', value: 3, labels: {} } },
]);

/** What each view shows of the events above. @type {Record<string, (page: any) => Promise<void>>} */
const kShown = {
  overview: (page) => page.locator('rs-tasks tbody tr', { hasText: 'web' }).waitFor(),
  run: (page) => page.locator('rs-run .gantt li').first().waitFor(),
  logs: (page) => page.locator('rs-logs .row', { hasText: 'a timeout' }).waitFor(),
  events: (page) => page.locator('rs-events .event-row', { hasText: 'eu' }).waitFor(),
  metrics: (page) => page.locator('.chart[data-metric="cpu"] canvas').waitFor(),
};

test('docs/dashboard.md lists addresses of every view', () => {
  assert.deepEqual([...new Set(addresses.map((address) => /^#(\w+)/.exec(address)[1]))].sort(), Object.keys(kShown).sort());
});

for (const address of addresses) {
  test(`${address} shows what it says`, async () => {
    const page = await open();
    // A time of the example is none of these events': the view goes there all the same.
    const isElsewhere = /at=2026/.test(address);
    const hash = address.replace('/ID', '/a').replace('&line=ID', '');
    await page.evaluate((to) => (location.hash = to), hash);
    const [, view] = /^#(\w+)/.exec(hash);
    await page.waitForSelector(`body[data-view="${view}"]`);
    if (isElsewhere) {
      await page.locator('rs-logs .travel').waitFor();
    } else {
      await kShown[view](page);
    }
    await waitFor(async () => (await page.evaluate(() => location.hash)) === hash || isElsewhere, 'the address as it was');
    await page.reload();
    await page.waitForSelector(`body[data-view="${view}"]`);
    await close(page);
  });
}
