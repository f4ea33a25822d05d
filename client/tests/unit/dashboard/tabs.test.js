// The tabs of a hub, on a clock of the test's own.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { kTabSilentMs, Tabs } from '../../../dashboard/tabs.js';

let time;
let asked;
let tabs;
beforeEach(() => {
  time = 1_000_000;
  asked = [];
  tabs = new Tabs((_tab, request) => {
    asked.push(request.do);
    if (request.do === 'hello') {
      _tab.ready = true;
    }
  }, () => time);
});

function port() {
  const one = { said: [], onmessage: null, postMessage: (message) => one.said.push(message), ask: (request) => one.onmessage({ data: request }) };
  tabs.add(one);
  one.ask({ do: 'hello' });
  return one;
}

/** Seconds go by, in each of which the tabs are looked at. @param {number} seconds @param {(second: number) => void} [each] */
function pass(seconds, each = () => {}) {
  for (let i = 0; i < seconds; i++) {
    time += 1000;
    each(i);
    tabs.dropSilent();
  }
}

test('a tab that says nothing is dropped, one that pings stays', () => {
  port();
  const alive = port();
  pass(kTabSilentMs / 1000 + 2, (second) => second % 20 === 0 && alive.ask({ do: 'ping' }));
  assert.equal(tabs.size, 1);
  assert.ok(!alive.said.some((one) => one.tell === 'again'));
});

test('a tab that was dropped while it slept is told to begin again, and what it asked for is done', () => {
  const one = port();
  pass(kTabSilentMs / 1000 + 2);
  assert.equal(tabs.size, 0);
  one.ask({ do: 'token', token: 't' });
  assert.deepEqual(one.said, [{ tell: 'again' }]);
  assert.deepEqual(tabs.ready, []);
  assert.equal(asked.at(-1), 'token');
  one.ask({ do: 'hello' });
  assert.equal(tabs.ready.length, 1);
  one.ask({ do: 'ping' });
  assert.equal(one.said.length, 1);
});

test('after the computer itself has slept for hours, no tab is dropped', () => {
  const one = port();
  pass(30);
  time += 8 * 3_600_000;
  tabs.dropSilent();
  pass(15);
  one.ask({ do: 'ping' });
  assert.deepEqual(one.said, []);
  assert.equal(tabs.size, 1);
});

test('a tab that says goodbye is gone', () => {
  const one = port();
  one.ask({ do: 'bye' });
  assert.equal(tabs.size, 0);
  assert.equal(asked.at(-1), 'bye');
});
