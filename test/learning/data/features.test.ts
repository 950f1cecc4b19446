import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresFromJson, featuresToJson } from '../../../src/learning/data/features.js';
import type { Features } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';

const features: Features = {
  path: { _type: 'Value', dtype: 'string' },
  audio: { _type: 'Audio', sampling_rate: 8000, storage: 'encoded' },
  intent_class: { _type: 'ClassLabel', names: ['abroad', 'address'] },
  input_values: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
  box: { _type: 'List', feature: { _type: 'Value', dtype: 'int32' }, length: 4 },
};

test('features survive a round trip through JSON', () => {
  assert.deepEqual(featuresFromJson(JSON.parse(JSON.stringify(featuresToJson(features)))), features);
});

test('the terms of older versions of datasets are understood', () => {
  const json = {
    audio: { sampling_rate: null, mono: true, decode: true, id: null, _type: 'Audio' },
    label: { num_classes: 2, names: ['no', 'yes'], id: null, _type: 'ClassLabel' },
    unnamed: { num_classes: 2, _type: 'ClassLabel' },
    text: { dtype: 'large_string', id: null, _type: 'Value' },
    sequence: { feature: { dtype: 'float32', _type: 'Value' }, length: -1, id: null, _type: 'Sequence' },
    large: { feature: { dtype: 'int64', _type: 'Value' }, _type: 'LargeList' },
    ancient: [{ dtype: 'string', _type: 'Value' }],
  };
  assert.deepEqual(featuresFromJson(json), {
    audio: { _type: 'Audio', storage: 'encoded' },
    label: { _type: 'ClassLabel', names: ['no', 'yes'] },
    unnamed: { _type: 'ClassLabel', names: ['0', '1'] },
    text: { _type: 'Value', dtype: 'string' },
    sequence: { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } },
    large: { _type: 'List', feature: { _type: 'Value', dtype: 'int64' } },
    ancient: { _type: 'List', feature: { _type: 'Value', dtype: 'string' } },
  });
});

test('an unsupported type is named with its column, unless the column is not read', () => {
  const json = { when: { dtype: 'timestamp[s]', _type: 'Value' }, text: { dtype: 'string', _type: 'Value' } };
  assert.throws(
    () => featuresFromJson(json, 'x.parquet'),
    (error) =>
      error instanceof EtudeError &&
      /x\.parquet: column 'when'.*timestamp\[s\]/.test(error.describe().replaceAll('\n', ' ')),
  );
  assert.deepEqual(Object.keys(featuresFromJson(json, 'x.parquet', ['text'])), ['text']);
  for (const strange of [
    { a: { b: { dtype: 'string', _type: 'Value' } } },
    { a: { _type: 'Image' } },
    { a: 7 },
    [],
    null,
  ]) {
    assert.throws(() => featuresFromJson(strange), EtudeError);
  }
  assert.throws(
    () => featuresFromJson(JSON.parse('{"__proto__": {"dtype": "string", "_type": "Value"}}')),
    EtudeError,
  );
});
