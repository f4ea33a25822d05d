// The usage that the API's documentation shows, with only the address and the token changed: as a script tag in a browser, and
// in Node.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProvisioningWebSocket } from '../../src/node/index.js';
import { faultsOf, openPage } from '../support/browser.js';
import { startDashboard } from '../support/dashboard.js';
import { nextEvent, waitFor } from '../support/wait.js';

const client = fileURLToPath(new URL('../..', import.meta.url));
const { stack, browser } = await startDashboard({ options: ['token-leeway=0s'] });
execFileSync(process.execPath, ['script/build.js', `${stack.dir}/dist`], { cwd: client });
for (const name of (await readdir(`${stack.dir}/dist`)).filter((one) => /^ringside\.(?!node\.).*js$/.test(one))) {
  await copyFile(`${stack.dir}/dist/${name}`, `${stack.dir}/www/${name}`);
}

const now = () => new Date().toISOString();
const make = (event_type, data, metadata = {}) => ({ event_type, timestamp: now(), data, metadata });
const wsUrl = () => stack.url.replace('http', 'ws');

let pages = 0;

/**
 * A page of one's own with the library as a script tag, served by lwsws under the same policy as the dashboard: Chromium refuses a page
 * that the test would make up by itself a connection to the loopback interface.
 */
async function examplePage(html, run) {
  const page = await openPage(browser);
  const name = `example-${(pages += 1)}.html`;
  await writeFile(`${stack.dir}/www/${name}`, `<!doctype html><html lang="en"><title>x</title><link rel="icon" href="/dashboard/mark.svg"><script src="/ringside.js"></script>${html}</html>`);
  await page.goto(`${stack.url}/${name}`);
  await page.evaluate(run, { url: wsUrl(), token: stack.token() });
  return page;
}

