// Runs: failures first, with their words and errors; found, filtered and opened; the page of one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { log, startDashboard, task } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, open, close } = await startDashboard();
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const flow = (id, data, timestamp = ago(0)) => ({ event_type: 'WorkflowProgressUpdate', timestamp, data: { workflow_id: id, name: id, progress: 10, ...data }, metadata: {} });
const line = (task_id, message, level = 'INFO') => ({ ...log(message, level), data: { level, message, component: 'e2e', task_id } });

test('a failed run has a word and its error, and stands first among hundreds', async () => {
  await stack.send([
    // Active ones are listed by their first event, so each has a time of its own.
    ...Array.from({ length: 500 }, (_, i) => ({ ...task(`crowd_${i}`, { progress: i / 5 }), timestamp: ago(1 - i / 1000) })), ...Array.from({ length: 200 }, (_, i) => flow(`flow_${i}`, { progress: i / 3 })),
    task('one_that_failed', { status: 'Failed', error: 'quota exceeded in eu-west-1' }), flow('flow_that_failed', { status: 'Failed', progress: 56, step_details: { step_message: 'node 3 did not join' } }),
  ]);
  const page = await open();
  const first = page.locator('rs-tasks tbody tr').first();
  await first.getByText('one_that_failed').waitFor();
  await first.locator('.status', { hasText: 'Failed' }).waitFor();
  await first.getByText('quota exceeded in eu-west-1').waitFor();
  const item = page.locator('rs-workflows li.item').first();
  await item.getByText('flow_that_failed').waitFor();
  await item.locator('.status', { hasText: 'Failed' }).waitFor();
  await item.locator('.why', { hasText: 'node 3 did not join' }).waitFor();
  assert.ok((await page.locator('rs-tasks tbody tr').count()) < 60, 'only the rows in sight exist');
  const last = page.locator('rs-tasks tbody tr', { hasText: 'crowd_499' });
  await waitFor(async () => {  // the list may still grow while it is scrolled
    await page.locator('rs-tasks .panel-body').evaluate((body) => (body.scrollTop = body.scrollHeight));
    return last.isVisible();
  }, 'the last row is in sight');
  await close(page);
});

