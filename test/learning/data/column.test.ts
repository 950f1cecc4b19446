import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeColumn, encodeColumn } from '../../../src/learning/data/column.js';
import type { Feature, ValueType } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';

const value = (dtype: ValueType): Feature => ({ _type: 'Value', dtype });
const list = (feature: Feature, length?: number): Feature => ({ _type: 'List', feature, length });

function roundTrip(feature: Feature, values: readonly unknown[]): unknown[] {
  const column = decodeColumn(feature, encodeColumn(feature, values));
  return Array.from({ length: column.length }, (_, i) => column.get(i));
}

const cases: [string, Feature, fc.Arbitrary<unknown>][] = [
  ['strings', value('string'), fc.string({ unit: 'grapheme' })],
  ['bytes', value('binary'), fc.uint8Array()],
  ['bools', value('bool'), fc.boolean()],
  ['int8', value('int8'), fc.integer({ min: -128, max: 127 })],
  ['uint16', value('uint16'), fc.integer({ min: 0, max: 65535 })],
  ['uint32', value('uint32'), fc.integer({ min: 0, max: 4294967295 })],
  ['int64', value('int64'), fc.maxSafeInteger()],
  ['uint64', value('uint64'), fc.maxSafeNat()],
  ['float16', value('float16'), fc.integer({ min: -2048, max: 2048 })],
  ['float32', value('float32'), fc.float()],
  ['float64', value('float64'), fc.double()],
  ['labels', { _type: 'ClassLabel', names: ['a', 'b', 'c'] }, fc.integer({ min: 0, max: 2 })],
  ['lists of strings', list(value('string')), fc.array(fc.option(fc.string()))],
  ['lists of lists', list(list(value('int32'))), fc.array(fc.array(fc.integer()))],
  ['lists of float32', list(value('float32')), fc.float32Array()],
  [
    'lists of float16',
    list(value('float16')),
    fc.array(fc.integer({ min: -2048, max: 2048 })).map((numbers) => Float32Array.from(numbers)),
  ],
];
for (const [name, feature, values] of cases) {
  test(`${name} and nulls are read back as written`, () => {
    fc.assert(
      fc.property(fc.array(fc.option(values), { maxLength: 40 }), (column) => {
        assert.deepEqual(roundTrip(feature, column), column);
      }),
      { numRuns: 40 },
    );
  });
}

test('loading Arrow adds nothing to the global object, where the next stage of the process would find it', () => {
  assert.ok(!('__extends' in global));
});

test('encoded audio keeps bytes and path, either of which may be null', () => {
  const values = [
    { bytes: Uint8Array.of(1, 2, 3), path: 'a.wav' },
    { bytes: Uint8Array.of(), path: null },
    { bytes: null, path: 'b.wav' },
  ];
  assert.deepEqual(roundTrip({ _type: 'Audio', storage: 'encoded' }, values), values);
});

test('audio samples and lists of float32 are read as views of the chunk, even from unaligned bytes', () => {
  const feature: Feature = { _type: 'Audio', storage: 'samples', sampling_rate: 16000 };
  const values = [
    { array: Float32Array.of(0.5, -1), path: 'a.wav' },
    { array: new Float32Array(), path: null },
  ];
  const bytes = encodeColumn(feature, values);
  const aligned = new Uint8Array(new ArrayBuffer(bytes.byteLength));
  aligned.set(bytes);
  const first = decodeColumn(feature, aligned).get(0) as { array: Float32Array };
  assert.equal(first.array.buffer, aligned.buffer);
  const shifted = new Uint8Array(new ArrayBuffer(bytes.byteLength + 3), 3);
  shifted.set(bytes);
  const column = decodeColumn(feature, shifted);
  assert.deepEqual([column.get(0), column.get(1)], values);
});

test('equal values give equal bytes', () => {
  const feature = value('string');
  const make = () => encodeColumn(feature, ['a', null, `${'b'}${String('c')}`]);
  assert.deepEqual(make(), make());
});

test('values that do not fit are refused with their row', () => {
  const refused: [Feature, unknown[], number][] = [
    [value('int64'), [1, 2 ** 53], 1],
    [value('int8'), [128], 0],
    [value('uint8'), [0, 0, -1], 2],
    [value('int32'), [1.5], 0],
    [value('string'), ['a', 7], 1],
    [value('bool'), [1], 0],
    [value('binary'), ['x'], 0],
    [list(value('int32'), 2), [[1, 2], [1]], 1],
    [list(value('float32')), [[1], ['x']], 1],
  ];
  for (const [feature, values, row] of refused) {
    assert.throws(
      () => encodeColumn(feature, values),
      (error) => error instanceof EtudeError && error.where?.row === row,
      JSON.stringify([feature, values]),
    );
  }
});

test('bytes that are not a chunk, and a chunk of another type, are refused', () => {
  const strings = encodeColumn(value('string'), ['a']);
  assert.throws(() => decodeColumn(value('string'), new Uint8Array(100)), EtudeError);
  assert.throws(() => decodeColumn(value('string'), strings.subarray(0, 60)), EtudeError);
  assert.throws(() => decodeColumn(value('int64'), strings), EtudeError);
});
