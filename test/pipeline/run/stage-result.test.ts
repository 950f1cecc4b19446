import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkProgress, checkResult } from '../../../src/pipeline/run/stage-result.js';
import type { Artifact } from '../../../src/stage/artifact.js';
import { isInside } from '../../../src/stage/artifact-shape.js';

const ref = { digest: 'a'.repeat(64), size: 3 };
const artifacts: Artifact[] = [
  { kind: 'report', metrics: { test: { accuracy: 0.5 } }, files: { 'deep/x.json': ref } },
  { kind: 'model', files: { 'config.json': ref }, labels: ['a'], num_parameters: 7, metrics: {} },
  {
    kind: 'dataset',
    features: { text: { _type: 'Value', dtype: 'string' } },
    chunks: [{ rows: 2, columns: { text: ref } }],
    splits: { train: { num_rows: 1, ranges: [[0, 1]] }, test: { num_rows: 1, indices: { ...ref, size: 4 } } },
  },
];

test('a valid result of each kind passes unchanged', () => {
  for (const artifact of artifacts) {
    const result = { artifact, rowsComputed: 3, summary: 'x' };
    assert.equal(checkResult(result, artifact.kind), result);
  }
});

test('an invalid result is refused with the position', () => {
  const [report, model, dataset] = artifacts;
  const cases: [result: unknown, kind: Artifact['kind'], message: RegExp][] = [
    [undefined, 'report', /the result of run/],
    [{ artifact: model }, 'report', /artifact\.kind/],
    [
      { artifact: { ...report, metrics: { test: { accuracy: Number.NaN } } } },
      'report',
      /metrics\.test\.acc/,
    ],
    [{ artifact: { ...report, files: { '../x': ref } } }, 'report', /artifact\.files/],
    [{ artifact: { ...report, files: { x: { digest: '../x', size: 1 } } } }, 'report', /files\.x\.digest/],
    [{ artifact: { ...model, labels: 'a' } }, 'model', /artifact\.labels/],
    [{ artifact: { ...dataset, chunks: [{ rows: -1, columns: {} }] } }, 'dataset', /chunks\[0\]\.rows/],
    [{ artifact: { ...dataset, splits: { train: { num_rows: 1 } } } }, 'dataset', /splits\.train\.indices/],
    [{ artifact: report, summary: 3 }, 'report', /summary/],
    [{ artifact: report, rowsComputed: 0.5 }, 'report', /rowsComputed/],
    [{ artifact: { ...report, extra: () => 1 } }, 'report', /extra/],
  ];
  for (const [result, kind, message] of cases) assert.throws(() => checkResult(result, kind), message);
});

test('a dataset whose splits or chunks ask for more than there is is refused', () => {
  const dataset = (split: unknown, chunk: unknown = { rows: 8, columns: { text: ref } }) => ({
    artifact: {
      kind: 'dataset',
      features: { text: { _type: 'Value', dtype: 'string' } },
      chunks: [chunk],
      splits: { train: split },
    },
  });
  const pass = (split: unknown, chunk?: unknown) => checkResult(dataset(split, chunk), 'dataset');
  pass({
    num_rows: 24,
    ranges: [
      [0, 8],
      [3, 3],
      [0, 8],
      [0, 8],
    ],
  });
  const ranges = Array.from({ length: 100_000 }, () => [0, 8]);
  const refused: [split: unknown, message: RegExp, chunk?: unknown][] = [
    [{ num_rows: 9, ranges: [[0, 9]] }, /train\.ranges\[0\]/],
    [{ num_rows: -2, ranges: [[5, 3]] }, /train\.num_rows/],
    [{ num_rows: 2, ranges: [[5, 3]] }, /train\.ranges\[0\]/],
    [{ num_rows: 1, ranges: [[1]] }, /train\.ranges\[0\]/],
    [{ num_rows: 3, ranges: [[0, 2]] }, /train\.num_rows/],
    [{ num_rows: 800_000, ranges }, /train\.ranges/],
    [{ num_rows: 2, indices: { ...ref, size: 12 } }, /train\.indices\.size/],
    [{ num_rows: 0, ranges: [] }, /chunks\[0\]\.columns\.text/, { rows: 1e9, columns: { text: ref } }],
    [{ num_rows: 0, ranges: [] }, /chunks\[0\]\.columns/, { rows: 1, columns: {} }],
    [{ num_rows: 0, ranges: [] }, /chunks\[0\]\.columns/, { rows: 1, columns: { text: ref, more: ref } }],
  ];
  for (const [split, message, chunk] of refused) assert.throws(() => pass(split, chunk), message);
});

test('names of files stay in their folder', () => {
  assert.deepEqual(['a', 'a/b.c', '..a'].map(isInside), [true, true, true]);
  assert.deepEqual(
    ['', '/a', '../a', 'a/../b', 'a//b', './a', 'a\\b', 'c:a'].map(isInside),
    Array(8).fill(false),
  );
});

test('only what can be shown of a progress report is passed on', () => {
  assert.equal(checkProgress(undefined), undefined);
  assert.equal(checkProgress('x'), undefined);
  assert.equal(checkProgress({ done: Number.NaN, unit: 'rows' }), undefined);
  assert.deepEqual(checkProgress({ done: 1, total: -1, unit: 3, phase: {}, training: 'x' }), {
    done: 1,
    unit: '',
  });
  assert.deepEqual(checkProgress({ done: 1, total: 2, unit: 'rows', phase: 'p' }), {
    done: 1,
    total: 2,
    unit: 'rows',
    phase: 'p',
  });
});
