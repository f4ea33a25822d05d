// usage: node client/script/measure.js [SECONDS] [EVENTS_PER_SECOND] [VIEW] [crowd]
//
// What the dashboard costs under load: opens it in headless Chromium on the real server, sends events at a steady rate, and prints
// the tasks of the page's main thread over 50 ms, its share of a core, that of all threads of page and shared worker, and the heap at
// the beginning and every 30 s (after a collection each). 300 seconds, 500 events a second and the overview unless told; with "crowd",
// 500 tasks and 200 workflows are active besides. Build with script/build release first.

import { launch } from '../tests/support/browser.js';
import { openDashboard } from '../tests/support/dashboard.js';
import { Load } from '../tests/support/load.js';
import { Stack } from '../tests/support/stack.js';

const [seconds = 300, rate = 500, view = 'overview', crowd = ''] = process.argv.slice(2).map((text) => (/^\d+$/.test(text) ? Number(text) : text));
const kSettleSeconds = 10;

/** One second's worth of events: what Load tells, filled up with log lines. @param {Load} load */
function second(load) {
  const events = load.second(new Date());
  while (events.length < rate) {
    load.log((event_type, data, metadata = {}) => events.push({ event_type, timestamp: new Date().toISOString(), data, metadata }));
  }
  return events.slice(0, /** @type {number} */ (rate));
}

/** Runs that are active all the time. */
function crowded() {
  const timestamp = new Date().toISOString();
  return [...Array.from({ length: 500 }, (_, i) => ({ event_type: 'TaskStatusChanged', timestamp, data: { task_id: `crowd-${i}`, name: `task ${i}`, status: 'Running', progress: i / 5 } })),
    ...Array.from({ length: 200 }, (_, i) => ({ event_type: 'WorkflowProgressUpdate', timestamp, data: { workflow_id: `crowd-${i}`, name: `workflow ${i}`, progress: i / 2, current_step: 'Waiting', total_steps: 12, completed_steps: i % 12 } }))];
}

const [stack, browser] = await Promise.all([Stack.start(), launch()]);
try {
  const load = new Load();
  if (crowd === 'crowd') {
    await stack.send(crowded());
  }
  const page = await openDashboard(browser, stack, /** @type {string} */ (view));
  const debug = await page.context().newCDPSession(page);
  await debug.send('Performance.enable');
  const read = async () => {
    await debug.send('HeapProfiler.collectGarbage');
    const { metrics } = await debug.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const run = async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) {
      const started = performance.now();
      await stack.send(second(load));
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 - (performance.now() - started))));
    }
  };
  await run(kSettleSeconds);
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
  const system = await browser.newBrowserCDPSession();
  // The page and the worker that all tabs share: every thread of the processes that run them.
  const cpuTime = async () => (await system.send('SystemInfo.getProcessInfo')).processInfo.filter(({ type }) => type === 'renderer').reduce((sum, one) => sum + one.cpuTime, 0);
  const cpuBefore = await cpuTime();
  const before = await read();
  const heaps = [];
  for (let left = Number(seconds); left > 0; left -= 30) {
    await run(Math.min(30, left));
    heaps.push((await read()).JSHeapUsedSize / 2 ** 20);
  }
  const after = await read();
  const whole = (((await cpuTime()) - cpuBefore) / (after.Timestamp - before.Timestamp)) * 100;
  const longTasks = await page.evaluate(() => window.longTasks);
  const share = ((after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp)) * 100;
  console.log(`${view}${crowd ? `, ${crowd}` : ''}, ${rate} events/s, ${seconds} s`);
  console.log(`main thread: ${share.toFixed(1)} % of a core, ${longTasks.length} tasks over 50 ms${longTasks.length ? ` (longest ${Math.max(...longTasks).toFixed(0)} ms)` : ''}`);
  console.log(`page and shared worker, all their threads: ${whole.toFixed(1)} % of a core`);
  console.log(`heap: ${(before.JSHeapUsedSize / 2 ** 20).toFixed(1)} MiB, then every 30 s ${heaps.map((heap) => heap.toFixed(1)).join(', ')}`);
  console.log(`nodes: ${before.Nodes} to ${after.Nodes}`);
} finally {
  await browser.close();
  await stack.stop();
}
