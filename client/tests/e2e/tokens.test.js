// Tokens that end: told in time, renewed on the live connection, asked for when it is too late. The tests wait for the same clock, so they
// run side by side. Their messages say "renewal": what follows the word token and a colon is redacted by the worker, as it should be.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openPage } from '../support/browser.js';
import { log, messagesOf, startDashboard } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, open, close } = await startDashboard({ options: ['token-leeway=0s', 'auth-expiring-notice=20s'] });
let slack = 0; // seconds that tokens last longer, so that a page on a slow machine is there before its token has ended

before(async () => {
  const began = performance.now();
  await close(await open('logs'));
  slack = Math.ceil((4 * (performance.now() - began)) / 1000);
});

describe('tokens', { concurrency: true }, () => {
  test('a token that ends is told in time, and a new link in the same tab renews it on the live connection', async () => {
    const page = await open('logs', { token: stack.token({ seconds: 26 + slack }), tokenEnds: true });
    await page.getByLabel('Search messages and fields').fill('renewal');
    await stack.send([log('renewal first')]);
    await waitFor(async () => (await messagesOf(page)).includes('renewal first'), 'the first entry');
    await page.getByText('Your token ends soon').waitFor({ timeout: 30_000 + slack * 1000 });
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.evaluate((token) => (location.hash = `token=${token}`), stack.token({ seconds: 600 }));
    await page.getByText('Your token ends soon').waitFor({ state: 'hidden' });
    await page.click('#connection');
    await page.locator('#connection-details', { hasText: /in (9 min|10 min)/ }).waitFor();
    await stack.send([log('renewal second')]);
    await waitFor(async () => (await messagesOf(page)).includes('renewal second'), 'the second entry');
    assert.deepEqual(sockets, []);
    assert.ok(!page.url().includes('token'));
    await close(page);
  });

  test('a token that has expired is asked for, and the page goes on where it was', async () => {
    const page = await open('logs', { token: stack.token({ user: 'bob', seconds: 16 + slack }), tokenEnds: true });
    await page.getByLabel('Search messages and fields').fill('expiry');
    await page.getByText('Nothing matches').waitFor();
    await stack.send([log('expiry: before')]);
    await waitFor(async () => (await messagesOf(page)).includes('expiry: before'), 'the entry before');
    await page.locator('#connection', { hasText: 'Token needed' }).waitFor({ timeout: 30_000 + slack * 1000 });
    await stack.send([log('expiry: while away')]);
    await page.getByRole('textbox', { name: 'Token' }).fill(stack.token({ user: 'bob', seconds: 600 }));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.waitForSelector('#connection[data-state="live"]');
    await stack.send([log('expiry: after')]);
    await waitFor(async () => (await messagesOf(page)).includes('expiry: after'), 'the entry after');
    assert.deepEqual(await messagesOf(page), ['expiry: before', 'expiry: while away', 'expiry: after']);
    await close(page);
  });

  test('a token of ten seconds is renewed or asked for in time, and nothing is lost', async () => {
    const page = await openPage(browser, { tokenEnds: true });
    const spoken = { user: 'tina' };
    await page.goto(`${stack.url}/#token=${stack.token({ ...spoken, seconds: 10 })}`);
    const field = page.getByRole('textbox', { name: 'Token' }); // at once, as it ends soon; or later, where this machine was too slow for it
    await field.waitFor();
    await stack.send([log('brief: while it ends')]);
    await page.locator('#connection', { hasText: 'Token needed' }).waitFor();
    await stack.send([log('brief: while away')]);
    await field.fill(stack.token({ ...spoken, seconds: 600 }));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.waitForSelector('#connection[data-state="live"]');
    assert.equal(await page.locator('rs-sign-in dialog[open]').count(), 0);
    await page.click('.tabs a[data-tab="logs"]');
    await stack.send([log('brief: after')]);
    await waitFor(async () => (await messagesOf(page)).includes('brief: after'), 'the entry after');
    assert.deepEqual((await messagesOf(page)).filter((one) => one.startsWith('brief')), ['brief: while it ends', 'brief: while away', 'brief: after']);
    await close(page);
  });

  test('without a token the page asks for one; a wrong one is refused', async () => {
    const page = await openPage(browser);
    await page.goto(stack.url);
    await page.getByText('Sign in').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill('not.a.token');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('The server did not accept this token').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill(stack.token({ user: 'carol' }));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.waitForSelector('#connection[data-state="live"]');
    await close(page);
  });
});
