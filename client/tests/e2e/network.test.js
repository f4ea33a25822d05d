// The dashboard over a bad network: slow, silent, cut; and a hub that ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, openPage } from '../support/browser.js';
import { log, messagesOf, startDashboard, task } from '../support/dashboard.js';
import { Network } from '../support/network.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, open, close } = await startDashboard();

/** A network that ends with the test. */
async function networkOf(t) {
  const network = await Network.start(stack);
  t.after(() => network.stop());
  return network;
}

/** A page whose connections go over a network of the test's own. */
async function pageOver(network, { view = 'overview', prepare = async () => {} } = {}) {
  const page = await openPage(browser);
  await prepare(page);
  await page.goto(`${network.url}/#token=${stack.token()}`);
  await page.waitForSelector('#connection[data-state="live"]', { timeout: 90_000 });
  if (view !== 'overview') {
    await page.click(`.tabs a[data-tab="${view}"]`);
  }
  return page;
}

const numbered = (name, from, to) => Array.from({ length: to - from }, (_, i) => log(`${name} ${from + i}`));
const shown = async (page, name) => (await messagesOf(page)).filter((one) => one.startsWith(`${name} `));

test('over a slow network nothing looks empty or live before the history is there', async (t) => {
  await stack.send([task('on_a_slow_line', { status: 'Failed' }), ...numbered('slow', 0, 3000)]);
  const network = await networkOf(t);
  network.slow({ bytesPerSecond: 120_000, latencyMs: 150 });
  const page = await pageOver(network, {
    prepare: (one) => one.addInitScript(() => {
      window.untrue = [];
      const look = () => {
        const { state } = document.querySelector('#connection')?.dataset ?? {};
        const kind = (panel) => document.querySelector(`${panel} .empty:not([hidden])`)?.dataset.kind;
        if (state !== 'live' && ['rs-tasks', 'rs-workflows', 'rs-recent-logs'].some((panel) => kind(panel) === 'empty')) {
          window.untrue.push(`${state}: looks empty`);
        }
        if (state === 'live' && !document.querySelector('rs-tasks tbody tr') && performance.now() - (window.liveAt ??= performance.now()) > 2000) {
          window.untrue.push('live without the history');
        }
      };
      // What is painted counts: pill and panels change in the same frame, one after the other.
      new MutationObserver(() => requestAnimationFrame(() => setTimeout(look))).observe(document, { subtree: true, childList: true, attributes: true });
    }),
  });
  await page.locator('rs-tasks tr', { hasText: 'on_a_slow_line' }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.untrue), []);
  await page.click('.tabs a[data-tab="logs"]');
  await waitFor(async () => (await shown(page, 'slow')).length === 3000, 'all lines');
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('a network that goes silent is noticed, and what it swallowed comes when it is back, once', async (t) => {
  const network = await networkOf(t);
  const page = await pageOver(network, { view: 'logs' });
  await stack.send(numbered('silent', 0, 20));
  await waitFor(async () => (await shown(page, 'silent')).length === 20, 'the first lines');
  network.silence();
  await stack.send(numbered('silent', 20, 40));
  await page.locator('#connection', { hasText: /Offline since|Reconnecting, offline since/ }).waitFor({ timeout: 60_000 });
  await page.waitForFunction(() => document.title.startsWith('(!)'));
  await page.locator('rs-logs[data-stale]').waitFor();
  network.restore();
  await page.waitForSelector('#connection[data-state="live"]', { timeout: 90_000 });
  await stack.send(numbered('silent', 40, 60));
  await waitFor(async () => (await shown(page, 'silent')).includes('silent 59'), 'the last line');
  assert.deepEqual(await shown(page, 'silent'), numbered('silent', 0, 60).map((one) => one.data.message));
  await page.context().close();
});

test('over connections that break again and again every line comes once, in order', async (t) => {
  const network = await networkOf(t);
  const page = await pageOver(network, { view: 'logs' });
  for (let i = 0; i < 4; i++) {
    await stack.send(numbered('broken', i * 100, i * 100 + 50));
    network.cut();
    await stack.send(numbered('broken', i * 100 + 50, i * 100 + 100));
    await page.waitForFunction(() => document.querySelector('#connection').dataset.state !== 'live');
    await page.waitForSelector('#connection[data-state="live"]', { timeout: 60_000 });
  }
  await waitFor(async () => (await shown(page, 'broken')).includes('broken 399'), 'the last line');
  assert.deepEqual(await shown(page, 'broken'), numbered('broken', 0, 400).map((one) => one.data.message));
  await page.locator('#connection', { hasText: 'no gaps' }).waitFor();
  await page.context().close();
});

test('a failure during an outage is news: the title counts it', async (t) => {
  const network = await networkOf(t);
  const page = await pageOver(network);
  await page.evaluate(() => (document.hasFocus = () => false));
  network.silence();
  network.cut();
  await stack.send([task('failed_unseen', {}), task('failed_unseen', { status: 'Failed' })]);
  network.restore();
  await page.waitForFunction(() => document.title.includes('(1 failed)'), undefined, { timeout: 60_000 });
  await page.context().close();
});

test('when the worker that all tabs share ends, each tab finds another and goes on', async () => {
  const page = await open();
  await stack.send([task('before_the_end', {})]);
  await page.locator('rs-tasks tr', { hasText: 'before_the_end' }).waitFor();
  const debug = await browser.newBrowserCDPSession();
  const { targetInfos } = await debug.send('Target.getTargets', { filter: [{ type: 'shared_worker', exclude: false }] });
  for (const { targetId } of targetInfos) {
    await debug.send('Target.closeTarget', { targetId });
  }
  assert.ok(targetInfos.length > 0); // perhaps also one of a page that was closed just now
  await stack.send([task('after_the_end', {})]);
  await page.locator('rs-tasks tr', { hasText: 'after_the_end' }).waitFor({ timeout: 60_000 });
  await page.locator('rs-tasks tr', { hasText: 'before_the_end' }).waitFor();
  await page.waitForSelector('#connection[data-state="live"]');
  await close(page);
});
