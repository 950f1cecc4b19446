import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pointsOutside, shownFrom } from '../../src/util/points-outside.js';

test('a folder whose name only begins with two dots is inside', () => {
  for (const inside of ['..data', '..data/x', '...', 'a/../..b', ''])
    assert.equal(pointsOutside(inside), false);
  for (const outside of ['..', '../x', '../..data', '/x']) assert.equal(pointsOutside(outside), true);
});

test('a path is shown relative to a folder that contains it, and otherwise unchanged', () => {
  assert.equal(shownFrom('/p', '/p/..data/model'), '..data/model');
  assert.equal(shownFrom('/p', '/other/model'), '/other/model');
  assert.equal(shownFrom('/p', '/p'), '/p');
});
