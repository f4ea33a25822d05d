// The dashboard when things are not as they should be: a wrong clock, many tabs, a full server, narrow tokens, a dead server, no
// shared workers, a slow computer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPage } from '../support/browser.js';
import { log, messagesOf, startDashboard, task } from '../support/dashboard.js';
import { ProvisioningWebSocket } from '../../src/node/index.js';
import { waitFor } from '../support/wait.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { stack, browser, open, close } = await startDashboard({ options: ['limit-connections-per-user=10'] });
const live = (page) => page.waitForSelector('#connection[data-state="live"]', { timeout: 60_000 });

const flow = (id) => ({ event_type: 'WorkflowProgressUpdate', timestamp: new Date().toISOString(), data: { workflow_id: id, name: id, progress: 10 }, metadata: {} });

/** Connections of others, that the server counts to the same user. */
async function foreign(n, user) {
  const clients = Array.from({ length: n }, () => new ProvisioningWebSocket(stack.url, stack.token({ user }), { events: ['Nothing'] }));
  await Promise.all(clients.map((client) => new Promise((resolve) => {
    client.once('connected', resolve);
    client.connect();
  })));
  return clients;
}

test('ten tabs are one connection, all are live, and a new tab is signed in', async () => {
  const others = await foreign(9, 'tess'); // one more is allowed
  const page = await open('overview', { user: 'tess' });
  const tabs = [];
  for (let i = 0; i < 9; i++) {
    const tab = await page.context().newPage();
    await tab.goto(`${stack.url}/#${['overview', 'logs', 'metrics', 'events'][i % 4]}`);
    tabs.push(tab);
  }
  await Promise.all(tabs.map(live));
  await stack.send([task('seen_by_all', {})]);
  await tabs[0].bringToFront();
  await tabs[0].locator('rs-tasks tr', { hasText: 'seen_by_all' }).waitFor();
  await tabs[3].bringToFront();
  await tabs[3].locator('rs-events .event-row', { hasText: 'seen_by_all' }).waitFor();
  await page.bringToFront();
  await page.locator('rs-tasks tr', { hasText: 'seen_by_all' }).waitFor();
  others.forEach((client) => client.disconnect());
  await close(page);
});

test('a user with too many connections is told so, not shown an empty page', async () => {
  const others = await foreign(10, 'max');
  const page = await openPage(browser);
  await page.goto(`${stack.url}/#token=${stack.token({ user: 'max' })}`);
  await page.locator('#connection[data-state="refused"]', { hasText: 'too many connections' }).waitFor();
  await page.locator('rs-tasks').getByText('The server refused the connection').waitFor();
  assert.equal(await page.getByText('No tasks yet').count(), 0);
  others.pop().disconnect();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await live(page);
  others.forEach((client) => client.disconnect());
  await close(page);
});

test('signing out ends it in all tabs, signing in begins in all', async () => {
  const page = await open('overview', { user: 'sam' });
  const other = await page.context().newPage();
  await other.goto(stack.url);
  await live(other);
  await other.click('#connection');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Signed out').waitFor();
  await page.getByRole('textbox', { name: 'Token' }).fill(stack.token({ user: 'sam' }));
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await Promise.all([live(page), live(other)]);
  await close(page);
});

for (const hours of [2, -2]) {
  test(`a clock that is ${Math.abs(hours)} hours ${hours > 0 ? 'ahead' : 'behind'} hides nothing, and is told`, async () => {
    await stack.send([{ ...task(`minutes_old_${hours}`, {}), timestamp: new Date(Date.now() - 3 * 60_000).toISOString() }]);
    const page = await openPage(browser);
    await page.addInitScript((by) => {
      const real = Date;
      globalThis.Date = class extends real {
        constructor(...given) {
          super(...(given.length === 0 ? [real.now() + by] : given));
        }
        static now() {
          return real.now() + by;
        }
      };
      delete globalThis.SharedWorker; // it would have a clock of its own here
    }, hours * 3_600_000);
    await page.goto(`${stack.url}/#token=${stack.token()}`);
    await live(page);
    await page.locator('rs-tasks tr', { hasText: `minutes_old_${hours}` }).locator('.when', { hasText: /^3 min .*ago$|^3 min ago$/ }).waitFor();
    await page.locator('.banner', { hasText: hours > 0 ? 'ahead of' : 'behind' }).waitFor();
    await close(page);
  });
}

