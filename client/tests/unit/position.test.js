import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Position } from '../../src/position.js';

test('events in order move the place to resume from', () => {
  const position = new Position();
  assert.equal(position.id, null);
  position.advance('5f3a9c1e:7');
  position.advance('5f3a9c1e:8');
  assert.equal(position.id, '5f3a9c1e:8');
});

test('events before their turn move it only when history is complete, to the newest of them', () => {
  const position = new Position();
  position.advance('5f3a9c1e:7');
  assert.equal(position.remember('5f3a9c1e:20'), true);
  assert.equal(position.remember('5f3a9c1e:9'), true);
  assert.equal(position.remember('5f3a9c1e:20'), false);
  assert.equal(position.id, '5f3a9c1e:7');
  position.settle();
  assert.equal(position.id, '5f3a9c1e:20');
  assert.equal(position.remember('5f3a9c1e:20'), true);
});

test('history older than the place leaves it, that of a new epoch takes it', () => {
  const position = new Position();
  position.advance('5f3a9c1e:7');
  position.remember('5f3a9c1e:3');
  position.settle();
  assert.equal(position.id, '5f3a9c1e:7');
  position.remember('00000001:1');
  position.settle();
  assert.equal(position.id, '00000001:1');
});

test('ids without an order are taken as they come, so that nothing is skipped', () => {
  const position = new Position();
  position.advance('5f3a9c1e:18446744073709551615');
  position.remember('5f3a9c1e:9999999999999999999');
  position.remember('5f3a9c1e:9223372036854775808');
  position.settle();
  assert.equal(position.id, '5f3a9c1e:9223372036854775808');
});
