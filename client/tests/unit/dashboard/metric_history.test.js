// Metrics of the past, from pages of a server that follows a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricHistory } from '../../../dashboard/metric_history.js';
import { waitFor } from '../../support/wait.js';

const kFrom = Date.parse('2026-01-01T12:00:00Z') / 1000;
const value = (seconds, number, metric_type = 'gauge') => ({ event_type: 'MetricUpdate', timestamp: new Date((kFrom + seconds) * 1000).toISOString(), data: { metric_name: 'm', metric_type, value: number } });
const shown = (history) => [...history.store.metrics.get('m').series.values()][0].values;

/** A history whose pages the test gives. */
function scripted(pages) {
  const asked = [];
  const history = new MetricHistory({
    request: async (query, signal) => {
      asked.push(Object.fromEntries(query));
      const page = await pages[asked.length - 1];
      signal.throwIfAborted();
      if (page instanceof Error) {
        throw page;
      }
      return page;
    },
    onChange: () => {},
  });
  return { history, asked };
}

test('pages are read one after the other, the same time only once', async () => {
  const { history, asked } = scripted([{ events: [value(0, 1), value(1, 2)], next: 'e:7' }, { events: [value(2, 3)], next: null }]);
  for (let i = 0; i < 3; i++) {
    history.want('an hour', { from: kFrom, to: kFrom + 60, isOpen: false, metric: '' });
  }
  await waitFor(() => history.state === 'done', 'the end');
  assert.deepEqual(shown(history), [1, 2, 3]);
  assert.deepEqual(asked, [{ since: '2026-01-01T12:00:00.000Z', limit: '1000', until: '2026-01-01T12:01:00.000Z' }, { since: 'e:7', limit: '1000', until: '2026-01-01T12:01:00.000Z' }]);
});

test('what comes meanwhile is added after the history, if the time asked for has no end', async () => {
  let give;
  const { history, asked } = scripted([new Promise((resolve) => (give = resolve))]);
  history.want('until now', { from: kFrom, to: kFrom + 15, isOpen: true, metric: 'm' });
  history.take(value(20, 300, 'counter'));
  give({ events: [value(0, 100, 'counter'), value(10, 200, 'counter')], next: null });
  await waitFor(() => history.state === 'done', 'the end');
  history.take(value(30, 500, 'counter'));
  assert.deepEqual(shown(history), [10, 10, 20]);
  assert.equal(asked[0].names, 'm');
  assert.ok(!('until' in asked[0]));
});

test('a time without an end does not grow for ever, and what cannot wait is told', async () => {
  let give;
  const { history } = scripted([new Promise((resolve) => (give = resolve))]);
  history.want('open', { from: kFrom, to: kFrom + 60, isOpen: true, metric: '' });
  for (let i = 0; i <= 20_000; i++) {
    history.take(value(i / 1000, i));
  }
  give({ events: [], next: null });
  await waitFor(() => history.state === 'cut', 'the most that wait');
  for (let minutes = 1; minutes < 6000; minutes++) {
    history.take(value(minutes * 60, minutes));
  }
  assert.equal(shown(history).at(-1), 5999);
  assert.ok(shown(history).length < 80, String(shown(history).length));
});

test('another time takes the place of the one before; a failure is told; there is a most', async () => {
  let give;
  const { history } = scripted([new Promise((resolve) => (give = resolve)), new Error('too many replays'), ...Array.from({ length: 200 }, (_, i) => ({ events: [value(i, i)], next: `e:${i}` }))]);
  history.want('first', { from: kFrom, to: kFrom + 60, isOpen: false, metric: '' });
  history.want('second', { from: kFrom + 60, to: kFrom + 120, isOpen: false, metric: '' });
  await waitFor(() => history.state === 'failed', 'the failure');
  assert.equal(history.problem, 'too many replays');
  give({ events: [value(0, 1)], next: null });
  history.want('third', { from: kFrom, to: kFrom + 6000, isOpen: false, metric: '' });
  await waitFor(() => history.state === 'cut', 'the most');
  assert.equal(shown(history).length, 100);
  history.clear();
  assert.equal(history.state, 'idle');
  assert.equal(history.store.metrics.size, 0);
});
