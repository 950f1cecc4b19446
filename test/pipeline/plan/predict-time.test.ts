import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Work } from '../../../src/pipeline/cache/types.js';
import { workOf } from '../../../src/pipeline/plan/amount-of-work.js';
import { predictTime } from '../../../src/pipeline/plan/predict-time.js';
import type { Pipeline, PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import type { Artifact } from '../../../src/stage/artifact.js';
import { findStageType } from '../../../src/stage/find-stage-type.js';

const trained = { type: { usesEngine: true, cost: () => 1 }, with: {} } as unknown as PipelineStage;
const cast = { type: { chunkwise: true }, with: {} } as unknown as PipelineStage;

function entry(seconds: number, work: Work | undefined, more: Partial<Entry> = {}): Entry {
  const parts = { libraries: { engine: 'onnxruntime-node 1.30.0' } } as unknown as Entry['parts'];
  return { seconds, work, cost: 1, parts, ...more } as Entry;
}

const whole = (one: Entry) => ({ ...one, rowsComputed: one.work!.rows }) as Entry;

const predicted = (stage: PipelineStage, work: Work, past: Entry[], near?: Entry) => {
  const found = predictTime(stage, work, near, past);
  if (found === undefined) return undefined;
  const [low, high] = found.predictedRange;
  assert.ok(low < found.predictedSeconds && found.predictedSeconds < high, JSON.stringify(found));
  return { seconds: found.predictedSeconds, low, high, factor: high / low };
};

test('nothing is predicted if nothing similar has run here', () => {
  assert.equal(predicted(trained, { rows: 2000, bytes: 4e8 }, []), undefined);
  const elsewhere = entry(9, { rows: 10 }, { provenance: { type: 'remote', name: 'r' } });
  assert.equal(predicted(trained, { rows: 20 }, [elsewhere]), undefined);
});

test('time grows with the number of rows and with the sizes of the model and the rows', () => {
  const past = [entry(10.5, { rows: 100, bytes: 1e8, rowBytes: 1000 })];
  const seconds = (work: Work) => Math.round(predicted(cast, work, past.map(whole))!.seconds * 10) / 10;
  assert.equal(seconds({ rows: 200, bytes: 1e8, rowBytes: 1000 }), 20.5);
  assert.equal(seconds({ rows: 100, bytes: 1e8, rowBytes: 500 }), 5.5);
  assert.equal(seconds({ rows: 100 }), 10.5, 'what is not known is taken as it was');
  const model = (bytes: number) => predicted(trained, { rows: 100, bytes, rowBytes: 1000 }, past)!;
  assert.ok(model(3e8).high > 30.5 && model(3e8).factor > model(1e8).factor, 'another size is less sure');
});

test('one run leaves both possible: that all of its time was start-up, and that all of it scales', () => {
  const { low, high } = predicted(trained, { rows: 1600 }, [entry(20, { rows: 200 })])!;
  assert.ok(low < 20 && high > 160, `${low} to ${high}`);
});

test('a range covers the noise of few runs, and narrows with many consistent ones', () => {
  const runs = (...times: number[]) => times.map((seconds) => entry(seconds, { rows: 100 }));
  const now = (...times: number[]) => predicted(trained, { rows: 100 }, runs(...times))!;
  assert.ok(now(10).low < 5 && now(10).high > 20, 'a run alone may have been twice as fast or slow as usual');
  assert.ok(now(10, 10.2, 9.9).factor < now(10).factor);
  const quiet = now(10, 10.1, 9.9, 10, 10.2, 9.8, 10, 10.1);
  assert.ok(quiet.factor > 1.2 && quiet.factor < 3, `${quiet.factor}`);
  const noisy = now(6, 20, 9, 15, 7, 18, 11, 13);
  assert.ok(
    noisy.factor > 2 * quiet.factor && noisy.low < 6 && noisy.high > 20,
    `${noisy.low} to ${noisy.high}`,
  );
});

test('runs of different lengths separate loading and compiling from the time per row', () => {
  const past = [entry(6, { rows: 100, bytes: 1e8 }), entry(14, { rows: 500, bytes: 1e8 })];
  const other = entry(900, { rows: 900, bytes: 9e8 });
  const { seconds, low, high } = predicted(trained, { rows: 1000, bytes: 1e8 }, [...past, other], past[0])!;
  assert.equal(Math.round(seconds * 100) / 100, 24);
  assert.ok(low < 16 && high > 35 && high < 200, `${low} to ${high}`);
  const more = [...past, entry(10, { rows: 300, bytes: 1e8 }), entry(20, { rows: 800, bytes: 1e8 })];
  assert.ok(predicted(trained, { rows: 1000, bytes: 1e8 }, more)!.factor < high / low);
  // Noise that makes the longer run the faster one does not imply a negative start-up time or rate.
  const reversed = predicted(trained, { rows: 400 }, [entry(20, { rows: 100 }), entry(15, { rows: 200 })])!;
  assert.ok(reversed.low > 1 && reversed.high > 20, `${reversed.low} to ${reversed.high}`);
});

test('a partly cached run says nothing about the rate, and one whose work is unknown little', () => {
  const partly = entry(1, { rows: 1000 }, { rowsComputed: 10 });
  const done = whole(entry(20.5, { rows: 1000 }));
  assert.equal(predicted(cast, { rows: 2000 }, [partly]), undefined);
  const { low, high } = predicted(cast, { rows: 2000 }, [partly, done], partly)!;
  assert.ok(low > 5 && low < 40.5 && high > 40.5 && high < 200, `${low} to ${high}`);
  assert.deepEqual(
    predictTime(cast, { rows: 1 }, entry(30, undefined), [])?.predictedRange.map(Math.round),
    [10, 90],
  );
});

test('the work of a training is its clips and evaluations, known from outlines before its data exist', async () => {
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