test('what a token does not include is called so, for every panel and for admins too', async () => {
  const page = await open('overview', { token: stack.token({ events: ['LogEntry'] }) });
  for (const panel of ['rs-tasks', 'rs-workflows', 'rs-batches', 'rs-health']) {
    await page.locator(panel).getByText('Not part of this token').waitFor();
  }
  await page.locator('rs-recent-logs').getByText('Not part of').waitFor({ state: 'hidden' });
  for (const name of ['workflows', 'batches', 'tasks', 'failed', 'health', 'cpu']) {
    assert.equal(await page.locator(`[data-stat="${name}"] .value`).textContent(), '–', name);
  }
  await page.click('.tabs a[data-tab="metrics"]');
  await page.locator('rs-metrics').getByText('Not part of this token').waitFor();
  await close(page);
});

test('without shared workers a page has a connection of its own', async () => {
  const page = await openPage(browser);
  await page.addInitScript(() => delete globalThis.SharedWorker);
  await page.goto(`${stack.url}/#token=${stack.token()}`);
  await live(page);
  await stack.send([task('without_workers', {})]);
  await page.locator('rs-tasks tr', { hasText: 'without_workers' }).waitFor();
  await page.click('#connection');
  await page.locator('#connection-details', { hasText: 'no shared workers' }).waitFor();
  await close(page);
});

test('the command that the sign-in names gives a token that is taken', async () => {
  const page = await openPage(browser);
  await page.goto(stack.url);
  const command = await page.locator('#token-command').textContent();
  const [, ...given] = command.replace('/etc/ringside/jwt.secret', join(stack.dir, 'jwt.secret')).split(' ');
  const token = execFileSync(join(process.env.RINGSIDE_BUILD_DIR ?? join(root, 'build/release'), 'bin/ringside'), given, { encoding: 'utf8' }).trim();
  await page.getByRole('textbox', { name: 'Token' }).fill(token);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await live(page);
  await close(page);
});

test('a second connection that is refused once neither asks for a token nor stays away', async () => {
  const page = await openPage(browser);
  let refusals = 0;
  await page.routeWebSocket(/\/logs/, (route) => {
    if (refusals++ === 0) {
      void route.close({ code: 1008, reason: 'refused for the test' });
    } else {
      route.connectToServer();
    }
  });
  await page.goto(`${stack.url}/#token=${stack.token()}`);
  await live(page);
  await stack.send([log('after a refusal', 'ERROR')]);
  await page.evaluate(() => (location.hash = '#logs?level=ERROR'));
  await waitFor(async () => (await messagesOf(page)).includes('after a refusal') && (await page.locator('#log-tally', { hasText: 'filtered' }).count()) === 1, 'the filtered list');
  assert.ok(refusals >= 2);
  assert.equal(await page.locator('rs-sign-in dialog[open]').count(), 0);
  await page.context().close();
});

test('custom events are seen, filtered, explained and copied', async () => {
  const deployed = (version, status) => ({ event_type: 'Deployed', timestamp: new Date().toISOString(), data: { version, status }, metadata: {} });
  await stack.send([deployed('1.0', 'ok')]);
  const page = await open('events');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('rs-events .event-row', { hasText: '"1.0"' }).waitFor();
  await stack.send([deployed('2.0', 'broken'), deployed('3.0', 'ok'), log('noise')]);
  await page.locator('rs-events .event-row', { hasText: '"3.0"' }).waitFor();
  await page.locator('.chip[data-type="Deployed"]').click();
  await page.getByLabel('Members and their values').fill('status=broken');
  await page.locator('#event-tally', { hasText: /^1 of/ }).waitFor();
  assert.match(page.url(), /types=Deployed/);
  await page.locator('rs-events .language', { hasText: '{"type":"subscribe","events":["Deployed"],"filters":{"status":"broken"}}' }).waitFor();
  const copied = async (button, wanted) => {
    await button.click();
    await waitFor(async () => wanted.test(await page.evaluate(() => navigator.clipboard.readText())), String(wanted));
  };
  await copied(page.locator('rs-events .toolbar').getByRole('button', { name: 'ringside tail' }), /^ringside tail --events Deployed --filter status=broken$/);
  await copied(page.locator('rs-events .toolbar').getByRole('button', { name: 'curl' }), /events=Deployed&filter\.status=broken/);
  await page.locator('rs-events .event-row', { hasText: '"2.0"' }).first().click();
  await copied(page.locator('rs-events .log-detail').getByRole('button', { name: 'JSON' }), /"version": "2\.0"/);
  await page.reload();
  await page.locator('#event-tally', { hasText: /^1 of/ }).waitFor();
  await close(page);
});

