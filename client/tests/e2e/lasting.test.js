// What must last: over a killed server, over a hundred thousand lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { log, messagesOf, startDashboard, task } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, open, close } = await startDashboard();

test('after the server was killed the page catches up, with nothing lost and nothing doubled', async () => {
  const page = await open('logs');
  await page.getByLabel('Search messages and fields').fill('crash');
  const numbered = (from, to) => Array.from({ length: to - from }, (_, i) => log(`crash ${from + i}`));
  await stack.send(numbered(0, 50));
  await waitFor(async () => (await messagesOf(page)).length === 50, 'the first fifty');
  await stack.killServer();
  await stack.send([...numbered(50, 250), task('while_away', { status: 'Running' })]);
  await page.waitForFunction(() => document.querySelector('#connection').dataset.state !== 'live');
  await page.waitForSelector('#connection[data-state="live"]', { timeout: 60_000 });
  await stack.send(numbered(250, 300));
  await waitFor(async () => (await messagesOf(page)).includes('crash 299'), 'the last');
  assert.deepEqual(await messagesOf(page), numbered(0, 300).map((one) => one.data.message));
  await page.click('.tabs a[data-tab="overview"]');
  await page.locator('rs-tasks tr', { hasText: 'while_away' }).waitFor();
  await page.locator('#connection', { hasText: 'no gaps' }).waitFor();
  await close(page);
});

test('a hundred thousand lines scroll, with only the rows in sight in the page', async () => {
  const page = await open('logs');
  await page.getByLabel('Search messages and fields').fill('bulk');
  await page.getByText('Nothing matches').waitFor();
  const n = 100_000;
  for (let at = 0; at < n; at += 10_000) {
    await stack.send(Array.from({ length: 10_000 }, (_, i) => log(`bulk ${at + i}`)));
  }
  await page.locator('#log-tally', { hasText: '100,000 entries' }).waitFor({ timeout: 90_000 });
  const first = () => page.evaluate(() => {
    const box = document.querySelector('.log-scroll').getBoundingClientRect();
    return document.elementFromPoint(box.left + box.width / 2, box.top + 14)?.closest('.row')?.querySelector('.message').textContent;
  });
  for (const [top, wanted] of [[0, 'bulk 0'], [24 * 50_000, 'bulk 50000'], [24 * 12_345, 'bulk 12345']]) {
    await page.evaluate((to) => (document.querySelector('.log-scroll').scrollTop = to), top);
    await waitFor(async () => (await first()) === wanted, `${wanted} on top`);
  }
  assert.ok((await page.locator('.row').count()) < 120);
  await page.getByRole('button', { name: 'Latest' }).click();
  await page.locator('.row', { hasText: 'bulk 99999' }).waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('rs-logs').buffer.at(0).data.message), 'bulk 0');
  await stack.send([log('bulk after')]);
  await page.locator('.row', { hasText: 'bulk after' }).waitFor();
  await close(page);
});

test('a million lines scroll without a stutter', async () => {
  const page = await open('logs');
  await page.evaluate(async () => {
    const { allLogs } = await import('/dashboard/all_logs.js');
    const from = Date.now() - 1_000_000;
    for (let i = 0; i < 1_000_000; i++) {
      allLogs.push({ event_type: 'LogEntry', timestamp: new Date(from + i).toISOString(), data: { level: i % 50 ? 'INFO' : 'ERROR', message: `million ${i}`, component: `c${i % 20}` }, metadata: {}, id: `0badcafe:${i + 1}` });
    }
    document.querySelector('rs-logs').show();
  });
  await page.locator('#log-tally', { hasText: '1,000,0' }).waitFor();
  const worst = await page.evaluate(async () => {
    const scroller = document.querySelector('rs-logs .log-scroll');
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let most = 0;
    for (let i = 0; i < 120; i++) {
      scroller.scrollTop = (scroller.scrollHeight * i) / 120;
      await frame();
      const start = performance.now();
      document.querySelector('rs-logs').list.draw();
      most = Math.max(most, performance.now() - start);
    }
    return most;
  });
  console.log(`# the slowest frame of a million lines took ${worst.toFixed(1)} ms to draw`);
  await page.evaluate(() => (document.querySelector('rs-logs .log-scroll').scrollTop = 0));
  await page.locator('rs-logs .row', { hasText: /million \d+/ }).first().waitFor();
  assert.ok((await page.locator('rs-logs .row').count()) < 120);
  // Wrapped, the heights of all rows are known, and the middle is the middle.
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await page.evaluate(() => {
    const scroller = document.querySelector('rs-logs .log-scroll');
    scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) / 2;
  });
  await page.locator('rs-logs .row', { hasText: /million (499|500)\d{3}/ }).first().waitFor();
  await close(page);
});
