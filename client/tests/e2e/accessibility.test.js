// The dashboard for everybody: axe-core, the keyboard, themes, a phone's width.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch } from '../support/browser.js';
import { closeDashboard, openDashboard } from '../support/dashboard.js';
import { Load } from '../support/load.js';
import { Stack } from '../support/stack.js';

let stack;
let browser;
before(async () => {
  [stack, browser] = await Promise.all([Stack.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const open = (view, options) => openDashboard(browser, stack, view, options);
const close = (page) => closeDashboard(page, stack);

test('axe finds no serious fault, in either theme', async () => {
  await stack.send(new Load().second(new Date()));
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const colorScheme of ['light', 'dark']) {
    for (const [view, width] of [['overview', 1280], ['metrics', 1280], ['logs', 1280], ['overview', 390], ['logs', 390]]) {
      const page = await open(view, { colorScheme, viewport: { width, height: 844 } });
      await (view === 'metrics' ? page.locator('.chart canvas') : page.locator(view === 'logs' ? '.row' : 'rs-tasks tbody tr')).first().waitFor();
      await page.evaluate(axe); // by the debugger, which the page's policy does not hold
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`), [], `${view} ${colorScheme} ${width}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} at ${width} scrolls sideways`);
      await page.context().close();
    }
  }
});

test('the keyboard reaches everything: tabs, filters, entries', async () => {
  const page = await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  for (const name of ['Overview', 'Metrics', 'Logs']) {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector('body[data-view="logs"] .row');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
  await page.focus('.log-scroll');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.locator('.log-detail').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.log-detail').waitFor({ state: 'hidden' });
  await close(page);
});

test('the theme can be chosen and is kept', async () => {
  const page = await open('overview', { colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: /^Theme: auto/ }).click();
  await page.getByRole('button', { name: /^Theme: light/ }).click();
  assert.notEqual(await background(), light);
  await page.reload();
  await page.waitForSelector('#connection[data-state="live"]');
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
  assert.notEqual(await background(), light);
  await close(page);
});
