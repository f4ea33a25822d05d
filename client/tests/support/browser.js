// Headless Chromium, and pages that remember what went wrong in them.

import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';

const kPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? kPaths.find(existsSync),
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/**
 * A page that collects console errors, exceptions, refused requests and requests to other hosts in `page.faults`.
 * @param {import('playwright-core').Browser} browser
 * @param {any} [options] of the browser's context, and `tokenEnds`: the test has its token expire while the page is open, so any of its
 *   requests may be on its way just then, and be answered with 401
 */
export async function openPage(browser, { tokenEnds = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.faults = [];
  page.hosts = new Set();
  // Browsers tell as errors of their own that the server ended a connection, and that a ticket could not be had: while it is away, or with a
  // token that has expired, which is how the page learns it. The tests that bring it about expect it.
  const mayBeRefused = (url) => tokenEnds || new URL(url).pathname === '/ticket';
  const isExpected = (message) => /^WebSocket connection to |^Failed to load resource: net::ERR_CONNECTION_(REFUSED|RESET)$/.test(message.text())
    || (/ 401 /.test(message.text()) && mayBeRefused(message.location().url));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message)) {
      page.faults.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => page.faults.push(`exception: ${error.stack ?? error}`));
  page.on('request', (request) => page.hosts.add(new URL(request.url()).host));
  page.on('response', (response) => response.status() >= 400 && !(response.status() === 401 && mayBeRefused(response.url())) && page.faults.push(`${response.status()} ${response.url()}`));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

/** What went wrong in the page. @param {any} page @returns {Promise<string[]>} */
export async function faultsOf(page) {
  return [...page.faults, ...(await page.evaluate(() => window.violations))];
}
