import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ModelArtifact, ReportArtifact } from '../../src/stage/artifact.js';
import { EtudeError } from '../../src/util/errors.js';
import evaluate from '../../stages/evaluate.js';
import { clipDataset } from '../support/clips.js';
import { testEngine } from '../support/engine.js';
import { labelledClips, names, withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { fixtures } from '../support/reference-model.js';
import { contextOf } from '../support/stage.js';

type Params = Parameters<typeof evaluate.run>[0]['params'];

async function fixtureModel(objects: MemoryObjects, etude = {}): Promise<ModelArtifact> {
  const file = (name: string) => objects.put(readFileSync(join(fixtures, 'group-norm', name)));
  const files = {
    'config.json': await file('config.json'),
    'model.safetensors': await file('model.safetensors'),
    'etude.json': await objects.put(Buffer.from(JSON.stringify({ max_input_length: 160, ...etude }))),
  };
  return { kind: 'model', files, labels: names, num_parameters: 0, metrics: {} };
}

async function run(given: Record<string, unknown>, engine: string = testEngine) {
  const objects = new MemoryObjects();
  const params = await withDefaults<Params>('evaluate', given);
  const inputs = { model: await fixtureModel(objects), dataset: await labelledClips(objects) };
  const result = await evaluate.run(contextOf(params, { inputs, objects, engine }));
  const artifact = result.artifact as ReportArtifact;
  const report = (name: string) =>
    JSON.parse(Buffer.from(objects.stored.get(artifact.files[name]!.digest)!).toString());
  return { artifact, summary: result.summary, report };
}

test('each split is measured, with classes, confusion matrix and a prediction per row', async () => {
  const { artifact, summary, report } = await run({ split: ['test', 'more'] });
  assert.deepEqual(Object.keys(artifact.metrics), ['test', 'more']);
  assert.deepEqual(Object.keys(artifact.metrics.test!), ['loss', 'accuracy', 'f1_macro', 'f1_weighted']);
  const { metrics, labels, classes, confusion_matrix, predictions, num_rows } = report('test.json');
  assert.deepEqual(metrics, artifact.metrics.test);
  assert.deepEqual(labels, names);
  assert.deepEqual(
    classes.map((one: { label: string }) => one.label),
    names,
  );
  assert.equal(
    confusion_matrix.flat().reduce((sum: number, value: number) => sum + value, 0),
    4,
  );
  assert.equal(num_rows, 4);
  assert.deepEqual(
    predictions.map((one: { label: string }) => one.label),
    ['pay_bill', 'abroad', 'address', 'balance'],
  );
  const hits = predictions.filter(
    (one: { label: string; predicted: string }) => one.label === one.predicted,
  ).length;
  assert.equal(metrics!.accuracy, hits / 4);
  const shown = (split: string) => `${artifact.metrics[split]!.accuracy!.toFixed(2)} (${split})`;
  assert.equal(summary, `accuracy ${shown('test')}, ${shown('more')}`);
});

test('the numbers equal those of the other engine, and do not depend on the batch size for clips of one length', async () => {
  const one = await run({ split: 'train' });
  for (const other of [await run({ split: 'train', batch_size: 3 }), await run({ split: 'train' }, 'cpu')]) {
    assert.ok(Math.abs(one.artifact.metrics.train!.loss! - other.artifact.metrics.train!.loss!) < 1e-5);
    assert.equal(one.artifact.metrics.train!.accuracy, other.artifact.metrics.train!.accuracy);
  }
});

test('a meaningless accuracy gives a warning', async () => {
  const objects = new MemoryObjects();
  const params = await withDefaults<Params>('evaluate', { split: 'test' });
  const dataset = await labelledClips(objects, ({ label }) => label.fill(2));
  const inputs = { model: await fixtureModel(objects, { untrained_labels: ['balance', 'freeze'] }), dataset };
  const warnings: string[] = [];
  const log = (level: string, text: string) => level === 'warning' && warnings.push(text);
  await evaluate.run(contextOf(params, { inputs, objects, engine: testEngine, log }));
  assert.deepEqual(warnings.slice(0, 3), [
    "split 'test' has clips of class 'balance', but the training split has none",
    "split 'test' has no clip of classes 'abroad', 'address' and 'pay_bill', which its metrics do not cover",
    "all clips of split 'test' are of one class, 'balance': there is nothing to classify",
  ]);
  assert.match(warnings[3]!, /is no better than always answering 'balance' \(1\.000\)/);
});

test('bad rows are named with the files of their clips, if an earlier dataset has them', async () => {
  const objects = new MemoryObjects();
  const params = await withDefaults<Params>('evaluate', { split: 'test' });
  const dataset = await labelledClips(objects, ({ input_values }) => {
    input_values[15] = new Float32Array(3);
    input_values[17] = new Float32Array(4);
  });
  const numbers = Array.from({ length: 20 }, (_, row) => row);
  const failure = async (splits?: Record<string, number[]>) => {
    const audio = splits && (await clipDataset(objects, [numbers], splits));
    const clips = audio && { dataset: audio, column: 'audio' };
    const inputs = { model: await fixtureModel(objects), dataset };
    return evaluate.run(contextOf(params, { inputs, objects, clips })).then(
      () => assert.fail('it did not fail'),
      (error: Error) => error.message,
    );
  };
  assert.match(
    await failure({ test: [14, 15, 16, 17] }),
    /^2 of 4 rows of split 'test'.*\n {2}row 1, clips\/15\.wav: .*too short.*\n {2}row 3, clips\/17\.wav: /,
  );
  const others: (Record<string, number[]> | undefined)[] = [
    undefined,
    { test: [14, 15, 16] },
    { other: [14, 15, 16, 17] },
  ];
  for (const unknown of others)
    assert.match(await failure(unknown), /\n {2}row 1: .*\n {2}row 3: /, 'other rows have other names');
});

test('an unknown split is refused, with a suggestion', async () => {
  await assert.rejects(run({ split: ['test', 'moer'] }), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /no split 'moer'[\s\S]*'more'/);
    return true;
  });
});

test('classes other than those of the model are reported before anything runs', async () => {
  const objects = new MemoryObjects();
  const { features, splits } = await labelledClips(objects);
  const problems: string[] = [];
  await evaluate.outline!({
    params: await withDefaults<Params>('evaluate', {}),
    inputs: {
      dataset: { kind: 'dataset', features, splits: { test: splits.test!.num_rows } },
      model: { kind: 'model', labels: [...names].reverse() },
    },
    place: contextOf({}).place,
    problem: ({ message }) => problems.push(message),
    warn: () => {},
  });
  assert.deepEqual(problems, ["the classes of column 'label' are not the model's"]);
});

test('outline leaves label problems to the training if that has them, too', async () => {
  const { features, splits } = await labelledClips(new MemoryObjects());
  const params = await withDefaults<Params>('evaluate', { label_column: 'intent', input_column: 'samples' });
  const reported = async (labels: string[] | undefined) => {
    const found: string[] = [];
    await evaluate.outline!({
      params,
      inputs: {
        dataset: { kind: 'dataset', features, splits: { test: splits.test!.num_rows } },
        model: { kind: 'model', labels },
      },
      place: contextOf({}).place,
      problem: ({ param }) => found.push(String(param[0])),
      warn: () => {},
    });
    return found;
  };
  assert.deepEqual(await reported(undefined), ['input_column']);
  assert.deepEqual(await reported([...names]), ['input_column', 'label_column']);
});
