import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeColumn } from '../../src/learning/data/column.js';
import type { DatasetArtifact, ModelArtifact, ReportArtifact } from '../../src/stage/artifact.js';
import type { OutlineProblem } from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import evaluate from '../../stages/evaluate.js';
import { clipDataset } from '../support/clips.js';
import { testEngine } from '../support/engine.js';
import { labelledClips, names, withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { fixtures } from '../support/reference-model.js';
import { contextOf, outlineOf } from '../support/stage.js';

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

/** A dataset with one more column of text. */
async function addColumn(
  dataset: DatasetArtifact,
  name: string,
  textOf: (row: number) => string | null,
  objects: MemoryObjects,
): Promise<DatasetArtifact> {
  const feature = { _type: 'Value', dtype: 'string' } as const;
  let first = 0;
  const chunks = [];
  for (const chunk of dataset.chunks) {
    const values = Array.from({ length: chunk.rows }, (_, row) => textOf(first + row));
    const column = await objects.put(encodeColumn(feature, values));
    chunks.push({ ...chunk, columns: { ...chunk.columns, [name]: column } });
    first += chunk.rows;
  }
  return { ...dataset, features: { ...dataset.features, [name]: feature }, chunks };
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
  const { intervals, baseline } = report('test.json');
  assert.deepEqual(baseline, { label: 'pay_bill', accuracy: 0.25 });
  const [low, high] = intervals.accuracy;
  assert.ok(low <= metrics!.accuracy && metrics!.accuracy <= high);
  for (const { score, scores, predicted } of predictions) {
    assert.ok(Math.abs(scores.reduce((sum: number, each: number) => sum + each, 0) - 1) < 1e-4);
    assert.equal(names[scores.indexOf(Math.max(...scores))], predicted);
    assert.ok(Math.abs(Math.max(...scores) - score) < 1e-5);
  }
  const range = `[${low.toFixed(2)}–${high.toFixed(2)}]`;
  assert.ok(summary!.startsWith(`accuracy ${metrics!.accuracy.toFixed(2)} ${range}, baseline 0.25 (test); `));
  assert.match(summary!, /, baseline 0\.50 \(more\)$/);
});

test('the numbers equal those of the other engine, and do not depend on the batch size for clips of one length', async () => {
  const one = await run({ split: 'train' });
  for (const other of [await run({ split: 'train', batch_size: 3 }), await run({ split: 'train' }, 'cpu')]) {
    assert.ok(Math.abs(one.artifact.metrics.train!.loss! - other.artifact.metrics.train!.loss!) < 1e-5);
    assert.equal(one.artifact.metrics.train!.accuracy, other.artifact.metrics.train!.accuracy);
  }
});

test('metrics per group of a column and per duration, and the worst group', async () => {
  const objects = new MemoryObjects();
  const long = new Float32Array(320).fill(0.1);
  const clips = await labelledClips(objects, ({ input_values }) => input_values.splice(15, 1, long));
  const speakers = ['ann', 'bob', 'ann', null];
  const dataset = await addColumn(clips, 'speaker', (row) => speakers[row % 4] ?? null, objects);
  const model = await fixtureModel(objects);
  model.files['preprocessor_config.json'] = await objects.put(Buffer.from('{"sampling_rate": 320}'));
  const given = { split: 'train', group_by: ['speaker', 'label'], duration_bins: [0.75] };
  const run = async (split: string) => {
    const params = await withDefaults<Params>('evaluate', { ...given, split });
    const result = await evaluate.run(
      contextOf(params, { inputs: { model, dataset }, objects, engine: testEngine }),
    );
    const artifact = result.artifact as ReportArtifact;
    const bytes = objects.stored.get(artifact.files[`${split}.json`]!.digest)!;
    return {
      ...result,
      metrics: artifact.metrics[split]!,
      report: JSON.parse(Buffer.from(bytes).toString()),
    };
  };
  const { metrics, report, summary } = await run('train');
  const [bySpeaker, byLabel, byDuration] = report.groups;
  assert.deepEqual(
    bySpeaker.groups.map((each: { group: string; num_rows: number }) => [each.group, each.num_rows]),
    [
      ['ann', 7],
      ['bob', 4],
      ['(no value)', 3],
    ],
  );
  assert.deepEqual([byLabel.by, byLabel.groups[0].group], ['label', 'abroad']);
  assert.deepEqual([byDuration.by, byDuration.groups[0].group], ['duration', '< 0.75 s']);
  assert.deepEqual(report.predictions[1].groups, ['bob', 'address', '< 0.75 s']);
  const accuracies = report.groups.flatMap((each: { groups: { accuracy: number }[] }) =>
    each.groups.map(({ accuracy }) => accuracy),
  );
  assert.equal(metrics.worst_group_accuracy, Math.min(...accuracies));
  assert.match(
    summary!,
    new RegExp(`, worst speaker ${bySpeaker.worst.replace(/[()]/g, '.')} 0\\.\\d\\d of \\d, worst label `),
  );
  assert.deepEqual(
    (await run('test')).report.groups[2].groups.map((each: { group: string }) => each.group),
    ['< 0.75 s', '≥ 0.75 s'],
  );
});

