// The log view as people use it: colours, directions, folded entries, matches, addresses, copies, files, zones, refused filters.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { log, messagesOf, openDashboard, startDashboard } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, close } = await startDashboard();
const open = (view = 'logs', options) => openDashboard(browser, stack, view, options);
const row = (page, text) => page.locator('rs-logs .row', { hasText: text });

test('terminal colours are shown as colours, and right-to-left text from the right', async () => {
  await stack.send([log('\u001b[33mcoloured\u001b[0m warning', 'WARN'), log('خطأ في القرص', 'ERROR')]);
  const page = await open();
  await row(page, 'coloured warning').locator('.ansi-yellow', { hasText: 'coloured' }).waitFor();
  assert.equal(await page.getByText('[33m').count(), 0);
  const message = row(page, 'القرص').locator('.message');
  assert.equal(await message.evaluate((element) => getComputedStyle(element).direction), 'rtl');
  await page.click('.tabs a[data-tab="overview"]');
  await page.locator('rs-recent-logs li', { hasText: 'coloured warning' }).waitFor();
  await close(page);
});

test('an entry of several lines is folded, opens in its place and can be copied', async () => {
  await stack.send([log('Traceback\n  at line 1\n  at line 2', 'ERROR'), log('after the trace')]);
  const page = await open();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await row(page, 'Traceback … +2 lines').click();
  const detail = page.locator('rs-logs .log-detail');
  await detail.getByText('at line 2').first().waitFor();
  const [above, below] = await Promise.all([detail.boundingBox(), row(page, 'after the trace').boundingBox()]);
  assert.ok(below.y >= above.y + above.height - 1, 'the next row stands below the open entry');
  for (const [button, wanted] of [['Copy message', /^Traceback\n {2}at line 1/], ['Copy JSON', /"message": "Traceback/], ['Copy link', /#logs\?.*line=/]]) {
    await detail.getByRole('button', { name: button }).click();
    await waitFor(async () => wanted.test(await page.evaluate(() => navigator.clipboard.readText())), button);
  }
  await page.keyboard.press('Escape');
  await close(page);
});

test('filters, the place and the line are in the address: a reload and another tab show the same', async () => {
  await stack.send([log('addressed one', 'ERROR', 'api'), log('addressed two', 'ERROR', 'db'), log('addressed three', 'INFO', 'api')]);
  const page = await open();
  await page.getByLabel('Search messages and fields').fill('addressed');
  await page.getByRole('button', { name: 'Error', exact: true }).click();
  await page.getByLabel('Component').fill('api');
  const shown = (one) => waitFor(async () => String(await messagesOf(one)) === 'addressed one', 'the one entry');
  await shown(page);
  await page.reload();
  await shown(page);
  assert.equal(await page.getByLabel('Search messages and fields').inputValue(), 'addressed');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await shown(other);
  await page.click('.tabs a[data-tab="overview"]');
  await page.goBack();
  await shown(page);
  await row(page, 'addressed one').click();
  await page.locator('rs-logs .log-detail').waitFor();
  await other.goto(page.url());
  await other.reload();
  await other.locator('rs-logs .log-detail', { hasText: 'addressed one' }).waitFor();
  await close(page);
});

test('a filter that is refused leaves the list as it is, says which it is, and a reconnect keeps it', async () => {
  await stack.send([log('kept alpha', 'ERROR')]);
  const page = await open();
  await page.getByRole('button', { name: 'Error', exact: true }).click();
  await waitFor(async () => (await messagesOf(page)).includes('kept alpha') && (await page.locator('#log-tally', { hasText: 'filtered' }).count()) === 1, 'the filtered list');
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await page.getByLabel('Search messages and fields').fill('(');
  await page.locator('#log-problem', { hasText: 'still shows the filter before' }).waitFor();
  assert.ok((await messagesOf(page)).includes('kept alpha'));
  assert.equal(await page.getByText('Nothing matches').count(), 0);
  await stack.killServer();
  await page.waitForFunction(() => document.querySelector('#connection').dataset.state !== 'live');
  await page.waitForSelector('#connection[data-state="live"]', { timeout: 60_000 });
  await stack.send([log('kept beta', 'ERROR'), log('not kept', 'INFO')]);
  await waitFor(async () => (await messagesOf(page)).includes('kept beta'), 'an entry after the reconnect', 60_000);
  assert.ok(!(await messagesOf(page)).includes('not kept'));
  await close(page);
});

test('paused, the pill says where; live, it says live', async () => {
  const page = await open();
  await stack.send([log('a line to stand at')]);
  await row(page, 'a line to stand at').waitFor();
  await page.click('#log-pause');
  await page.waitForSelector('#connection[data-state="paused"]');
  await page.locator('#connection', { hasText: /Paused at \d\d:\d\d:\d\d/ }).waitFor();
  await page.getByRole('button', { name: '−10 min' }).click();
  await page.waitForSelector('#connection[data-state="paused"]');
  assert.match(page.url(), /at=/);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.waitForSelector('#connection[data-state="live"]');
  await close(page);
});

test('a search can highlight instead of filtering, and leads from match to match', async () => {
  await stack.send([log('needle 1'), log('hay'), log('needle 2'), log('hay'), log('needle 3')]);
  const page = await open();
  await page.getByRole('button', { name: 'Highlight matches, and keep the other entries' }).click();
  await page.getByLabel('Search messages and fields').fill('needle');
  await row(page, 'needle 2').locator('mark', { hasText: 'needle' }).waitFor();
  await row(page, 'hay').first().waitFor();
  for (const wanted of ['needle 1', 'needle 2', 'needle 3']) {
    await page.getByRole('button', { name: 'Next match' }).click();
    await page.locator('rs-logs .row.selected', { hasText: wanted }).waitFor();
  }
  await page.getByRole('button', { name: 'Previous match' }).click();
  await page.locator('rs-logs .row.selected', { hasText: 'needle 2' }).waitFor();
  await page.keyboard.press('Enter');
  await close(page);
});

test('a match of a filtered list can be seen among the lines around it', async () => {
  await stack.send([log('before the cause'), log('the cause', 'ERROR'), log('after the cause')]);
  const page = await open();
  await page.getByLabel('Search messages and fields').fill('the cause');
  await page.getByRole('button', { name: 'Error', exact: true }).click();
  await waitFor(async () => String(await messagesOf(page)) === 'the cause', 'the filtered list');
  await row(page, 'the cause').click();
  await page.getByRole('button', { name: 'Show context' }).click();
  await page.locator('rs-logs .log-detail', { hasText: 'the cause' }).waitFor();
  await row(page, 'before the cause').waitFor();
  await row(page, 'after the cause').waitFor();
  await close(page);
});

test('the list is downloaded as NDJSON and as text', async () => {
  await stack.send([log('to be saved \u001b[31mred\u001b[0m')]);
  const page = await open();
  await row(page, 'to be saved red').waitFor();
  for (const [kind, check] of [['ndjson', (text) => text.trim().split('\n').map((one) => JSON.parse(one)).some((one) => one.data?.message.startsWith('to be saved'))], ['text', (text) => /INFO {2}e2e: to be saved red\n/.test(text)]]) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByLabel('Download').selectOption(kind)]);
    assert.ok(check(await readFile(await file.path(), 'utf8')), kind);
  }
  await close(page);
});

