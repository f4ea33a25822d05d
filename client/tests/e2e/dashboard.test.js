// The dashboard in Chromium, on the real server: what is written to the Unix socket is seen in the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { log, messagesOf, startDashboard, task } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, open, close } = await startDashboard();
const now = () => new Date().toISOString();
const logOf = (task_id, message, level = 'INFO') => ({ ...log(message, level), data: { level, message, component: 'e2e', task_id } });

test('events of every kind change the page', async () => {
  const page = await open();
  await stack.send([
    task('deploy_web', { progress: 45.5 }),
    { event_type: 'WorkflowProgressUpdate', timestamp: now(), data: { workflow_id: 'w1', name: 'cluster_rollout', progress: 75, current_step: 'Installing CNI', total_steps: 8, completed_steps: 6, estimated_time_remaining: 600 }, metadata: { infra: 'production' } },
    { event_type: 'BatchOperationUpdate', timestamp: now(), data: { batch_id: 'b1', name: 'nightly', status: 'Running', progress: 65, operations: [{ id: 'op_one', status: 'Completed', progress: 100 }, { id: 'op_two', status: 'Failed', progress: 30 }] }, metadata: {} },
    { event_type: 'SystemHealthUpdate', timestamp: now(), data: { overall_status: 'Warning', components: { storage: { status: 'Healthy', last_check: now() }, queue: { status: 'Warning', last_check: now(), message: 'High memory usage' } }, metrics: { cpu_usage: 45.2, memory_usage: 2048, disk_usage: 75.5, active_workflows: 5 } }, metadata: {} },
    log('disk almost full', 'WARN'),
    log('all fine'),
  ]);
  const row = page.locator('rs-tasks tr', { hasText: 'deploy_web' });
  await row.locator('.percent', { hasText: '46 %' }).waitFor();
  const flow = page.locator('rs-workflows li', { hasText: 'cluster_rollout' });
  await flow.locator('.step', { hasText: 'Installing CNI' }).waitFor();
  await flow.getByText('step 7 of 8').waitFor();
  await flow.getByText(/9 min \d+ s left|10 min left/).waitFor();
  assert.equal(await flow.locator('.steps .meter').count(), 8);
  const batch = page.locator('rs-batches li.item', { hasText: 'nightly' });
  await batch.getByText('1 of 2 done · 1 failed').waitFor();
  await batch.locator('.operation', { hasText: 'op_two' }).getByText('Failed').waitFor();
  await page.locator('rs-health li', { hasText: 'queue' }).getByText('High memory usage').waitFor();
  await page.locator('[data-stat="cpu"]', { hasText: '45 %' }).waitFor();
  await page.locator('rs-recent-logs li', { hasText: 'disk almost full' }).waitFor();
  assert.equal(await page.locator('rs-recent-logs li', { hasText: 'all fine' }).count(), 0);
  await stack.send([task('deploy_web', { status: 'Completed', progress: 100 })]);
  await row.getByText('Completed').waitFor();
  await close(page);
});

test('a page that is opened later knows what happened before', async () => {
  await stack.send([task('earlier_task', { status: 'Failed' })]);
  const page = await open();
  await page.locator('rs-tasks tr', { hasText: 'earlier_task' }).getByText('Failed').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.locator('rs-tasks tr', { hasText: 'earlier_task' }).waitFor({ state: 'detached' });
  await close(page);
});

test('metrics become charts, with history', async () => {
  const value = (metric_name, number, labels) => ({ event_type: 'MetricUpdate', timestamp: now(), data: { metric_name, metric_type: 'gauge', value: number, labels }, metadata: { unit: 'ms' } });
  await stack.send([value('latency', 12, { route: '/a' }), value('latency', 30, { route: '/b' })]);
  const page = await open('metrics');
  const chart = page.locator('.chart[data-metric="latency"]');
  await chart.locator('.legend', { hasText: '/b30 ms' }).waitFor();
  assert.equal(await chart.locator('canvas').count(), 1);
  await stack.send([value('latency', 44, { route: '/a' }), value('other', 1, {})]);
  await chart.locator('.legend', { hasText: '/a44 ms' }).waitFor();
  await page.locator('.chart[data-metric="other"]').waitFor();
  await page.getByLabel('Find a metric or label').fill('laten');
  await page.locator('.chart[data-metric="other"]').waitFor({ state: 'hidden' });
  await close(page);
});