test('an administrator is told how many events were refused, and nobody else is', async () => {
  const page = await open('events');
  await assert.rejects(stack.send([{ event_type: 'LogEntry', timestamp: 'yesterday', data: {} }]));
  await page.locator('rs-rejected', { hasText: 'The server has refused 1 event' }).waitFor();
  await assert.rejects(stack.send([{ event_type: 'LogEntry', timestamp: 'yesterday', data: {} }]));
  await page.locator('rs-rejected', { hasText: 'ringside tail --rejected' }).waitFor();
  await page.locator('rs-rejected', { hasText: '1 since this page was opened' }).waitFor();
  await close(page);
  const viewer = await open('events', { role: 'viewer', user: 'vic' });
  await viewer.locator('rs-events .event-row').first().waitFor();
  assert.equal(await viewer.locator('rs-rejected').isVisible(), false);
  await close(viewer);
});

test('a failure sounds once, however many tabs are open', async () => {
  const page = await open('overview', { user: 'sue' });
  await page.context().addInitScript(() => localStorage.setItem('ringside.sound', '1'));
  await page.context().exposeFunction('noteSound', () => sounds++);
  let sounds = 0;
  await page.context().addInitScript(() => {
    const real = globalThis.AudioContext;
    globalThis.AudioContext = class extends real {
      constructor() {
        super();
        window.noteSound();
      }
    };
  });
  await page.reload();
  const other = await page.context().newPage();
  await other.goto(stack.url);
  await Promise.all([live(page), live(other)]);
  await stack.send([task('sounds', {}), task('sounds', { status: 'Failed' })]);
  await Promise.all([page, other].map((one) => one.locator('rs-tasks tr', { hasText: 'sounds' }).getByText('Failed').waitFor()));
  await waitFor(() => sounds > 0, 'the sound');
  assert.equal(sounds, 1);
  await close(page);
});

test('two reporters of health are one panel, which does not flip', async () => {
  const health = (overall_status, names, memory_usage) => ({ event_type: 'SystemHealthUpdate', timestamp: new Date().toISOString(), data: { overall_status, components: Object.fromEntries(names.map((name) => [name, { status: overall_status }])), metrics: { memory_usage } }, metadata: {} });
  const page = await open();
  const seen = new Set();
  for (let i = 0; i < 5; i++) {
    await stack.send([health('Critical', ['storage', 'batch_coordinator'], 5480), health('Warning', ['cpu', 'memory', 'disk'], 2330)]);
    await page.locator('rs-health li', { hasText: 'storage' }).waitFor();
    await page.locator('rs-health li', { hasText: 'disk' }).waitFor();
    seen.add(await page.locator('[data-stat="health"] .value').textContent()).add(await page.locator('[data-stat="memory"] .value').textContent());
  }
  assert.deepEqual([...seen].sort(), ['2.28 GiB', 'Critical']);
  await close(page);
});

test('on a computer six times slower, hundreds of runs and logs arrive, and history is not called live', async () => {
  await stack.send([...Array.from({ length: 500 }, (_, i) => task(`slow_${i}`, { progress: i / 5 })), ...Array.from({ length: 200 }, (_, i) => flow(`slow_flow_${i}`)), ...Array.from({ length: 20_000 }, (_, i) => log(`slow line ${i}`))]);
  const page = await openPage(browser);
  const debug = await page.context().newCDPSession(page);
  await debug.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  const states = [];
  await page.exposeFunction('noteState', (state) => states.push(state));
  await page.addInitScript(() => {
    delete globalThis.SharedWorker; // so that everything runs in the slowed page
    new MutationObserver(() => window.noteState(document.documentElement.dataset.connection)).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-connection'] });
  });
  await page.goto(`${stack.url}/#token=${stack.token()}`);
  await live(page);
  await page.locator('rs-tasks tr', { hasText: 'slow_' }).first().waitFor();
  await page.locator('rs-workflows li.item', { hasText: 'slow_flow_' }).first().waitFor();
  assert.ok(states.includes('catching-up') && states.indexOf('catching-up') < states.indexOf('live'), String(states));
  await page.click('.tabs a[data-tab="logs"]');
  await waitFor(async () => (await messagesOf(page)).includes('slow line 19999'), 'the last line', 60_000);
  await page.context().close();
});

test('with the server gone, what is shown is old and says since when, and comes back', async () => {
  await stack.send([task('old_news', { status: 'Failed' })]);
  const page = await open();
  await page.locator('rs-tasks tr', { hasText: 'old_news' }).waitFor();
  await stack.killServer();
  await page.locator('#connection', { hasText: /Offline since|Reconnecting, offline since/ }).waitFor();
  await page.waitForFunction(() => document.title.startsWith('(!)'));
  await page.locator('rs-tasks .as-of', { hasText: /as of \d\d:\d\d:\d\d/ }).waitFor();
  assert.ok(await page.locator('rs-tasks[data-stale]').count());
  await live(page);
  await page.waitForFunction(() => !document.title.startsWith('(!)'));
  await page.context().close();
});
