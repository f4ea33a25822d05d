// The dashboard for everybody: axe-core, the keyboard, themes, a phone's width.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openPage } from '../support/browser.js';
import { startDashboard } from '../support/dashboard.js';
import { Load } from '../support/load.js';
import { waitFor } from '../support/wait.js';

const { stack, browser, open, close } = await startDashboard();

/** What axe finds, of any gravity. @param {any} page @param {string} axe */
async function faults(page, axe) {
  await page.evaluate(axe); // by the debugger, which the page's policy does not hold
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

const kReady = { overview: 'rs-tasks tbody tr', events: 'rs-events .event-row', metrics: '.chart canvas', logs: 'rs-logs .row', run: 'rs-run .gantt li' };

const kLooks = [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }];

for (const how of kLooks) {
  test(`axe finds nothing, on any view: ${Object.values(how)[0]}`, async () => {
    await stack.send([...new Load().second(new Date()), { event_type: 'TaskStatusChanged', timestamp: new Date().toISOString(), data: { task_id: 'axed', name: 'axed', status: 'Failed', error: 'no quota' }, metadata: {} }]);
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const width of [1280, 390]) {
      const page = await open('overview', { ...how, viewport: { width, height: 844 } });
      for (const view of ['overview', 'events', 'metrics', 'logs', 'run']) {
        await page.evaluate((to) => (location.hash = to), view === 'run' ? '#run/task/axed' : `#${view}`);
        await page.locator(kReady[view]).first().waitFor();
        if (view === 'logs') {
          const detail = page.locator('rs-logs .log-detail');
          await waitFor(async () => { // a row that was just replaced by the one that follows it takes no click
            await page.locator('rs-logs .row').first().click();
            return detail.waitFor({ timeout: 3000 }).then(() => true, () => false);
          }, 'the details of a line');
        }
        assert.deepEqual(await faults(page, axe), [], `${view} ${width}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} at ${width} scrolls sideways`);
      }
      await page.context().close();
    }
  });
}

for (const how of kLooks) {
  test(`axe finds nothing in what opens over a view: ${Object.values(how)[0]}`, async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await openPage(browser, how);
    await page.goto(stack.url);
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await faults(page, axe), [], 'signing in');
    await page.goto(`${stack.url}/#token=${stack.token()}`);
    await page.waitForSelector('#connection[data-state="live"]');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    assert.deepEqual(await faults(page, axe), [], 'shortcuts');
    await page.keyboard.press('Escape');
    await page.click('#connection');
    await page.locator('#connection-details').waitFor();
    assert.deepEqual(await faults(page, axe), [], 'the connection');
    await page.context().close();
  });
}

