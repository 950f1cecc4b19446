import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, listOf } from '../../src/util/words.js';

test('one of a thing is singular, and any other number plural', () => {
  const texts = ['clip', 'entry', 'class', 'branch', 'index', 'key'].map((noun) =>
    [0, 1, 2].map((n) => count(n, noun)),
  );
  assert.deepEqual(texts, [
    ['0 clips', '1 clip', '2 clips'],
    ['0 entries', '1 entry', '2 entries'],
    ['0 classes', '1 class', '2 classes'],
    ['0 branches', '1 branch', '2 branches'],
    ['0 indexes', '1 index', '2 indexes'],
    ['0 keys', '1 key', '2 keys'],
  ]);
  assert.equal(count(1n, 'row'), '1 row');
});

test('a list reads like a sentence', () => {
  assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listOf), ['', 'a', 'a and b', 'a, b and c']);
  assert.equal(listOf([8000, 16000, 44100]), '8000, 16000 and 44100');
});
