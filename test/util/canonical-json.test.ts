import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../src/util/canonical-json.js';
import { EtudeError } from '../../src/util/errors.js';

/** The same value with the keys of every map in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

// Keys of digits come first in every JavaScript object, and `__proto__` in a literal is not an own key.
const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

test('the order of keys does not matter', () => {
  fc.assert(fc.property(json, (value) => canonicalJson(reversed(value)) === canonicalJson(value)));
});

test('it is JSON of the same value', () => {
  fc.assert(
    fc.property(json, (value) =>
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
});

test('numbers are written as in RFC 8785', () => {
  assert.equal(canonicalJson([3e-5, 1e21, -0, 1.0, 0.1, 1e-7]), '[0.00003,1e+21,0,1,0.1,1e-7]');
  assert.equal(canonicalJson({ b: 'ö\n', a: null, '': [true] }), '{"":[true],"a":null,"b":"ö\\n"}');
});

test('an undefined property is absent', () => {
  assert.equal(canonicalJson({ a: 1, b: undefined }), '{"a":1}');
});

const circle: { self?: unknown } = {};
circle.self = { circle };
const unfit: [string, unknown, RegExp][] = [
  ['NaN', { learning_rate: Number.NaN }, /learning_rate cannot be written as JSON.*NaN/s],
  ['infinity', [1, Number.POSITIVE_INFINITY], /1 cannot/],
  ['a function', { a: { b: () => 1 } }, /a\.b cannot.*function/s],
  ['undefined in a list', [undefined], /0 cannot/],
  ['a hole in a list', new Array(1), /0 cannot/],
  ['a big integer', 1n, /the value cannot.*bigint/s],
  ['a symbol', Symbol('x'), /symbol/],
  ['a date', { at: new Date(0) }, /at cannot.*Date/s],
  ['a map', new Map(), /Map/],
  ['bytes', new Uint8Array(2), /Uint8Array/],
  ['a cycle', circle, /contains itself/],
];
for (const [name, value, message] of unfit) {
  test(`${name} is refused, with its position`, () => {
    assert.throws(
      () => canonicalJson(value),
      (error) => error instanceof EtudeError && message.test(error.describe()),
    );
  });
}

test('a value that occurs twice is not a cycle', () => {
  const shared = { a: 1 };
  assert.equal(canonicalJson([shared, shared]), '[{"a":1},{"a":1}]');
});
