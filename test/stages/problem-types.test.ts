import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ModelConfig } from '../../src/learning/model/config.js';
import { type ProblemType, setProblemType } from '../../src/learning/training/problem-type.js';
import type {
  DatasetArtifact,
  Feature,
  Features,
  ModelArtifact,
  ReportArtifact,
} from '../../src/stage/artifact.js';
import type { OutlineProblem } from '../../src/stage/stage-type.js';
import evaluate from '../../stages/evaluate.js';
import train from '../../stages/train.js';
import { testEngine } from '../support/engine.js';
import {
  features,
  labelledClips,
  names,
  placeWithCheckpoint,
  withDefaults,
} from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf, sourcesOf } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';

const { dir, place } = placeWithCheckpoint();
writeFileSync(join(dir, 'checkpoint/preprocessor_config.json'), '{"sampling_rate": 16000}');

const float32: Feature = { _type: 'Value', dtype: 'float32' };
const classes: Feature = { _type: 'List', feature: { _type: 'ClassLabel', names } };

/** The clips of `labelledClips` with other labels, made of their class numbers. */
async function clipsWith(objects: MemoryObjects, label: Feature, of: (id: number, row: number) => unknown) {
  const columns: Record<string, unknown[]> = {};
  const { splits } = await labelledClips(objects, (made) => Object.assign(columns, made));
  const own: Features = { ...features, label, clip: { _type: 'Value', dtype: 'int64' } };
  const values = columns.label!.map((id, row) => of(id as number, row));
  // Two rows are windows of one clip.
  const clip = values.map((_, row) => row >> 1);
  return { ...(await makeDataset(own, { ...columns, label: values, clip }, objects)), splits };
}

async function trained(dataset: DatasetArtifact, objects: MemoryObjects, given: Record<string, unknown>) {
  type Params = Parameters<typeof train.run>[0]['params'];
  const params = await withDefaults<Params>('train', {
    model: 'checkpoint',
    per_device_train_batch_size: 4,
    learning_rate: 1e-2,
    num_train_epochs: 6,
    ignore_mismatched_sizes: true,
    eval_strategy: 'epoch',
    ...given,
  });
  const sources = await sourcesOf(train, params, place);
  const parts = { inputs: { dataset }, objects, place, scratch: tempFolder('scratch'), sources };
  const result = await train.run(contextOf(params, { ...parts, engine: testEngine }));
  const artifact = result.artifact as ModelArtifact;
  const json = (name: string) =>
    JSON.parse(Buffer.from(objects.stored.get(artifact.files[name]!.digest)!).toString());
  return { artifact, summary: result.summary, json };
}

async function evaluated(
  dataset: DatasetArtifact,
  model: ModelArtifact,
  objects: MemoryObjects,
  given: Record<string, unknown> = {},
) {
  type Params = Parameters<typeof evaluate.run>[0]['params'];
  const params = await withDefaults<Params>('evaluate', given);
  const logged: string[] = [];
  const log = (_: string, text: string) => logged.push(text);
  const inputs = { model, dataset };
  const result = await evaluate.run(contextOf(params, { inputs, objects, engine: testEngine, log }));
  const { metrics, files } = result.artifact as ReportArtifact;
  const report = JSON.parse(Buffer.from(objects.stored.get(files['test.json']!.digest)!).toString());
  return { metrics: metrics.test!, summary: result.summary, report, logged };
}

test('all labels of a clip are learned, measured and reported', async () => {
  const objects = new MemoryObjects();
  // The class and, for odd ones, the last label; no clip has label 0 only.
  const dataset = await clipsWith(objects, classes, (id) => (id === 0 ? [] : id % 2 === 1 ? [id, 4] : [id]));
  const given = { problem_type: 'multi_label_classification', metric_for_best_model: 'mAP' };
  const { artifact, summary, json } = await trained(dataset, objects, given);
  assert.equal(json('config.json').problem_type, 'multi_label_classification');
  assert.deepEqual(json('etude.json').untrained_labels, ['abroad']);
  const found = Object.keys(artifact.metrics);
  assert.deepEqual(found, ['loss', 'mAP', 'f1_micro', 'f1_macro', 'f1_samples', 'subset_accuracy']);
  assert.equal(summary, `mAP ${artifact.metrics.mAP!.toFixed(2)}`);
  const { log_history } = json('trainer_state.json');
  assert.ok(log_history.at(-1).train_loss < Math.log(2), 'it learns');

  const low = await evaluated(dataset, artifact, objects, { threshold: { pay_bill: 0 } });
  assert.equal(low.summary, `mAP ${low.metrics.mAP!.toFixed(2)} (test)`);
  assert.deepEqual(low.logged, ["no clip of split 'test' has the label of classes 'abroad' and 'freeze'"]);
  const { predictions, classes: each, labels } = low.report;
  assert.deepEqual(labels, names);
  assert.deepEqual(predictions[0].labels, ['pay_bill']);
  assert.deepEqual(predictions[1].labels, []);
  assert.equal(predictions[0].scores.length, 5);
  for (const { predicted, scores } of predictions)
    assert.deepEqual(
      predicted,
      names.filter((name, id) => scores[id] > (name === 'pay_bill' ? 0 : 0.5)),
    );
  assert.deepEqual(
    each.map(({ threshold }: { threshold: number }) => threshold),
    [0.5, 0.5, 0.5, 0.5, 0],
  );
  assert.equal(each[4].recall, 1);
});

