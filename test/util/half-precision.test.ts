import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatsOf, halvesOf } from '../../src/util/half-precision.js';

test('every float16 is the same after float32 and back', () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const floats = floatsOf(all);
  const back = halvesOf(floats);
  const wrong = all.filter((bits, index) => !Number.isNaN(floats[index]) && back[index] !== bits);
  assert.deepEqual([...wrong], []);
  assert.ok(
    back.every(
      (bits, index) => !Number.isNaN(floats[index]) || Number.isNaN(floatsOf(Uint16Array.of(bits))[0]),
    ),
  );
});

test('a float32 becomes the nearest float16, the even one of two', () => {
  const cases = [
    [1, 1],
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [65504, 65504],
    [65519, 65504],
    [65520, Number.POSITIVE_INFINITY],
    [1e30, Number.POSITIVE_INFINITY],
    [-0.1, -0.0999755859375],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [2 ** -25 + 2 ** -40, 2 ** -24],
    [3 * 2 ** -25, 2 ** -23],
    [2 ** -14 - 2 ** -26, 2 ** -14],
    [1e-30, 0],
  ];
  for (const [number, expected] of cases)
    assert.equal(floatsOf(halvesOf([number!]))[0], expected, `${number}`);
});
