// A run of terraform, live in the dashboard.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDashboard } from '../support/dashboard.js';
import { TerraformRun } from '../support/terraform.js';

const { stack, open, close } = await startDashboard();

test('the run, its resources and what it says appear while it is under way, and its end when it ends', async () => {
  const page = await open();
  const run = await TerraformRun.start(stack, { name: 'shop', lines: 38 });
  const workflow = page.locator('rs-workflows li.item');
  await workflow.getByText('Creating aws_instance.web[1] — Still creating... [10s elapsed]').waitFor();
  assert.equal(await workflow.locator('.item-foot .end').textContent(), 'step 5 of 9');
  const row = page.locator('rs-tasks tbody tr', { hasText: 'aws_instance.web[0]' });
  await row.getByText('Running').waitFor();
  assert.equal(await row.locator('.percent').textContent(), '50 %');
  await page.locator('rs-batches', { hasText: '4 of 9 done' }).waitFor();

  assert.equal(await run.finish(), 0);
  await workflow.getByText('Apply complete! Resources: 7 added, 1 changed, 2 destroyed.').waitFor();
  await row.getByText('Completed').waitFor();
  await page.locator('rs-batches', { hasText: '9 of 9 done' }).waitFor();
  await close(page);
});