test('a number is learned, and lists of numbers, whose length is that of the first', async () => {
  const objects = new MemoryObjects();
  const number = await clipsWith(objects, float32, (id) => id - 2);
  const { artifact, summary, json } = await trained(number, objects, { problem_type: 'regression' });
  const { problem_type, id2label } = json('config.json');
  assert.deepEqual([problem_type, id2label], ['regression', { 0: 'LABEL_0' }]);
  assert.deepEqual(Object.keys(artifact.metrics), ['loss', 'mse', 'mae', 'r2', 'pearson']);
  assert.match(summary!, /^mse [\d.]+$/);
  const { metrics, report } = await evaluated(number, artifact, objects);
  assert.deepEqual(report.predictions[0].value, 2);
  const errors = report.predictions.map(
    (one: { value: number; predicted: number }) => one.predicted - one.value,
  );
  const mse = errors.reduce((sum: number, error: number) => sum + error ** 2, 0) / errors.length;
  assert.ok(Math.abs(metrics.mse! - mse) < 1e-9);

  const list: Feature = { _type: 'List', feature: { _type: 'Value', dtype: 'float64' } };
  const lists = await clipsWith(objects, list, (id) => [id - 2, (id - 2) ** 2]);
  const two = await trained(lists, objects, { problem_type: 'regression', max_steps: 2 });
  assert.deepEqual(two.artifact.labels, ['LABEL_0', 'LABEL_1']);
  assert.equal((await evaluated(lists, two.artifact, objects)).report.predictions[0].predicted.length, 2);
});

test('clips are measured by their windows, by all labels and by numbers', async () => {
  const objects = new MemoryObjects();
  const split = { split: 'test' };
  const several = await clipsWith(objects, classes, (_, row) => [(row >> 1) % 5, 2]);
  const { artifact } = await trained(several, objects, {
    problem_type: 'multi_label_classification',
    max_steps: 2,
  });
  const rows = await evaluated(several, artifact, objects, split);
  const most = await evaluated(several, artifact, objects, { ...split, aggregate: 'max' });
  assert.match(most.summary!, /\(test, 2 clips\)$/);
  assert.deepEqual([most.report.num_rows, most.report.num_clips, most.report.aggregate], [4, 2, 'max']);
  const [, second] = most.report.predictions;
  assert.deepEqual([second.row, second.windows, second.labels], [2, 2, ['balance', 'freeze']]);
  const highest = names.map((_, id) =>
    Math.max(...[2, 3].map((row) => rows.report.predictions[row].scores[id])),
  );
  assert.deepEqual(second.scores, highest);

  const number = await clipsWith(objects, float32, (_, row) => row >> 1);
  const one = await trained(number, objects, { problem_type: 'regression', max_steps: 2 });
  const single = await evaluated(number, one.artifact, objects, split);
  const mean = await evaluated(number, one.artifact, objects, { ...split, aggregate: 'mean_logits' });
  const [a, b] = single.report.predictions;
  const [clip] = mean.report.predictions;
  assert.deepEqual([clip.row, clip.windows, clip.value], [0, 2, 7]);
  assert.ok(Math.abs(clip.predicted - (a.predicted + b.predicted) / 2) < 1e-6);

  const uneven = await clipsWith(objects, classes, (_, row) => (row === 15 ? [1] : [1, 2]));
  await assert.rejects(
    evaluated(uneven, artifact, objects, { ...split, aggregate: 'max' }),
    /rows of one clip of split 'test' have different labels/,
  );
});

test('a checkpoint of another problem type says what it is after the training; one of the same is left alone', () => {
  const after = (before: unknown, type: ProblemType) => {
    const model = { config: { raw: { problem_type: before } } as unknown as ModelConfig };
    setProblemType(model, type);
    return model.config.raw.problem_type;
  };
  const single = 'single_label_classification';
  assert.equal(after('regression', single), single);
  assert.equal(after(null, single), null);
  assert.equal(after(undefined, single), undefined);
  assert.equal(after(undefined, 'regression'), 'regression');
  assert.equal(after(single, 'multi_label_classification'), 'multi_label_classification');
});