// However long ago the last event is: no state of a panel may take contrast from its text.
for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in panels that are stale or silent: ${colorScheme}`, async () => {
    await stack.send(new Load().second(new Date()));
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const page = await open('overview', { colorScheme });
    await page.locator(kReady.overview).first().waitFor();
    await page.locator('rs-health .health-row').first().waitFor();
    const n = await page.evaluate(() => {
      const panels = document.querySelectorAll('rs-tasks, rs-workflows, rs-batches, rs-health, rs-summary, rs-recent-logs');
      const rows = document.querySelectorAll('.health-row');
      panels.forEach((panel) => panel.setAttribute('data-stale', ''));
      rows.forEach((row) => row.setAttribute('data-silent', ''));
      return [panels.length, rows.length];
    });
    assert.ok(n[0] > 2 && n[1] > 0, `${n}`);
    assert.deepEqual(await faults(page, axe), []);
    await page.context().close();
  });
}

test('no text runs out of its box, on any view', async () => {
  const long = 'a step with a name that is longer than most';
  const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  const flow = (seconds, current_step) => ({ event_type: 'WorkflowProgressUpdate', timestamp: at(seconds), data: { workflow_id: 'wide', name: `${long} and its workflow`, progress: 5, current_step, total_steps: 9, completed_steps: 1 }, metadata: { infra: long, provider: long } });
  await stack.send([...new Load().second(new Date()), flow(20, long), flow(10, `${long}, too`), { event_type: 'TaskStatusChanged', timestamp: at(1), data: { task_id: 'wide', name: long, status: 'WaitingForApproval', error: long }, metadata: { workflow_id: 'wide', workflow_type: long, infra: long } },
    { event_type: 'SystemHealthUpdate', timestamp: at(1), data: { overall_status: 'Warning', components: { [long.replaceAll(' ', '_')]: { status: 'Warning', message: long } } }, metadata: {} }]);
  for (const width of [1280, 1000, 390]) {
    const page = await open('overview', { viewport: { width, height: 844 } });
    for (const [view, hash] of Object.entries({ overview: '#overview', events: '#events', metrics: '#metrics', logs: '#logs', run: '#run/workflow/wide', task: '#run/task/wide' })) {
      await page.evaluate((to) => (location.hash = to), hash);
      await page.locator(kReady[view] ?? kReady.run).first().waitFor();
      const out = await page.evaluate(() => [...document.querySelectorAll('main *, rs-top-bar *')].filter((element) => {
        const style = getComputedStyle(element);
        return [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && element.clientWidth > 1 && style.overflowX === 'visible' && element.scrollWidth > element.clientWidth + 1 && element.checkVisibility({ visibilityProperty: true });
      }).map((element) => element.outerHTML.slice(0, 200)));
      assert.deepEqual(out, [], `${view} at ${width}`);
    }
    await close(page);
  }
});

test('on a phone nothing is cut off', async () => {
  await stack.send([{ event_type: 'TaskStatusChanged', timestamp: new Date().toISOString(), data: { task_id: 'p', name: 'a_task_with_a_rather_long_name_of_its_own', status: 'Running', progress: 100 }, metadata: {} }]);
  const page = await open('overview', { viewport: { width: 390, height: 844 } });
  await page.locator('rs-tasks tbody tr').first().waitFor();
  const cut = await page.evaluate(() => [...document.querySelectorAll('rs-tasks :is(.percent, .status), rs-workflows :is(.percent, .status, .left), rs-batches .percent')].filter((element) => {
    const box = element.closest('.panel').getBoundingClientRect();
    const { left, right } = element.getBoundingClientRect();
    return right > box.right + 0.5 || left < box.left - 0.5 || element.scrollWidth > element.clientWidth + 1;
  }).map((element) => element.outerHTML));
  assert.deepEqual(cut, []);
  await page.click('.tabs a[data-tab="logs"]');
  const row = page.locator('rs-logs .row').first();
  await row.locator('.component').waitFor();
  assert.match(await row.locator('.time').textContent(), /^\d\d:\d\d:\d\d$/);
  await close(page);
});

test('a run page can be printed: nothing scrolls and no control is on it', async () => {
  await stack.send([{ event_type: 'TaskStatusChanged', timestamp: new Date().toISOString(), data: { task_id: 'printed', status: 'Failed', error: 'out of paper' }, metadata: {} }]);
  const page = await open();
  await page.evaluate(() => (location.hash = '#run/task/printed'));
  await page.locator('rs-run .run-error', { hasText: 'out of paper' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('rs-top-bar').isVisible(), false);
  assert.equal(await page.locator('rs-run .run-error').isVisible(), true);
  assert.ok(await page.evaluate(() => [...document.querySelectorAll('rs-run .panel-body')].every((body) => getComputedStyle(body).overflowY === 'visible')));
  assert.ok((await page.pdf()).length > 1000);
  await page.context().close();
});

test('keys lead everywhere, and are listed', async () => {
  const page = await open();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  for (const [key, view] of [['l', 'logs'], ['e', 'events'], ['m', 'metrics'], ['o', 'overview']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForSelector(`body[data-view="${view}"]`);
  }
  await page.keyboard.press('f');
  await page.waitForFunction(() => location.hash.includes('tasks=failed'));
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
  await close(page);
});

test('the keyboard reaches everything: tabs, filters, entries', async () => {
  const page = await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'brand');
  for (const name of ['Overview', 'Events', 'Metrics', 'Logs']) {
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

for (const how of kLooks) {
  test(`all that can be clicked can be reached with the keyboard, and shows the focus: ${Object.values(how)[0]}`, async () => {
    await stack.send([...new Load().second(new Date()), { event_type: 'TaskStatusChanged', timestamp: new Date().toISOString(), data: { task_id: 'reached', name: 'reached', status: 'Failed', error: 'no quota' }, metadata: {} }]);
    const page = await openPage(browser, how);
    await page.addInitScript(() => {
      window.clickable = new Set();
      const real = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, ...rest) {
        if (type === 'click' && this instanceof HTMLElement) {
          window.clickable.add(this);
        }
        return real.call(this, type, ...rest);
      };
    });
    await page.goto(`${stack.url}/#token=${stack.token()}`);
    await page.waitForSelector('#connection[data-state="live"]');
    for (const [view, hash] of Object.entries({ overview: '#overview', events: '#events', metrics: '#metrics', logs: '#logs?search=a&mark=1', run: '#run/task/reached' })) {
      await page.evaluate((to) => (location.hash = to), hash);
      await page.locator(kReady[view]).first().waitFor();
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
        const isOutlined = (element) => {
          const style = getComputedStyle(element);
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
        };
        // Lines of a list are chosen with the arrow keys, as is a place of a chart; bars of the volume with the slider.
        const unreached = [...window.clickable].filter((element) => isSeen(element) && !element.disabled && element.tabIndex < 0 && !element.closest('.log-scroll, .volume, .plot[tabindex="0"]'));
        const targets = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')].filter((element) => isSeen(element) && !element.disabled && element.tabIndex >= 0);
        const unseen = targets.filter((element) => {
          element.focus({ preventScroll: true, focusVisible: true });
          return document.activeElement !== element || !(isOutlined(element) || isOutlined(element.parentElement));
        });
        return { n: targets.length, faults: [...unreached, ...unseen].map((element) => element.outerHTML.slice(0, 160)) };
      });
      assert.deepEqual(found.faults, [], view);
      assert.ok(found.n > 10, `${view}: ${found.n}`);
    }
    await close(page);
  });
}

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
