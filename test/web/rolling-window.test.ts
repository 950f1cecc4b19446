import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RollingWindow } from '../../src/web/rolling-window.js';

test('a window keeps the last samples, oldest first, however they come', () => {
  for (const sizes of [[1], [3], [5], [12], [2, 7, 1], [5, 5, 5]]) {
    const window = new RollingWindow(5);
    const all: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const size = sizes[round % sizes.length]!;
      const block = Float32Array.from({ length: size }, (_, i) => all.length + i);
      window.add(block);
      all.push(...block);
      assert.deepEqual([...window.samples()], all.slice(-5));
      assert.deepEqual([window.total, window.isFull], [all.length, all.length >= 5]);
    }
  }
});

test('what it gives is a copy', () => {
  const window = new RollingWindow(2);
  window.add(Float32Array.of(1, 2));
  const before = window.samples();
  window.add(Float32Array.of(3));
  assert.deepEqual([...before], [1, 2]);
  assert.deepEqual([...window.samples()], [2, 3]);
});
