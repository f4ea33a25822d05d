// How events get out to a browser: an EventSource over a crash of the server, tickets instead of tokens in URLs, and the list of
// who is connected.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeDashboard, log, startDashboard } from '../support/dashboard.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, open, close } = await startDashboard({ options: ['limit-connections-per-user=0', 'admin-role=admin|operator'] });
const numbered = (from, to) => Array.from({ length: to - from }, (_, at) => ({ event_type: 'Numbered', data: { n: from + at } }));

test('an EventSource resumes after the server was killed, without loss', async () => {
  const page = await browser.newPage();
  await page.goto(`${stack.url}/healthz`);
  await page.evaluate((token) => {
    globalThis.got = [];
    globalThis.opened = 0;
    const source = new EventSource(`/ws?events=Numbered&token=${token}`);
    source.onopen = () => globalThis.opened++;
    source.onmessage = (event) => globalThis.got.push(JSON.parse(event.data).data.n);
  }, stack.token());
  const got = () => page.evaluate(() => globalThis.got);
  await waitFor(() => page.evaluate(() => globalThis.opened > 0), 'the stream');
  await stack.send(numbered(0, 500));
  await waitFor(async () => (await got()).length === 500, 'the first events');
  await stack.killServer();
  await stack.send(numbered(500, 900)); // while nobody serves
  await waitFor(async () => (await got()).length >= 900, 'what came meanwhile', 60_000);
  await stack.send(numbered(900, 1000));
  await waitFor(async () => (await got()).length >= 1000, 'what came afterwards');
  assert.deepEqual(await got(), Array.from({ length: 1000 }, (_, n) => n));
  await page.close();
});

test('the library shows a ticket and not the token', async () => {
  const page = await browser.newPage();
  const urls = [];
  page.on('websocket', (socket) => urls.push(socket.url()));
  await page.goto(`${stack.url}/healthz`);
  const token = stack.token();
  await page.evaluate(async (given) => {
    const { ProvisioningWebSocket } = await import('/src/index.js');
    globalThis.client = new ProvisioningWebSocket(location.origin, given);
    globalThis.client.connect();
    await new Promise((resolve) => globalThis.client.on('connected', resolve));
  }, token);
  assert.equal(urls.length, 1);
  assert.ok(new URL(urls[0]).searchParams.has('ticket') && !urls[0].includes(token));
  assert.equal(await page.evaluate(() => globalThis.client.transport), 'websocket');
  await page.close();
});

test('where WebSockets do not get through, the library gets its events by a stream', async () => {
  const page = await browser.newPage();
  await page.goto(`${stack.url}/healthz`);
  await page.evaluate(async (given) => {
    globalThis.WebSocket = class extends globalThis.WebSocket {
      constructor(url) {
        super(url.replace('/ws', '/nothing-here'));
      }
    };
    const { ProvisioningWebSocket } = await import('/src/index.js');
    globalThis.got = [];
    globalThis.client = new ProvisioningWebSocket(location.origin, given, { events: ['Streamed'], reconnectInterval: 10 });
    globalThis.client.on('message', (event) => globalThis.got.push(event.data.n));
    globalThis.client.connect();
    await new Promise((resolve) => globalThis.client.on('connected', resolve));
  }, stack.token());
  assert.equal(await page.evaluate(() => globalThis.client.transport), 'event-stream');
  await stack.send([{ event_type: 'Streamed', data: { n: 1 } }, { event_type: 'Other', data: { n: 2 } }, { event_type: 'Streamed', data: { n: 3 } }]);
  await waitFor(async () => (await page.evaluate(() => globalThis.got.length)) === 2, 'the events');
  assert.deepEqual(await page.evaluate(() => globalThis.got), [1, 3]);
  await page.close();
});

test('an administrator sees who is connected and cuts a connection; nobody else does', async () => {
  const other = await browser.newPage();
  await other.goto(`${stack.url}/healthz`);
  await other.evaluate((token) => {
    globalThis.closeCode = 0;
    new WebSocket(`ws://${location.host}/ws?token=${token}`).onclose = (event) => (globalThis.closeCode = event.code);
  }, stack.token({ user: 'mallory', role: 'viewer' }));
  const page = await open('overview', { role: 'operator' });
  await page.getByRole('button', { name: 'Cut mallory' }).click();
  await waitFor(() => other.evaluate(() => globalThis.closeCode === 1008), 'the cut');
  await page.getByRole('button', { name: 'Cut mallory' }).waitFor({ state: 'detached' });
  await close(page);
  const viewer = await open('overview', { token: stack.token({ role: 'developer' }) });
  await stack.send([log('for everybody')]);
  assert.equal(await viewer.locator('rs-connections').isVisible(), false);
  await closeDashboard(viewer, stack);
  await other.close();
});
