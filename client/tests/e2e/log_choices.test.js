// A person chooses faster than the server answers: the log view shows the last choice, whole, whatever arrives late. The tests hold
// back what the server says on the view's own connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { log, messagesOf, openDashboard, startDashboard } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, close } = await startDashboard();

/** Messages of the server on /logs wait here while `isHeld` says so. @param {(text: string) => boolean} isHeld */
async function openHeld(isHeld) {
  const held = { messages: [], isHeld, drop: async () => {} };
  const page = await openDashboard(browser, stack, 'logs');
  await page.routeWebSocket(/\/logs/, (route) => {
    const server = route.connectToServer();
    held.drop = () => route.close({ code: 1011, reason: 'dropped by the test' });
    server.onMessage((text) => (held.isHeld(String(text)) ? held.messages.push(() => route.send(text)) : route.send(text)));
  });
  held.release = () => {
    held.isHeld = () => false;
    held.messages.splice(0).forEach((send) => send());
  };
  return { page, held };
}

const row = (page, text) => page.locator('rs-logs .row', { hasText: text });
const level = (page, name) => page.getByRole('button', { name, exact: true }).click();
const isAnswer = (text) => text.includes('"type":"subscribed"');
/** The text of each subscription on its way. */
const answers = (held) => held.messages.length;

test('the answer to an earlier choice does not begin the list of a later one', async () => {
  await stack.send([log('choice of errors', 'ERROR'), log('choice of warnings', 'WARN'), log('choice of debugging', 'DEBUG')]);
  // Everything after the first answer is held, for the order of messages stays as it is.
  let holds = false;
  const { page, held } = await openHeld((text) => (holds ||= isAnswer(text)));
  await level(page, 'Warn');
  await waitFor(() => answers(held) > 0, 'the first answer');
  await level(page, 'Error');
  await waitFor(() => page.evaluate(() => location.hash.includes('level=ERROR')), 'the second choice');
  const second = answers(held);
  await waitFor(() => answers(held) > second, 'the second answer');
  held.release();
  await waitFor(async () => String(await messagesOf(page)) === 'choice of errors', 'the errors alone');
  await level(page, 'Warn');
  await level(page, 'Error');
  await level(page, 'Warn');
  await waitFor(async () => String(await messagesOf(page)) === 'choice of errors,choice of warnings', 'both');
  await close(page);
});

test('history that a later choice interrupts is whole in the list of that choice', async () => {
  await stack.send([log('interrupted one', 'ERROR', 'part'), log('interrupted two', 'ERROR', 'part')]);
  const { page, held } = await openHeld((text) => text.includes('"replay_end"'));
  await level(page, 'Error');
  await row(page, 'interrupted two').waitFor();
  await waitFor(() => answers(held) > 0, 'the end of the history');
  await page.getByLabel('Component').fill('part');
  await waitFor(async () => String(await messagesOf(page)) === 'interrupted one,interrupted two', 'the component alone');
  held.release();
  await close(page);
});

test('back to live while a place in time is still being sought stays live', async () => {
  await stack.send([log('a line of today', 'ERROR')]);
  const { page, held } = await openHeld((text) => text.includes('"type":"debug"'));
  await level(page, 'Error');
  await row(page, 'a line of today').waitFor();
  await page.click('#log-pause');
  await page.getByRole('button', { name: '−10 min' }).click();
  await waitFor(() => answers(held) > 0, 'the first step of the way there');
  await page.getByRole('button', { name: 'Back to live' }).click();
  await page.waitForSelector('#connection[data-state="live"]');
  held.release();
  await stack.send([log('a line after it', 'ERROR')]);
  await row(page, 'a line after it').waitFor();
  assert.equal(await page.locator('#connection').getAttribute('data-state'), 'live');
  assert.ok(!page.url().includes('at='));
  assert.equal(await page.locator('#log-problem').isVisible(), false);
  await close(page);
});

test('a place in time that is lost with its connection says so, and the list is live again', async () => {
  await stack.send([log('before the loss')]);
  let hasArrived = false;
  const { page, held } = await openHeld((text) => {
    hasArrived ||= text.includes('"action":"step"');
    return false;
  });
  await page.click('#log-pause');
  await page.getByRole('button', { name: '−10 min' }).click();
  await waitFor(() => hasArrived, 'the place in time');
  await row(page, 'before the loss').waitFor();
  await held.drop();
  await page.locator('#log-problem', { hasText: 'the place in time' }).waitFor();
  await page.waitForSelector('#connection[data-state="live"]');
  await stack.send([log('after the loss')]);
  await row(page, 'after the loss').waitFor();
  await close(page);
});

test('a filtered view says that its connection is away, until it is back', async () => {
  await stack.send([log('filtered before', 'ERROR')]);
  const { page, held } = await openHeld(() => false);
  await level(page, 'Error');
  await row(page, 'filtered before').waitFor();
  held.isHeld = () => true; // of the next connection nothing is heard
  await held.drop();
  await page.locator('#log-problem', { hasText: 'not connected' }).waitFor();
  held.release();
  await page.locator('#log-problem').waitFor({ state: 'hidden' });
  await stack.send([log('filtered after', 'ERROR')]);
  await row(page, 'filtered after').waitFor();
  await close(page);
});