test('handlers by type, connect, then subscribe at once', async () => {
  const page = await examplePage('', ({ url, token }) => {
    window.seen = [];
    const ws = new ProvisioningWebSocket(url, token);
    ws.on('connected', () => (window.isConnected = true));
    ws.on('subscribed', () => (window.isSubscribed = true));
    ws.on('TaskStatusChanged', (event) => window.seen.push(`Task ${event.data.task_id} status: ${event.data.status}`));
    ws.on('WorkflowProgressUpdate', (event) => window.seen.push(`Workflow progress: ${event.data.progress}%`));
    ws.on('SystemHealthUpdate', (event) => window.seen.push(`System health: ${event.data.overall_status}`));
    ws.connect();
    ws.subscribe(['TaskStatusChanged', 'WorkflowProgressUpdate']);
    window.ws = ws;
  });
  await page.waitForFunction(() => window.isConnected && window.isSubscribed);
  await stack.send([make('SystemHealthUpdate', { overall_status: 'Healthy', components: {}, metrics: {} }), make('TaskStatusChanged', { task_id: 't1', name: 'create_servers', status: 'Running' }),
    make('WorkflowProgressUpdate', { workflow_id: 'w', name: 'kubernetes_deployment', progress: 75 })]);
  await page.waitForFunction(() => window.seen.length === 2);
  assert.deepEqual(await page.evaluate(() => window.seen), ['Task t1 status: Running', 'Workflow progress: 75%']);
  // Unsubscribing, sending, taking handlers away.
  await page.evaluate(() => {
    const { ws } = window;
    ws.on('unsubscribed', () => (window.isUnsubscribed = true));
    ws.unsubscribe('TaskStatusChanged');
  });
  await page.waitForFunction(() => window.isUnsubscribed);
  await stack.send([make('TaskStatusChanged', { task_id: 't2', name: 'x', status: 'Running' }), make('WorkflowProgressUpdate', { workflow_id: 'w', name: 'x', progress: 80 })]);
  await page.waitForFunction(() => window.seen.length === 3);
  assert.equal(await page.evaluate(() => window.seen[2]), 'Workflow progress: 80%');
  assert.deepEqual(await page.evaluate(() => [ws.ws.readyState, ws.reconnectAttempts, ws.eventHandlers.get('TaskStatusChanged').length, ws.baseUrl === location.origin.replace('http', 'ws'), typeof ws.options.reconnectInterval]), [1, 0, 1, true, 'number']);
  await page.evaluate(() => ws.disconnect());
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('subscriptions with filters, sent as messages', async () => {
  const page = await examplePage('', ({ url, token }) => {
    window.seen = [];
    const ws = new ProvisioningWebSocket(url, token, { reconnect: true, reconnectInterval: 5000, maxReconnectAttempts: 10, heartbeatInterval: 30000 });
    let n = 0;
    ws.on('subscribed', () => (window.subscribed = ++n));
    ws.on('message', (event) => window.seen.push(event.data.name ?? event.data.message));
    ws.on('connected', () => {
      ws.send({ type: 'subscribe', events: ['TaskStatusChanged'], filters: { task_name: 'create_servers', status: ['Running', 'Completed', 'Failed'] } });
      ws.send({ type: 'subscribe', events: ['LogEntry'], filters: { level: ['ERROR', 'WARN'], component: ['server-manager', 'batch-coordinator'], since: new Date().toISOString() } });
    });
    ws.connect();
  });
  await page.waitForFunction(() => window.subscribed === 2);
  const log = (level, component, message) => make('LogEntry', { level, component, message });
  await stack.send([
    make('TaskStatusChanged', { task_id: '1', name: 'create_servers', status: 'Pending' }), make('TaskStatusChanged', { task_id: '1', name: 'other', status: 'Running' }),
    make('TaskStatusChanged', { task_id: '1', name: 'create_servers', status: 'Running' }), log('INFO', 'server-manager', 'no'), log('ERROR', 'api', 'no'), log('WARN', 'batch-coordinator', 'yes'),
  ]);
  await page.waitForFunction(() => window.seen.length >= 2);
  assert.deepEqual(await page.evaluate(() => window.seen), ['create_servers', 'yes']);
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('the dashboard class fills the elements of a page, with text only', async () => {
  const page = await examplePage(`
    <div id="task-t1"><span class="status"></span><div class="progress-bar"></div></div>
    <div id="batch-b1"><div class="batch-progress"></div><div data-operation="op1"><span class="operation-status"></span><div class="operation-progress"></div></div></div>
    <div id="health-indicator"></div><div id="metrics-panel"></div>
    <div id="workflow-w1"><div class="workflow-progress"></div><span class="step-info"></span><span class="time-remaining"></span></div>
    <div id="log-container"></div>`, ({ url, token }) => {
    window.dashboard = new ProvisioningDashboard(url, token);
    window.dashboard.ws.on('connected', () => (window.isConnected = true));
  });
  await page.waitForFunction(() => window.isConnected);
  await stack.send([
    make('TaskStatusChanged', { task_id: 't1', name: 'a', status: 'Running', progress: 45.5 }),
    make('BatchOperationUpdate', { batch_id: 'b1', name: 'b', status: 'Running', progress: 65, operations: [{ id: 'op1', status: 'Completed', progress: 100 }] }),
    make('SystemHealthUpdate', { overall_status: 'Warning', components: {}, metrics: { cpu_usage: 45.2, memory_usage: 2048, disk_usage: 75.5, active_workflows: 5 } }),
    make('WorkflowProgressUpdate', { workflow_id: 'w1', name: 'c', progress: 75, current_step: 'Installing CNI', total_steps: 8, completed_steps: 6, estimated_time_remaining: 120 }),
    make('LogEntry', { level: 'INFO', message: '<b onclick=1>up</b>', component: 'server-manager' }),
  ]);
  await page.waitForFunction(() => document.querySelector('.log-message'));
  assert.deepEqual(await page.evaluate(() => {
    const text = (selector) => document.querySelector(selector).textContent;
    const width = (selector) => document.querySelector(selector).style.width;
    return [text('#task-t1 .status'), document.querySelector('#task-t1 .status').className, width('.progress-bar'), width('.batch-progress'), text('.operation-status'), width('.operation-progress'),
      document.querySelector('#health-indicator').className, text('#metrics-panel'), width('.workflow-progress'), text('.step-info'), text('.time-remaining'), text('.log-message'), document.querySelector('.log-entry').className];
  }), ['Running', 'status running', '45.5%', '65%', 'Completed', '100%', 'health-indicator warning', 'CPU: 45.2%Memory: 2048MBDisk: 75.5%Active Workflows: 5', '75%', 'Installing CNI (6/8)', '2 min remaining',
    '<b onclick=1>up</b>', 'log-entry log-info']);
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('errors and closes by code: an expired token is 4001, and a page that refreshes it goes on', async () => {
  const page = await examplePage('', ({ url }) => {
    window.codes = [];
    window.make = (token) => {
      const ws = new ProvisioningWebSocket(url, token);
      ws.on('error', (error) => window.codes.push(['error', error.code]));
      ws.on('disconnected', (event) => {
        window.codes.push(['closed', event.code, typeof event.reason]);
        if (event.code === 4001) {
          ws.token = window.fresh;
          ws.connect();
        }
      });
      ws.on('connected', () => (window.isConnected = true));
      ws.connect();
    };
  });
  await page.evaluate(([expired, fresh]) => {
    window.fresh = fresh;
    window.make(expired);
  }, [stack.token({ seconds: -60 }), stack.token()]);
  await page.waitForFunction(() => window.isConnected);
  assert.deepEqual(await page.evaluate(() => window.codes), [['error', 4001], ['closed', 4001, 'string']]);
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('as a module: one small file, and each part when it is needed', async () => {
  const page = await openPage(browser);
  await writeFile(`${stack.dir}/www/module.html`, '<!doctype html><html lang="en"><title>x</title><link rel="icon" href="/dashboard/mark.svg"><div id="task-m2"><span class="status"></span></div></html>');
  await page.goto(`${stack.url}/module.html`);
  const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => /^\/ringside/.test(path)));
  await page.evaluate(async ([url, token]) => {
    window.Ringside = await import('/ringside.mjs');
    window.seen = [];
    window.ws = new window.Ringside.ProvisioningWebSocket(url, token, { events: ['LogEntry'] });
    window.ws.on('message', (event) => window.seen.push(event.event_type));
    window.ws.on('subscribed', () => (window.isSubscribed = true));
    await new Promise((resolve) => {
      window.ws.on('connected', resolve);
      window.ws.connect();
    });
  }, [wsUrl(), stack.token()]);
  await stack.send([make('LogEntry', { level: 'INFO', message: 'm', component: 'c' })]);
  await page.waitForFunction(() => window.seen.length === 1);
  assert.deepEqual(await loaded(), ['/ringside.mjs']);
  await page.evaluate(() => window.ws.subscribe('task'));
  await page.waitForFunction(() => window.isSubscribed);
  await stack.send([make('TaskStatusChanged', { task_id: 'm1', name: 'x', status: 'Running' })]);
  await page.waitForFunction(() => window.seen[1] === 'TaskStatusChanged');
  assert.deepEqual(await loaded(), ['/ringside.mjs', '/ringside.subscriber.mjs']);
  await page.evaluate(([url, token]) => {
    window.events = window.ws.events();
    window.next = window.events.next();
    const dashboard = new window.Ringside.ProvisioningDashboard(url, token);
    return new Promise((resolve) => dashboard.ws.on('connected', resolve));
  }, [wsUrl(), stack.token()]);
  await stack.send([make('TaskStatusChanged', { task_id: 'm2', name: 'x', status: 'Failed' })]);
  assert.equal(await page.evaluate(async () => (await window.next).value.data.task_id), 'm2');
  await page.waitForFunction(() => document.querySelector('#task-m2 .status').textContent === 'Failed');
  assert.deepEqual((await loaded()).slice(2).sort(), ['/ringside.dashboard-view.mjs', '/ringside.events-iterator.mjs']);
  assert.deepEqual(await faultsOf(page), []);
  await page.context().close();
});

test('in Node: the library on the real server, over its own WebSocket', async (t) => {
  const ws = new ProvisioningWebSocket(wsUrl(), stack.token({ user: 'node' }), { heartbeatInterval: 50 });
  t.after(() => ws.disconnect());
  const answers = Promise.all([nextEvent(ws, 'subscribed'), nextEvent(ws, 'pong')]);
  const events = ws.events({ events: ['task'] });
  await answers;
  await stack.send(Array.from({ length: 500 }, (_, i) => make('TaskStatusChanged', { task_id: `n${i}`, name: 'n', status: 'Running' })));
  const seen = [];
  for await (const event of events) {
    seen.push(event.data.task_id);
    if (seen.length === 500) {
      break;
    }
  }
  assert.deepEqual(seen, Array.from({ length: 500 }, (_, i) => `n${i}`));
});

test('in Node: over a killed server, with two filtered subscriptions, nothing is lost and nothing doubled', async (t) => {
  const ws = new ProvisioningWebSocket(wsUrl(), stack.token({ user: 'node2' }), { reconnectInterval: 100, maxReconnectInterval: 1000, maxReconnectAttempts: 1000 });
  t.after(() => ws.disconnect());
  const seen = [];
  let replays = 0;
  ws.on('message', (event) => seen.push(event.data.task_id ?? event.data.message));
  ws.on('replay_end', () => replays++);
  ws.subscribe('task', { status: 'Running' });
  ws.subscribe('log', { min_level: 'WARN' });
  ws.connect();
  await waitFor(() => ws.state === 'open', 'the connection');
  const pong = nextEvent(ws, 'pong'); // the server answers in order: both subscriptions hold by then
  ws.send({ type: 'ping' });
  await pong;
  const wanted = [];
  const some = (from, to) => Array.from({ length: to - from }, (_, i) => from + i).flatMap((n) => {
    wanted.push(`k${n}`, `m${n}`);
    return [make('TaskStatusChanged', { task_id: `k${n}`, name: 'n', status: 'Running' }), make('TaskStatusChanged', { task_id: `k${n}`, name: 'n', status: 'Failed' }),
      make('LogEntry', { level: 'WARN', message: `m${n}`, component: 'c' }), make('LogEntry', { level: 'INFO', message: `m${n}`, component: 'c' })];
  });
  await stack.send(some(0, 100));
  await waitFor(() => seen.length === 200, 'the first');
  await stack.killServer();
  await stack.send(some(100, 300));
  await waitFor(() => replays === 2, 'both replays', 60_000);
  await stack.send(some(300, 320));
  await waitFor(() => seen.length >= 640, 'the rest');
  assert.deepEqual(seen.slice().sort(), wanted.slice().sort());
});
