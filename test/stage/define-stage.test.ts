import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import { writeDataset } from '../../src/learning/data/write-dataset.js';
import type { ReportArtifact } from '../../src/stage/artifact.js';
import { defineStage } from '../../src/stage/define-stage.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf } from '../support/stage.js';

const report: ReportArtifact = { kind: 'report', metrics: {}, files: {} };

const stage = defineStage({
  name: 'count',
  description: 'Counts splits.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['by'],
    properties: {
      by: { enum: ['split', 'row'] },
      columns: { type: ['string', 'array'], items: { type: 'string' }, default: [] },
      scale: { type: 'number', default: 1 },
      limit: { type: 'integer' },
    },
  },
  inputs: { dataset: { kind: 'dataset' }, before: { kind: 'report', optional: true } },
  output: 'report',
  async run({ params, inputs }) {
    const by: 'split' | 'row' = params.by;
    const columns: string | string[] = params.columns;
    const limit: number | undefined = params.limit;
    // @ts-expect-error a parameter that may be missing
    const sure: number = params.limit;
    // @ts-expect-error no such parameter
    params.unknown;
    // @ts-expect-error a report has no splits
    inputs.before?.splits;
    // @ts-expect-error an input that may be missing
    () => inputs.before.metrics;
    // @ts-expect-error no such input
    inputs.model;
    const splits = Object.keys(inputs.dataset.splits).length * params.scale;
    const seen = [by, columns, limit, sure, inputs.before, Object.keys(inputs.dataset)];
    return { artifact: { ...report, metrics: { all: { splits } } }, summary: JSON.stringify(seen) };
  },
});

defineStage({
  name: 'wrong',
  description: 'Makes something else than it says.',
  schema: { type: 'object', additionalProperties: false },
  inputs: {},
  output: 'model',
  // @ts-expect-error a report is not a model
  async run() {
    return { artifact: report };
  },
});

const text = { _type: 'Value', dtype: 'string' } as const;
const label = { _type: 'ClassLabel', names: ['low', 'high'] } as { _type: 'ClassLabel'; names: string[] };

test('a stage receives the inputs that it declares, without what earlier ones report', async () => {
  const objects = new MemoryObjects();
  const dataset = await writeDataset(objects, {
    features: { text },
    splits: { train: [{ text: 'a' }], test: [] },
  });
  const params = { by: 'row' as const, columns: 'a', scale: 2 };
  const skipped = { rows: 1, first: [] };
  const inputs = { dataset: { ...dataset, skipped }, other: report };
  const { artifact, summary } = await stage.run(contextOf(params, { inputs, objects }));
  assert.deepEqual(artifact.kind === 'report' && artifact.metrics, { all: { splits: 4 } });
  const keys = ['kind', 'features', 'chunks', 'splits'];
  assert.deepEqual(JSON.parse(summary!), ['row', 'a', null, null, null, keys]);
});

test('an input that is missing or of another kind is refused', async () => {
  const params = { by: 'row' as const, columns: [], scale: 1 };
  await assert.rejects(stage.run(contextOf(params)), {
    message: "input 'dataset' is not a dataset",
    got: 'nothing',
  });
  const inputs = { dataset: report };
  await assert.rejects(stage.run(contextOf(params, { inputs })), { expected: 'a dataset', got: 'report' });
});

test('written rows can be read back', async () => {
  const objects = new MemoryObjects();
  async function* rows() {
    for (let i = 0; i < 100; i++) yield { text: `clip ${i}`, label: i % 2 === 0 ? 'low' : 1 };
  }
  const audio = { _type: 'Audio', sampling_rate: 8000, storage: 'samples' } as const;
  const clip = { array: Float32Array.of(0.5, -0.5), path: 'a.wav' };
  const splits = {
    train: rows(),
    test: [
      { audio: clip, label: 'high' },
      { text: null, label: 0 },
    ],
  };
  const dataset = await writeDataset(objects, { features: { text, label, audio }, splits });
  const reader = openDataset(dataset, objects);
  assert.deepEqual(await reader.row('train', 99), {
    text: 'clip 99',
    label: 1,
    audio: { array: null, path: null },
  });
  assert.deepEqual(await reader.row('test', 0), { text: null, label: 1, audio: clip });
  assert.deepEqual(await reader.column('test', 'label'), [1, 0]);
  assert.deepEqual(dataset.splits, {
    train: { num_rows: 100, ranges: [[0, 100]] },
    test: { num_rows: 2, ranges: [[100, 102]] },
  });
});

test('a value that its column cannot contain is named with its split and row', async () => {
  const splits = { train: [{ label: 'low' }], test: [{ label: 'low' }, { label: 'middle' }] };
  await assert.rejects(writeDataset(new MemoryObjects(), { features: { label }, splits }), {
    message: "a label outside the classes in column 'label'",
    where: { file: "split 'test'", row: 1 },
  });
});
