import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { yamlKey, yamlScalar, yamlText } from '../../../src/pipeline/recipe/yaml-text.js';
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
  'long: '.repeat(300),
  // Short until it is escaped.
  '\u202e'.repeat(400),
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
    const found: unknown = parse(
      `x: [${scalar}]\ny:\n  ${yamlKey(text, 2)} v\nz:\n ${yamlKey(text, 1)}\n    v: 1`,
    );
    assert.deepEqual(found, { x: [text], y: { [text]: 'v' }, z: { [text]: { v: 1 } } });
  }
  assert.equal(yamlScalar('samples/data'), 'samples/data');
});