test('tiles, search and order choose what is listed, and the address keeps it', async () => {
  const page = await open();
  await page.locator('[data-stat="failed"]').click();
  await page.locator('rs-tasks .count', { hasText: /^1 of/ }).waitFor();
  assert.match(page.url(), /tasks=failed/);
  await page.reload();
  await page.locator('rs-tasks .count', { hasText: /^1 of/ }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByLabel('Find a task, workflow or batch').fill('crowd_42');
  await page.locator('rs-tasks .count', { hasText: /^11 of/ }).waitFor();
  await page.getByLabel('Order').selectOption('name');
  await page.locator('rs-tasks tbody tr').first().getByText('crowd_42', { exact: true }).waitFor();
  await page.getByLabel('Find a task, workflow or batch').fill('no such thing');
  await page.locator('rs-tasks').getByText('No tasks match').waitFor();
  await close(page);
});

test('a run that nobody speaks of any more says so, and is not called running', async () => {
  await stack.send([{ ...task('left_alone', { progress: 30 }), timestamp: ago(17) }, flow('flow_left_alone', { estimated_time_remaining: 60 }, ago(17))]);
  const page = await open();
  await page.getByLabel('Find a task, workflow or batch').fill('left_alone');
  await page.locator('rs-tasks tr', { hasText: 'left_alone' }).getByText('Running, no news for 17 min').waitFor();
  const item = page.locator('rs-workflows li.item', { hasText: 'flow_left_alone' });
  await item.getByText('no news for 17 min').waitFor();
  assert.equal(await item.getByText('any moment').count(), 0);
  await close(page);
});

test('a run whose producer was killed is disconnected, not running, and stands before what is over', async () => {
  const page = await open();
  await page.getByLabel('Find a task, workflow or batch').fill('ends_');  // those of other tests are on the page, too
  const program = spawn(process.execPath, ['--input-type=module', '-e', `
    import { Producer } from ${JSON.stringify(new URL('../../../clients/node/index.js', import.meta.url).href)};
    const ringside = new Producer({ path: ${JSON.stringify(join(stack.dir, 'events.sock'))} });
    ringside.will(['TaskStatusChanged', { task_id: 'ends_killed', name: 'ends_killed', status: 'Disconnected', error: 'its program has gone' }]);
    ringside.task('ends_killed', 'Running', { name: 'ends_killed', progress: 30 });
    setInterval(() => {}, 1000);`], { stdio: 'inherit' });
  const row = page.locator('rs-tasks tbody tr', { hasText: 'ends_killed' });
  try {
    await row.locator('.status', { hasText: 'Running' }).waitFor();
  } finally {
    program.kill('SIGKILL');
  }
  await row.locator('.status', { hasText: 'Disconnected' }).waitFor();
  await row.getByText('its program has gone').waitFor();
  await stack.send([task('ends_over', { status: 'Completed' })]);
  const names = () => page.locator('rs-tasks tbody tr').allTextContents();
  await waitFor(async () => (await names()).some((text) => text.includes('ends_over')), 'the task that is over');
  const all = await names();
  assert.ok(all.findIndex((text) => text.includes('ends_killed')) < all.findIndex((text) => text.includes('ends_over')), all.join('\n'));
  await close(page);
});

test('from opening the page to the error line of a failed task: two actions', async () => {
  await stack.send([task('deploy', {}), line('deploy', 'pulling image'), ...Array.from({ length: 300 }, (_, i) => log(`noise ${i}`)), line('deploy', 'exec format error: /app/server', 'ERROR'), ...Array.from({ length: 50 }, (_, i) => line('deploy', `cleanup ${i}`)), task('deploy', { status: 'Failed' })]);
  const page = await open();
  await page.locator('rs-failures').getByRole('link', { name: 'deploy' }).click();
  const row = page.locator('rs-run .run-log li', { hasText: 'exec format error' });
  await row.waitFor();
  assert.ok(await row.evaluate((element) => {
    const box = element.closest('.panel-body').getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= box.top && bottom <= box.bottom;
  }), 'the line is in sight');
  await page.locator('rs-run .run-error', { hasText: 'exec format error' }).waitFor();
  assert.match(page.url(), /#run\/task\/deploy$/);
  await page.getByLabel('Lowest level').nth(0).waitFor();
  await page.locator('rs-run').getByLabel('Lowest level').selectOption('ERROR');
  await page.locator('rs-run .run-log li').nth(1).waitFor({ state: 'detached' });
  assert.equal(await page.locator('rs-run .run-log li').count(), 1);
  await row.getByRole('link').click();
  await page.locator('rs-logs .log-detail', { hasText: 'exec format error' }).waitFor();
  await page.locator('rs-logs .log-detail').getByRole('link', { name: 'Task deploy' }).click();
  await page.locator('rs-run h1', { hasText: 'deploy' }).waitFor();
  await page.goBack();
  await page.locator('rs-logs .log-detail').waitFor();
  await close(page);
});

test('the page of a workflow has its steps and its tasks over time, and each leads to its page', async () => {
  await stack.send([flow('rollout', { current_step: 'Snapshot', total_steps: 2, completed_steps: 0 }, ago(3)), flow('rollout', { current_step: 'Upgrade', total_steps: 2, completed_steps: 1 }, ago(2)),
    { ...task('step_task', { status: 'Completed' }), metadata: { workflow_id: 'rollout' } }, flow('rollout', { current_step: 'Upgrade', status: 'Completed', progress: 100 }, ago(1))]);
  const page = await open();
  await page.evaluate(() => (location.hash = '#run/workflow/rollout'));
  const bars = page.locator('rs-run .gantt li');
  await bars.filter({ hasText: 'Snapshot' }).getByText('1 min').waitFor();
  await bars.filter({ hasText: 'step_task' }).getByRole('link').click();
  await page.locator('rs-run h1', { hasText: 'step_task' }).waitFor();
  await page.locator('rs-run .facts').getByRole('link', { name: 'rollout' }).click();
  await page.locator('rs-run h1', { hasText: 'rollout' }).waitFor();
  await close(page);
});

test('attempts of a task are told apart; its JSON and its address can be copied', async () => {
  await stack.send([task('again', {}), task('again', { status: 'Failed' }), task('again', { status: 'Running' })]);
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => (location.hash = '#run/task/again'));
  await page.locator('rs-run .run-title', { hasText: 'attempt 2' }).waitFor();
  await page.locator('rs-run').getByRole('button', { name: 'Copy JSON' }).click();
  await waitFor(async () => JSON.parse((await page.evaluate(() => navigator.clipboard.readText())) || '{}').data?.task_id === 'again', 'the JSON');
  await page.locator('rs-run').getByRole('button', { name: 'Copy link' }).click();
  await waitFor(async () => (await page.evaluate(() => navigator.clipboard.readText())) === page.url(), 'the address');
  await close(page);
});

test('a failure is seen in the title while another window is in front', async () => {
  const page = await open();
  await page.evaluate(() => (document.hasFocus = () => false));
  await stack.send([task('fails_now', {}), task('fails_now', { status: 'Failed' })]);
  await page.waitForFunction(() => document.title.startsWith('(1 failed)'));
  assert.equal(await page.locator('link[rel="icon"]').getAttribute('data-tone'), 'bad');
  await close(page);
});

test('a run that the server never heard of is said to be unknown', async () => {
  const page = await open();
  await page.evaluate(() => (location.hash = '#run/task/nobody'));
  await page.locator('rs-run').getByText('No such task').waitFor();
  await close(page);
});