test('metrics keep their names, no two lines of a chart look alike, and a hole is a hole', async () => {
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const value = (series, minutes) => ({ event_type: 'MetricUpdate', timestamp: at(minutes), data: { metric_name: 'app_metric_0', metric_type: 'gauge', value: series, labels: { series: `s${series}` } }, metadata: {} });
  const times = [9, 8.9, 8.8, 2, 1.9, 1.8]; // in minutes, with a hole
  await stack.send(times.flatMap((minutes) => Array.from({ length: 20 }, (_, i) => value(i, minutes))));
  const page = await open('metrics');
  const chart = page.locator('.chart[data-metric="app_metric_0"]');
  await chart.locator('canvas').waitFor();
  await page.getByLabel('Lines in a chart').selectOption('20');
  assert.equal(await chart.locator('h2').textContent(), 'app_metric_0');
  const lines = await waitFor(() => chart.evaluate((element) => {
    const drawn = element.chart?.plot?.series?.slice(1) ?? [];
    return drawn.length >= 20 ? drawn.map(({ stroke, dash, spanGaps }) => ({ look: `${typeof stroke === 'function' ? stroke() : stroke} ${dash}`, spanGaps })) : null;
  }), 'the lines');
  assert.equal(new Set(lines.map(({ look }) => look)).size, lines.length);
  assert.ok(lines.every(({ spanGaps }) => spanGaps === false));
  await close(page);
});

test('metrics of a time before the shared history come from the server', async () => {
  const hourAgo = Date.now() - 55 * 60_000;
  const at = (seconds) => new Date(hourAgo + seconds * 1000).toISOString();
  const page = await open('metrics');
  await page.locator('.chart[data-metric="latency"]').waitFor();
  // The server that this test has just started has no history of that age: its page is made up, the next one is not.
  await page.route(/\/metrics\?/, (route) => route.fulfill({ json: { events: Array.from({ length: 30 }, (_, i) => ({ event_type: 'MetricUpdate', timestamp: at(i * 2), data: { metric_name: 'of_the_past', metric_type: 'gauge', value: i, labels: {} } })), next: null } }));
  await page.evaluate(([from, to]) => (location.hash = `#metrics?from=${from}&to=${to}`), [at(-60), at(120)]);
  const chart = page.locator('.chart[data-metric="of_the_past"]');
  await chart.locator('.now', { hasText: '29' }).waitFor();
  await page.unroute(/\/metrics\?/);
  await page.evaluate(() => (location.hash = '#metrics?from=-58m'));
  await page.locator('.chart[data-metric="latency"] .legend', { hasText: '/a' }).waitFor();
  await chart.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Reset view' }).click();
  await page.locator('.chart[data-metric="latency"] canvas').waitFor();
  await page.evaluate(() => (location.hash = '#metrics?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z'));
  await page.getByText('No metrics of that time').waitFor();
  await close(page);
});

test('charts are zoomed and read with keys', async () => {
  const page = await open('metrics');
  await page.locator('.chart[data-metric="latency"] canvas').waitFor();
  const span = () => page.evaluate(() => {
    const query = new URLSearchParams(location.hash.split('?')[1]);
    return [query.get('from'), query.get('to')].map((one) => Date.parse(one));
  });
  await page.getByRole('button', { name: 'Zoom in' }).press('Enter');
  const [from, to] = await span();
  assert.ok(Math.abs(to - from - 300_000) < 1000, String(to - from));
  await page.getByRole('button', { name: 'Earlier' }).press('Enter');
  assert.deepEqual((await span()).map((one, i) => Math.round((one - [from, to][i]) / 1000)), [-150, -150]);
  await page.getByRole('button', { name: 'Later' }).press('Enter');
  await page.getByRole('button', { name: 'Zoom out' }).press('Enter');
  const [wider, end] = await span();
  assert.ok(Math.abs(end - wider - 600_000) < 2000, String(end - wider));
  await page.getByRole('button', { name: 'Reset view' }).press('Enter');
  const plot = page.locator('.chart[data-metric="latency"] .plot');
  await plot.press('ArrowLeft');
  await page.locator('.chart[data-metric="latency"] .legend', { hasText: /\d\d:\d\d:\d\d/ }).waitFor();
  await plot.press('Escape');
  await page.locator('.chart[data-metric="latency"] .legend', { hasText: /\d\d:\d\d:\d\d/ }).waitFor({ state: 'detached' });
  await close(page);
});

test('filters of the log table run on the server', async () => {
  await stack.send([log('filter alpha one', 'INFO', 'api'), log('filter beta two', 'ERROR', 'db'), log('filter alpha three', 'ERROR', 'api')]);
  const page = await open('logs');
  const frames = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => frames.push(String(payload))));
  const shown = async (wanted) => {
    await waitFor(async () => JSON.stringify((await messagesOf(page)).filter((one) => one.startsWith('filter'))) === JSON.stringify(wanted), `${wanted}; is ${await messagesOf(page)}`);
    assert.deepEqual((await messagesOf(page)).filter((one) => !one.startsWith('filter') && !/disk|fine/.test(one)), []);
  };
  await shown(['filter alpha one', 'filter beta two', 'filter alpha three']);
  await page.getByRole('button', { name: 'Error', exact: true }).click();
  await shown(['filter beta two', 'filter alpha three']);
  await page.getByLabel('Component').fill('api');
  await shown(['filter alpha three']);
  await page.locator('rs-logs').getByRole('button', { name: 'All', exact: true }).click();
  await shown(['filter alpha one', 'filter alpha three']);
  await page.getByLabel('Search messages and fields').fill('ONE');
  await shown(['filter alpha one']);
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await page.getByLabel('Search messages and fields').fill('alpha (one|three)$');
  await shown(['filter alpha one', 'filter alpha three']);
  await stack.send([log('filter alpha three', 'WARN', 'api'), log('filter gamma', 'WARN', 'api')]);
  await shown(['filter alpha one', 'filter alpha three', 'filter alpha three']);
  await page.getByLabel('Search messages and fields').fill('(');
  await page.locator('#log-problem').waitFor();
  await page.getByLabel('Search messages and fields').fill('gamma');
  await shown(['filter gamma']);
  await close(page);
});

