// What the end-to-end tests of the dashboard share.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { faultsOf, launch, openPage } from './browser.js';
import { Stack } from './stack.js';

const now = () => new Date().toISOString();
export const log = (message, level = 'INFO', component = 'e2e') => ({ event_type: 'LogEntry', timestamp: now(), data: { level, message, component }, metadata: {} });
export const task = (id, data) => ({ event_type: 'TaskStatusChanged', timestamp: now(), data: { task_id: id, name: id, status: 'Running', ...data }, metadata: {} });

/**
 * A server and a browser for all tests of a file, and how each test opens and closes the dashboard. They end after the last test. Use
 * it as `const { stack, open, close } = await startDashboard()` at the top of a file.
 * @param {any} [settings] of the server
 */
export async function startDashboard(settings) {
  const [stack, browser] = await Promise.all([Stack.start(settings), launch()]);
  after(async () => {
    await browser.close();
    await stack.stop();
  });
  return { stack, browser, open: (view, options) => openDashboard(browser, stack, view, options), close: (page) => closeDashboard(page, stack) };
}

/** The dashboard, signed in and live. */
export async function openDashboard(browser, stack, view = 'overview', { role = 'admin', user = 'alice', token, ...options } = {}) {
  const page = await openPage(browser, options);
  await page.goto(`${stack.url}/#token=${token ?? stack.token({ role, user })}`);
  await page.waitForSelector('#connection[data-state="live"]');
  assert.ok(!page.url().includes('token'), 'the token is still in the address bar');
  if (view !== 'overview') {
    await page.click(`.tabs a[data-tab="${view}"]`);
    await page.waitForSelector('#connection[data-state="live"]');
  }
  return page;
}

/** Ends a page, in which nothing must have gone wrong and which must have asked no other host. */
export async function closeDashboard(page, stack) {
  assert.deepEqual(await faultsOf(page), []);
  assert.deepEqual([...page.hosts], [new URL(stack.url).host]);
  await page.context().close();
}

/** The messages that the log table holds. */
export const messagesOf = (page) => page.evaluate(() => {
  const { buffer } = document.querySelector('rs-logs');
  return Array.from({ length: buffer.length }, (_, i) => buffer.at(i).data?.message ?? 'gap');
});