test('groups that cannot be formed are reported before anything runs', async () => {
  const objects = new MemoryObjects();
  const dataset = await labelledClips(objects);
  const params = await withDefaults<Params>('evaluate', {
    group_by: ['speeker', 'input_values'],
    duration_bins: [1, 3, 2],
  });
  const { problems } = await outlineOf(evaluate, params, dataset);
  assert.deepEqual(
    problems.map(({ param }) => param.join('.')),
    ['group_by.0', 'group_by.1', 'duration_bins.2'],
  );
});

test('metrics by name are measured, too; options that do not fit the classes are refused', async () => {
  const { artifact, report } = await run({ split: 'test', metrics: ['top_k_accuracy', 'ece'], top_k: 3 });
  const { accuracy, top_k_accuracy, ece } = artifact.metrics.test!;
  assert.ok(top_k_accuracy! >= accuracy! && ece! > 0);
  assert.deepEqual(report('test.json').metrics, artifact.metrics.test);
  await assert.rejects(run({ split: 'test', metrics: ['top_k_accuracy'], top_k: 5 }), /the 5 best of 5/);
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
    const clips = audio && { dataset: { dataset: audio, column: 'audio' } };
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

/** What `outline` reports of datasets of the same clips, by name. */
async function problemsOf(
  given: Record<string, unknown>,
  labels: string[],
  inputs: readonly string[] = ['dataset'],
) {
  const { features, splits } = await labelledClips(new MemoryObjects());
  const problems: OutlineProblem[] = [];
  const dataset = { kind: 'dataset' as const, features, splits: { test: splits.test!.num_rows } };
  await evaluate.outline!({
    params: await withDefaults<Params>('evaluate', given),
    inputs: {
      ...Object.fromEntries(inputs.map((name) => [name, dataset])),
      model: { kind: 'model', labels },
    },
    place: contextOf({}).place,
    problem: (found) => problems.push(found),
    warn: () => {},
  });
  return problems.map(({ message, param, input }) => [message, param.join('.'), input]);
}

test('classes that the model does not have are reported before anything runs; their order does not matter', async () => {
  assert.deepEqual(await problemsOf({}, [...names].reverse()), []);
  const unknown = "column 'label' has classes that the model does not have: 'abroad'";
  assert.deepEqual(await problemsOf({}, names.slice(1)), [[unknown, 'label_column', undefined]]);
});

test('problems of one of several datasets name it, and point at it', async () => {
  const inputs = ['voices', 'phrasings'];
  assert.deepEqual(await problemsOf({ split: { voices: 'tset', voicse: 'test' } }, names, inputs), [
    ["there is no dataset 'voicse' in `from`", 'split.voicse', undefined],
    ["dataset 'voices': no split 'tset' in the dataset", 'split.voices', undefined],
  ]);
  assert.deepEqual(
    await problemsOf({ split: { voices: ['test', 'tset'] }, label_column: 'intent' }, names, inputs),
    [
      ["dataset 'phrasings': no column 'intent' in the dataset", 'label_column', 'phrasings'],
      ["dataset 'voices': no split 'tset' in the dataset", 'split.voices.1', undefined],
      ["dataset 'voices': no column 'intent' in the dataset", 'label_column', 'voices'],
    ],
  );
  const [clash] = await problemsOf({ split: { dataset: ['voices/test'] } }, names, ['dataset', 'voices']);
  assert.deepEqual(clash, ["two results would be called 'voices/test'", 'split', undefined]);
});

test('several datasets are measured in one stage, their classes aligned by name', async () => {
  const objects = new MemoryObjects();
  const model = await fixtureModel(objects);
  const dataset = await labelledClips(objects);
  const turned = [...names].reverse();
  const voices: DatasetArtifact = {
    ...(await labelledClips(objects, ({ label }) => {
      label.forEach((id, row) => {
        label[row] = names.length - 1 - (id as number);
      });
    })),
    features: { ...dataset.features, label: { _type: 'ClassLabel', names: turned } },
  };
  const params = await withDefaults<Params>('evaluate', { split: { voices: ['train', 'more'] } });
  const inputs = { model, voices, dataset };
  const result = await evaluate.run(contextOf(params, { inputs, objects, engine: testEngine }));
  const artifact = result.artifact as ReportArtifact;
  assert.deepEqual(Object.keys(artifact.metrics), ['test', 'voices/train', 'voices/more']);
  assert.deepEqual(Object.keys(artifact.files), ['test.json', 'voices_train.json', 'voices_more.json']);
  const plain = await run({ split: ['test', 'train', 'more'] });
  const { test: own, train, more } = plain.artifact.metrics;
  assert.deepEqual(Object.values(artifact.metrics), [own, train, more], 'as one after the other');
  assert.match(result.summary!, /\(test\); .*\(voices\/train\); .*\(voices\/more\)$/);
  assert.deepEqual(evaluate.readsSplits!(params, ['model', 'dataset', 'voices']), {
    dataset: ['test'],
    voices: ['train', 'more'],
  });
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
