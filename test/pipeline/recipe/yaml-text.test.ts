import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { yamlScalar, yamlText } from '../../../src/pipeline/recipe/yaml-text.js';
import { hasUnseen } from '../../../src/terminal/terminal-text.js';

const HOSTILE = [
  'a\u202eb',
  '\u009b31mc',
  '\u001b]0;x\u0007',
  'zero\u200bwidth',
  'line\u2028break',
  'new\nline\u0085',
  'tag\u{e0041}',
  'half\ud800',
  '\ufeff- x: [y]',
  '__proto__',
  `${'long '.repeat(300)}\u200f`,
];

test('invisible characters are escaped in keys and values, and are read back unchanged', () => {
  const value = {
    list: HOSTILE,
    ...Object.fromEntries(HOSTILE.map((text) => [`key ${text}`, { [text]: text }])),
  };
  const text = yamlText(value);
  assert.equal(hasUnseen(text), false);
  assert.deepEqual(parse(text), value);
  // Readers that do not accept surrogate pairs of escapes get a single escape.
  assert.ok(text.includes('tag\\U000e0041'));
});

test('a value next to a hostile one is unchanged', () => {
  assert.equal(yamlText({ plain: 'a b', odd: 'a\u202eb' }), 'plain: a b\nodd: "a\\u202eb"\n');
});

test('a text can be anywhere in a recipe, even in brackets', () => {
  for (const text of [...HOSTILE, 'a, b', 'true', 'null', '', '#', "'", 'samples/data']) {
    const scalar = yamlScalar(text);
    assert.equal(hasUnseen(scalar) || scalar.includes('\n'), false);
    const asKey = text.length < 1000;
    const found: unknown = parse(`x: [${scalar}]\n${asKey ? scalar : 'key'}: y`);
    assert.deepEqual(found, { x: [text], [asKey ? text : 'key']: 'y' });
  }
  assert.equal(yamlScalar('samples/data'), 'samples/data');
});