test('labels of any type are accepted as long as nothing is known of the model, a missing column is not', async () => {
  const objects = new MemoryObjects();
  type Params = Parameters<typeof evaluate.run>[0]['params'];
  const dataset = await clipsWith(objects, classes, (id) => [id]);
  const problemsOf = async (given: Record<string, unknown>) =>
    (await outlineOf(evaluate, await withDefaults<Params>('evaluate', given), dataset)).problems;
  assert.deepEqual(await problemsOf({}), []);
  assert.deepEqual((await problemsOf({ label_column: 'kind' }))[0]?.param, ['label_column']);
});

test('bad rows are all named', async () => {
  const objects = new MemoryObjects();
  const cases: [Feature, string, (id: number, row: number) => unknown, RegExp][] = [
    [classes, 'multi_label_classification', (id, row) => (row === 3 ? null : [id]), /row 3: .*no labels/],
    [classes, 'multi_label_classification', (id, row) => (row === 4 ? [id, 7] : [id]), /row 4: .*outside/],
    [float32, 'regression', (id, row) => (row === 2 ? Number.NaN : id), /row 2: .*no number[\s\S]*NaN/],
    [
      { _type: 'List', feature: float32 },
      'regression',
      (id, row) => (row === 5 ? [id] : [id, id]),
      /row 5: .*no 2 numbers[\s\S]*\[0\]/,
    ],
  ];
  for (const [label, problem_type, of, message] of cases)
    await assert.rejects(trained(await clipsWith(objects, label, of), objects, { problem_type }), (error) => {
      assert.match((error as { describe(): string }).describe(), message);
      return true;
    });
});

test('parameters and columns that do not fit the problem type are reported before anything runs', async () => {
  const objects = new MemoryObjects();
  const problemsOf = async (dataset: DatasetArtifact, given: Record<string, unknown>) => {
    const params = await withDefaults<Parameters<typeof train.run>[0]['params']>('train', {
      model: 'checkpoint',
      ...given,
    });
    return (await outlineOf(train, params, dataset, place)).problems.map(({ param }) => param.join('.'));
  };
  const single = await labelledClips(objects);
  const multi = await clipsWith(objects, classes, (id) => [id]);
  const number = await clipsWith(objects, float32, (id) => id);
  const label = ['label_column'];
  assert.deepEqual(await problemsOf(multi, {}), label);
  assert.deepEqual(await problemsOf(number, {}), label);
  assert.deepEqual(await problemsOf(single, { problem_type: 'multi_label_classification' }), label);
  assert.deepEqual(await problemsOf(single, { problem_type: 'regression' }), label);
  const all = {
    label_smoothing_factor: 0.1,
    train_sampling_strategy: 'balanced',
    class_weights: 'balanced',
    focal_gamma: 2,
    metric_for_best_model: 'accuracy',
  };
  assert.deepEqual((await problemsOf(number, { problem_type: 'regression', ...all })).sort(), [
    'class_weights',
    'focal_gamma',
    'label_smoothing_factor',
    'metric_for_best_model',
    'train_sampling_strategy',
  ]);
  const weights = { class_weights: { abroad: 2, adress: 1 } };
  assert.deepEqual(await problemsOf(single, weights), ['class_weights.adress']);
  // With a weight that 32-bit floats round to nothing, no loss is a number.
  for (const abroad of [-1, 0, 1e-300, 1e300])
    await assert.rejects(withDefaults('train', { model: 'x', class_weights: { abroad } }), String(abroad));
  await withDefaults('train', { model: 'x', class_weights: { abroad: 1e-6 } });
});

test('thresholds are checked against the model before anything runs', async () => {
  const objects = new MemoryObjects();
  const { features, splits } = await clipsWith(objects, classes, (id) => [id]);
  const problemsOf = async (problem_type: string, given: Record<string, unknown>) => {
    const problems: OutlineProblem[] = [];
    const params = await withDefaults<Parameters<typeof evaluate.run>[0]['params']>('evaluate', given);
    const dataset = { kind: 'dataset' as const, features, splits: { test: splits.test!.num_rows } };
    await evaluate.outline!({
      params,
      inputs: { dataset, model: { kind: 'model', labels: names, problem_type } },
      place,
      problem: (one) => problems.push(one),
      warn: () => {},
    });
    return problems.map(({ param }) => param.join('.'));
  };
  const multi = 'multi_label_classification';
  assert.deepEqual(await problemsOf(multi, { threshold: 0.3 }), []);
  assert.deepEqual(await problemsOf(multi, { threshold: { abraod: 0.3, freeze: 0.1 } }), [
    'threshold.abraod',
  ]);
  assert.deepEqual(await problemsOf(multi, { group_by: 'label', duration_bins: [1] }), [
    'group_by',
    'group_by',
    'duration_bins',
  ]);
  assert.deepEqual(await problemsOf('single_label_classification', { threshold: 0.3 }), [
    'label_column',
    'threshold',
  ]);
  await assert.rejects(withDefaults('evaluate', { threshold: 1.5 }));
});
