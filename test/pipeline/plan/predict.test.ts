import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Work } from '../../../src/pipeline/cache/types.js';
import { predictTime } from '../../../src/pipeline/plan/predict.js';
import { workOf } from '../../../src/pipeline/plan/work.js';
import type { Pipeline, PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import type { Artifact } from '../../../src/stage/artifact.js';
import { findStageType } from '../../../src/stage/registry.js';

const trained = { type: { usesEngine: true, cost: () => 1 }, with: {} } as unknown as PipelineStage;
const cast = { type: { chunkwise: true }, with: {} } as unknown as PipelineStage;

function entry(seconds: number, work: Work | undefined, more: Partial<Entry> = {}): Entry {
  const parts = { libraries: { engine: 'onnxruntime-node 1.30.0' } } as unknown as Entry['parts'];
  return { seconds, work, cost: 1, parts, ...more } as Entry;
}

test('a stage that never ran here is told from the rates of its type, as a range', () => {
  const work = { rows: 2000, bytes: 4e8 };
  assert.equal(predictTime(trained, work, undefined, []), undefined);
  const past = [entry(10.5, { rows: 1000, bytes: 4e8 }), entry(30.5, { rows: 1000, bytes: 4e8 })];
  const { predictedSeconds, predictedRange } = predictTime(trained, work, undefined, past)!;
  assert.deepEqual(predictedRange, [20.5, 60.5]);
  assert.ok(predictedSeconds > 20.5 && predictedSeconds < 60.5);
  // One run alone is no range: it is made one.
  const [low, high] = predictTime(trained, work, undefined, past.slice(0, 1))!.predictedRange!;
  assert.ok(low < 20.5 && high > 20.5);
});

test('time grows with rows, the size of the model and that of the rows', () => {
  const near = entry(10.5, { rows: 100, bytes: 1e8, rowBytes: 1000 });
  const seconds = (work: Work) => predictTime(trained, work, near, [])!.predictedSeconds;
  assert.equal(seconds({ rows: 200, bytes: 1e8, rowBytes: 1000 }), 20.5);
  assert.equal(seconds({ rows: 100, bytes: 3e8, rowBytes: 1000 }), 30.5);
  assert.equal(seconds({ rows: 100, bytes: 1e8, rowBytes: 500 }), 5.5);
  assert.equal(seconds({ rows: 100 }), 10.5, 'what is not known is taken as it was');
});

test('a prediction is a range where the work is far from what was seen, and exact where it is near', () => {
  const near = entry(10.5, { rows: 100 });
  assert.equal(predictTime(trained, { rows: 150 }, near, [])?.predictedRange, undefined);
  assert.ok(predictTime(trained, { rows: 1000 }, near, [])?.predictedRange);
});

test('two past runs of one kind tell loading and compiling from what each row takes', () => {
  const past = [entry(6, { rows: 100, bytes: 1e8 }), entry(14, { rows: 500, bytes: 1e8 })];
  const told = predictTime(trained, { rows: 1000, bytes: 1e8 }, past[0], [
    ...past,
    entry(900, { rows: 900, bytes: 9e8 }),
  ]);
  assert.deepEqual(told, { predictedSeconds: 24 });
  // One alone leaves both possible: all of its time was the start, or hardly any.
  const [low, high] = predictTime(trained, { rows: 1000, bytes: 1e8 }, past[0], past.slice(0, 1))!
    .predictedRange!;
  assert.ok(low <= 6 && high >= 55);
});

test('a run of which a part was cached, and one on another machine, tell no rate', () => {
  const partly = entry(1, { rows: 1000 }, { rowsComputed: 10 });
  const elsewhere = entry(
    900,
    { rows: 1000 },
    { rowsComputed: 1000, provenance: { type: 'remote', name: 'r' } },
  );
  const whole = entry(20.5, { rows: 1000 }, { rowsComputed: 1000 });
  const told = (past: Entry[], near?: Entry) => predictTime(cast, { rows: 2000 }, near, past)?.predictedRange;
  assert.equal(told([partly, elsewhere]), undefined);
  const [low, high] = told([partly, elsewhere, whole], partly)!;
  assert.ok(low > 20 && low < 40.5 && high > 40.5 && high < 80, `${low} to ${high}`);
});

test('the work of a training is its clips and evaluations, told by outlines before its data are there', async () => {
  const found = await findStageType('train', { resolve: (path: string) => path } as never);
  assert.ok('type' in found);
  const pipeline = {
    stages: [{ id: 'data', outline: { kind: 'dataset', splits: { train: 100, test: 30 } } }],
  };
  const base = {
    train_split: 'train',
    eval_split: 'test',
    per_device_train_batch_size: 8,
    logging_steps: 500,
  };
  const rows = (params: object, artifact?: Artifact) => {
    const values = { ...base, gradient_accumulation_steps: 1, num_train_epochs: 3, max_steps: -1, ...params };
    const stage = { ...found, from: { dataset: 'data' }, with: values } as unknown as PipelineStage;
    const known = {
      pipeline: pipeline as unknown as Pipeline,
      artifacts: () => artifact,
      models: () => undefined,
    };
    return workOf(stage, {}, known).rows;
  };
  const never = { eval_strategy: 'no', eval_on_start: false };
  assert.equal(rows(never), 3 * 13 * 8);
  assert.equal(rows({ ...never, max_steps: 5, gradient_accumulation_steps: 2 }), 5 * 16);
  assert.equal(rows({ eval_strategy: 'epoch' }), 3 * 13 * 8 + 3 * 10);
  assert.equal(rows({ eval_strategy: 'steps', eval_steps: 10 }), 3 * 13 * 8 + 3 * 10);
  const smaller = { kind: 'dataset', splits: { train: { num_rows: 4 } }, chunks: [], features: {} };
  assert.equal(rows(never, smaller as unknown as Artifact), 3 * 4);
});
