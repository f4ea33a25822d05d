// usage: script/screenshots [load|terraform|command]
//
// Takes the pictures of the dashboard in docs/images/, under a realistic load on the real server. The load is the same each time;
// the clock is the machine's, so the pictures differ a little from run to run.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../tests/support/browser.js';
import { openDashboard } from '../tests/support/dashboard.js';
import { CommandRun } from '../tests/support/run_command.js';
import { Load } from '../tests/support/load.js';
import { Stack } from '../tests/support/stack.js';
import { TerraformRun } from '../tests/support/terraform.js';

const kSeconds = 420; // of history, so that charts are not empty
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const kWide = { width: 1280, height: 860 };
const kPhone = { width: 390, height: 844 };
const kPictures = [
  { name: 'dashboard-light', hash: '#overview', colorScheme: 'light', viewport: { width: 1280, height: 1000 } },
  { name: 'dashboard-dark', hash: '#overview', colorScheme: 'dark', viewport: { width: 1280, height: 1000 } },
  { name: 'dashboard-phone', hash: '#overview', colorScheme: 'light', viewport: kPhone },
  { name: 'run-light', hash: '#run', colorScheme: 'light', viewport: kWide },
  { name: 'run-dark', hash: '#run', colorScheme: 'dark', viewport: kWide },
  { name: 'run-phone', hash: '#run', colorScheme: 'light', viewport: kPhone },
  { name: 'events-light', hash: '#events?types=TaskStatusChanged,WorkflowProgressUpdate', colorScheme: 'light', viewport: kWide },
  { name: 'metrics-dark', hash: '#metrics', colorScheme: 'dark', viewport: { width: 1280, height: 720 } },
  { name: 'logs-light', hash: '#logs?search=at+main&mark=1', colorScheme: 'light', viewport: kWide, openEntry: true },
  { name: 'logs-dark', hash: '#logs', colorScheme: 'dark', viewport: kWide },
  { name: 'logs-phone', hash: '#logs', colorScheme: 'dark', viewport: kPhone },
];
const kReady = /** @type {Record<string, string>} */ ({ overview: 'rs-tasks tbody tr', events: 'rs-events .event-row', metrics: '.chart canvas', logs: 'rs-logs .row', run: 'rs-run .run-log li' });

/** @param {import('../tests/support/stack.js').Stack} stack @param {any} how @param {() => Promise<void>} meanwhile what happens while the page looks on */
async function picture(stack, { name, hash, colorScheme, viewport, openEntry }, meanwhile) {
  const page = await openDashboard(browser, stack, 'overview', { colorScheme, viewport });
  const target = hash === '#run' ? await page.locator('rs-failures a').first().getAttribute('href') : hash;
  await page.evaluate((to) => (location.hash = to), target);
  await page.locator(kReady[hash.replace(/^#(\w+).*/, '$1')]).first().waitFor();
  await meanwhile();
  await page.waitForSelector('#connection[data-state="live"]');
  if (openEntry) {
    await page.getByRole('button', { name: 'Previous match' }).click();
    await page.locator('rs-logs .row.selected').click();
    await page.locator('rs-logs .log-detail').waitFor();
  }
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  });
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled', caret: 'hide' });
  await page.context().close();
  console.log(`docs/images/${name}.png`);
}

async function picturesOfLoad() {
  const stack = await Stack.start();
  try {
    const load = new Load();
    const end = Date.now();
    const history = [];
    for (let second = kSeconds; second > 0; second--) {
      history.push(...load.second(new Date(end - second * 1000)));
    }
    await stack.send(history);
    for (const one of kPictures) {
      await stack.send(load.second(new Date()));
      await picture(stack, one, () => stack.send(load.second(new Date())));
    }
  } finally {
    await stack.stop();
  }
}

async function pictureOfCommand() {
  const stack = await Stack.start();
  try {
    const run = await CommandRun.start(stack);
    await picture(stack, { name: 'run-command', hash: '#run/workflow/deploy%20shop', colorScheme: 'light', viewport: { width: 1280, height: 900 } }, async () => {});
    await run.finish();
  } finally {
    await stack.stop();
  }
}

async function pictureOfTerraform() {
  const stack = await Stack.start({ hostMetrics: true });
  try {
    const run = await TerraformRun.start(stack, { name: 'shop', lines: 38 });
    await picture(stack, { name: 'terraform', hash: '#overview', colorScheme: 'light', viewport: { width: 1280, height: 900 } }, async () => {});
    await run.finish();
  } finally {
    await stack.stop();
  }
}

await mkdir(images, { recursive: true });
const browser = await launch();
try {
  const only = process.argv[2];
  for (const [name, take] of Object.entries({ load: picturesOfLoad, terraform: pictureOfTerraform, command: pictureOfCommand })) {
    if (only === undefined || only === name) {
      await take();
    }
  }
} finally {
  await browser.close();
}
