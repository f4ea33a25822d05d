// usage: script/screenshots
//
// Pictures of the dashboard under a realistic load, on the real server, for the README and the documentation: docs/images/*.png. The
// load is the same each time; the clock is the machine's, so the pictures differ a little from run to run.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../tests/support/browser.js';
import { openDashboard } from '../tests/support/dashboard.js';
import { Load } from '../tests/support/load.js';
import { Stack } from '../tests/support/stack.js';
import { TerraformRun } from '../tests/support/terraform.js';

const kSeconds = 420; // of history, so that charts are not empty
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const kPictures = [
  { name: 'dashboard-light', view: 'overview', colorScheme: 'light', width: 1280, height: 900 },
  { name: 'dashboard-dark', view: 'overview', colorScheme: 'dark', width: 1280, height: 900 },
  { name: 'metrics-dark', view: 'metrics', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'logs-light', view: 'logs', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'dashboard-phone', view: 'overview', colorScheme: 'light', width: 390, height: 844 },
  { name: 'logs-phone', view: 'logs', colorScheme: 'dark', width: 390, height: 844 },
];
const kReady = { overview: 'rs-tasks tbody tr', metrics: '.chart canvas', logs: '.row' };

/** @param {import('../tests/support/stack.js').Stack} stack @param {{name: string, view: string, colorScheme: string, width: number, height: number}} how @param {() => Promise<void>} meanwhile what happens while the page looks on */
async function picture(stack, { name, view, colorScheme, width, height }, meanwhile) {
  const page = await openDashboard(browser, stack, view, { colorScheme, viewport: { width, height } });
  await page.locator(kReady[view]).first().waitFor();
  await meanwhile();
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

async function pictureOfTerraform() {
  const stack = await Stack.start({ hostMetrics: true });
  try {
    const run = await TerraformRun.start(stack, { name: 'shop', lines: 38 });
    await picture(stack, { name: 'terraform', view: 'overview', colorScheme: 'light', width: 1280, height: 900 }, async () => {});
    await run.finish();
  } finally {
    await stack.stop();
  }
}

await mkdir(images, { recursive: true });
const browser = await launch();
try {
  await picturesOfLoad();
  await pictureOfTerraform();
} finally {
  await browser.close();
}
