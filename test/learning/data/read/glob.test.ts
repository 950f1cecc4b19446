import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globMatcher } from '../../../../src/learning/data/read/glob.js';

const matched = (pattern: string, names: string[]) => names.filter(globMatcher(pattern));

test('stars, question marks and sets mean what they mean in a shell', () => {
  assert.deepEqual(matched('*.csv', ['a.csv', '.csv', 'a/b.csv', 'a.csvx']), ['a.csv', '.csv']);
  assert.deepEqual(matched('**/*.csv', ['a.csv', 'a/b/c.csv', 'a.csv/x']), ['a.csv', 'a/b/c.csv']);
  assert.deepEqual(matched('a/**', ['a/b', 'a/b/c', 'b/a/c', 'a']), ['a/b', 'a/b/c']);
  assert.deepEqual(matched('a/**/z', ['a/z', 'a/b/c/z', 'az', 'a/bz']), ['a/z', 'a/b/c/z']);
  assert.deepEqual(matched('?😀?', ['a😀b', '😀😀😀', 'a😀', 'a😀/']), ['a😀b', '😀😀😀']);
  assert.deepEqual(matched('[ab-d]', ['a', 'c', '-', 'e', '/']), ['a', 'c']);
  assert.deepEqual(matched('[!ab]x', ['cx', 'ax', '/x', '!x']), ['cx', '!x']);
  assert.deepEqual(matched('[]a]', [']', 'a', '[']), [']', 'a']);
  assert.deepEqual(matched('a[', ['a[', 'a']), ['a[']);
  assert.deepEqual(matched('(a+)+$.^{1,2}\\', ['(a+)+$.^{1,2}\\', 'aa']), ['(a+)+$.^{1,2}\\']);
});

test('a range that goes backwards matches nothing', () => {
  assert.deepEqual(matched('[z-a]', ['a', 'm', 'z', '-']), []);
  assert.deepEqual(matched('[!z-a]', ['a', 'm']), ['a', 'm']);
});

test('patterns designed to take forever do not', () => {
  const long = 'a'.repeat(2000);
  for (const pattern of [
    '*a'.repeat(40),
    `${'**/'.repeat(40)}b`,
    '**a'.repeat(40),
    `${'*?'.repeat(40)}[!-a]`,
    `${'[a-b]*'.repeat(40)}c`,
  ]) {
    const matches = globMatcher(pattern);
    assert.equal(matches(`${long}-`), false, pattern);
    assert.equal(matches(`${'a/'.repeat(1000)}-`), false, pattern);
  }
});