test('pause stops the table, resume shows what came meanwhile', async () => {
  const page = await open('logs');
  await stack.send([log('before the pause')]);
  await waitFor(async () => (await messagesOf(page)).includes('before the pause'), 'the entry before');
  await page.click('#log-pause');
  await page.locator('.travel', { hasText: 'at the end' }).waitFor();
  await stack.send([log('during 1'), log('during 2')]);
  await page.locator('.travel', { hasText: '2 events behind' }).waitFor();
  assert.ok(!(await messagesOf(page)).includes('during 1'));
  await page.getByRole('button', { name: 'Back to live' }).click();
  await waitFor(async () => (await messagesOf(page)).slice(-2).join() === 'during 1,during 2', 'what came meanwhile');
  await close(page);
});

test('time travel goes back to what was shown before, and on from there', async () => {
  const old = Array.from({ length: 150 }, (_, i) => log(`travel ${i}`));
  await stack.send(old);
  const page = await open('logs');
  await page.getByLabel('Search messages and fields').fill('travel');
  await waitFor(async () => (await messagesOf(page)).length === 150, 'the history');
  await page.click('#log-pause');
  await page.locator('.travel').waitFor();
  await page.getByRole('button', { name: '−10 min' }).click();
  await waitFor(async () => (await messagesOf(page)).length === 100, 'the first hundred');
  assert.deepEqual((await messagesOf(page)).slice(0, 2), ['travel 0', 'travel 1']);
  await page.getByRole('button', { name: 'Next 100' }).click();
  await waitFor(async () => (await messagesOf(page)).length === 150, 'the rest');
  await page.getByRole('button', { name: 'Back to live' }).click();
  await stack.send([log('travel live')]);
  await waitFor(async () => (await messagesOf(page)).at(-1) === 'travel live', 'the live entry');
  assert.equal((await messagesOf(page)).length, 151);
  await close(page);
});

test('the page of a task is its status, its history and its log, and follows', async () => {
  await stack.send([task('traced', { status: 'Pending' }), task('traced', { status: 'Running', progress: 10 }), task('not_this', {}), logOf('traced', 'first line')]);
  const page = await open();
  await page.locator('rs-tasks').getByRole('link', { name: 'traced' }).click();
  const lines = page.locator('rs-run .run-history li');
  await lines.nth(1).waitFor();
  await page.locator('rs-run .run-log li', { hasText: 'first line' }).waitFor();
  await stack.send([task('traced', { status: 'Completed', progress: 100 }), logOf('traced', 'last line')]);
  await lines.nth(2).waitFor();
  assert.equal(await lines.count(), 3);
  await page.locator('rs-run .run-title .status', { hasText: 'Completed' }).waitFor();
  await page.locator('rs-run .run-log li', { hasText: 'last line' }).waitFor();
  await close(page);
});

test('a log message that is a script does nothing', async () => {
  const evil = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>';
  await stack.send([log(evil, 'ERROR', evil), task(evil, { name: evil, status: evil }),
    { event_type: 'WorkflowProgressUpdate', timestamp: now(), data: { workflow_id: evil, name: evil, progress: 5, current_step: evil, total_steps: 2, completed_steps: 0 }, metadata: { infra: evil } }]);
  const page = await open();
  await page.locator('rs-recent-logs li', { hasText: 'onerror' }).first().waitFor();
  await page.locator('rs-tasks tr', { hasText: 'onerror' }).waitFor();
  await page.click('.tabs a[data-tab="logs"]');
  await page.locator('.row .message', { hasText: 'onerror' }).first().click();
  await page.locator('.log-detail', { hasText: 'onerror' }).waitFor();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll('main img, main script').length), 0);
  await close(page);
});

test('a viewer sees neither logs nor health, and is told so', async () => {
  const page = await open('overview', { role: 'viewer', user: 'vera' });
  await stack.send([task('for_everyone', {}), log('not for viewers', 'ERROR')]);
  await page.locator('rs-tasks tr', { hasText: 'for_everyone' }).waitFor();
  await page.locator('rs-health').getByText('Not part of your role').waitFor();
  await page.locator('rs-recent-logs').getByText('Not part of your role').waitFor();
  await page.click('.tabs a[data-tab="logs"]');
  await page.locator('rs-logs').getByText('Not part of your role').waitFor();
  assert.equal(await page.getByText('not for viewers').count(), 0);
  assert.equal(await page.locator('rs-health li').count(), 0);
  await page.click('#connection');
  await page.locator('#connection-details', { hasText: 'vera' }).waitFor();
  await close(page);
});
