import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../../../src/pipeline/verify/differences.js';
import type { DatasetArtifact, ModelArtifact } from '../../../src/stage/artifact.js';

const ref = (digit: string) => ({ digest: digit.repeat(64), size: 1 });

const dataset = (): DatasetArtifact => ({
  kind: 'dataset',
  features: { label: { _type: 'ClassLabel', names: ['low', 'high'] } },
  chunks: [
    { rows: 2, columns: { label: ref('a') } },
    { rows: 3, columns: { label: ref('b') } },
  ],
  splits: { train: { num_rows: 5, ranges: [[0, 5]] } },
});

const model = (): ModelArtifact => ({
  kind: 'model',
  files: { 'config.json': ref('a'), 'model.safetensors': ref('b') },
  labels: ['low', 'high'],
  num_parameters: 5,
  metrics: { accuracy: 0.9 },
});

test('equal artifacts do not differ', () => {
  assert.deepEqual(differences(dataset(), dataset()), []);
  assert.deepEqual(differences(model(), model()), []);
});

test('for a dataset, features, splits, chunks and columns are named', () => {
  const other = dataset();
  other.features.label = { _type: 'ClassLabel', names: ['high', 'low'] };
  other.chunks[1]!.columns.label = ref('c');
  other.splits.train = { num_rows: 4, ranges: [[0, 4]] };
  assert.deepEqual(differences(dataset(), other), [
    'features.label.names ["low","high"] → ["high","low"]',
    'split train',
    'chunk 1, column label',
  ]);
});

test('for a model, metrics with both values, and files', () => {
  const other = model();
  other.metrics.accuracy = 0.8;
  other.files['model.safetensors'] = ref('c');
  assert.deepEqual(differences(model(), other), ['metrics.accuracy 0.9 → 0.8', 'file model.safetensors']);
});

test('another kind is the only difference reported', () => {
  assert.deepEqual(differences(model(), dataset()), ['a dataset instead of a model']);
});