test('the time zone can be chosen, and the whole time is on hover', async () => {
  const page = await open('logs', { timezoneId: 'Asia/Tokyo' });
  await stack.send([{ ...log('zoned'), timestamp: new Date().toISOString() }]);
  await row(page, 'zoned').waitFor();
  const time = row(page, 'zoned').locator('.time');
  assert.match(await time.getAttribute('title'), /^\d{4}-\d\d-\d\d .* UTC\+9$/);
  const before = await time.textContent();
  await page.getByLabel('Time zone').selectOption('utc');
  await waitFor(async () => (await time.textContent()) !== before, 'the other zone');
  assert.match(await time.getAttribute('title'), / UTC$/);
  await close(page);
});

test('times are shown as time, with their date, or as an age, and the choice is kept', async () => {
  const page = await open('logs', { timezoneId: 'UTC' });
  await stack.send([{ ...log('formatted'), timestamp: new Date(Date.now() - 90_000).toISOString() }]);
  const time = row(page, 'formatted').locator('.time');
  await time.filter({ hasText: /^\d\d:\d\d:\d\d\.\d{3}$/ }).waitFor();
  await page.getByLabel('Time zone and format').selectOption('utc-date');
  await time.filter({ hasText: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/ }).waitFor();
  assert.ok(await time.evaluate((cell) => cell.scrollWidth <= cell.clientWidth), 'the date is cut off');
  await page.getByLabel('Time zone and format').selectOption('age');
  await time.filter({ hasText: /^[1-9] min \d+ s ago$/ }).waitFor();
  await page.reload();
  await time.filter({ hasText: / ago$/ }).waitFor();
  await close(page);
});

test('wrapped, a long line is whole, and a short one takes no more room than before', async () => {
  await stack.send([log('short one'), log(`long ${'abcdefghi '.repeat(40)}end of it`), log('short two')]);
  const page = await open();
  await row(page, 'short two').waitFor();
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  const measure = (text) => row(page, text).evaluate((one) => {
    const message = one.querySelector('.message');
    return { top: one.getBoundingClientRect().top, height: one.offsetHeight, isCut: message.scrollHeight > message.clientHeight + 1 };
  });
  for (const size of [{ width: 1280, height: 860 }, { width: 700, height: 860 }, { width: 900, height: 860 }]) {
    await page.setViewportSize(size);
    await waitFor(async () => {
      const [one, long, two] = [await measure('short one'), await measure('end of it'), await measure('short two')];
      return one.height <= 44 && long.height >= one.height + 40 && !long.isCut && Math.abs(two.top - long.top - long.height) < 1 && Math.abs(long.top - one.top - one.height) < 1;
    }, `rows that fit at ${size.width}`);
  }
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await waitFor(async () => (await measure('end of it')).height === 24, 'a row of one line');
  await close(page);
});

test('the volume bars lead to their time', async () => {
  const old = new Date(Date.now() - 120_000).toISOString();
  await stack.send(Array.from({ length: 300 }, (_, i) => ({ ...log(`early ${i}`), timestamp: old })));
  await stack.send(Array.from({ length: 300 }, (_, i) => log(`late ${i}`)));
  const page = await open();
  await row(page, 'late 299').waitFor();
  await page.getByLabel('Volume over time: go to').evaluate((slider) => {
    slider.value = '0';
    slider.dispatchEvent(new Event('change'));
  });
  await row(page, 'early').first().waitFor();
  await row(page, 'late 299').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Latest' }).waitFor();
  await close(page);
});
