import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DatasetArtifact, Features, ModelArtifact, ReportArtifact } from '../../src/stage/artifact.js';
import type { StageType } from '../../src/stage/stage-type.js';
import castAudio from '../../stages/cast-audio.js';
import evaluate from '../../stages/evaluate.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import window from '../../stages/window.js';
import { testEngine } from '../support/engine.js';
import { withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, makeDataset, outlineOf, placeAt, sourcesOf } from '../support/stage.js';
import { sharedTempFolder } from '../support/temp-folder.js';
import { CALLS, CUT, callName, expected, RATE, writeWindowCalls } from '../support/window-calls.js';

const root = sharedTempFolder('windows');
writeWindowCalls(root);
const objects = new MemoryObjects();
const place = placeAt(root);
const modelFolder = join(root, 'base');
const { id2label } = JSON.parse(readFileSync(join(modelFolder, 'config.json'), 'utf8'));
const names: string[] = Object.values(id2label);
const features: Features = {
  audio: { _type: 'Audio', storage: 'encoded' },
  label: { _type: 'ClassLabel', names },
};
const labelOf = (call: number) => call % names.length;

/** Runs a stage type with the defaults of its parameters. */
async function run<P>(type: StageType<P>, given: object, inputs: object) {
  const params = await withDefaults<P>(type.name, given as Record<string, unknown>);
  const sources = await sourcesOf(type, params, place);
  const context = contextOf(params, { inputs: inputs as never, objects, sources, place, engine: testEngine });
  return type.run(context);
}

async function model(): Promise<ModelArtifact> {
  const files: ModelArtifact['files'] = {};
  for (const name of readdirSync(modelFolder))
    files[name] = await objects.put(readFileSync(join(modelFolder, name)));
  return { kind: 'model', files, labels: names, num_parameters: 0, metrics: {} };
}

/** The calls as model inputs, cut before or after they are decoded. */
async function windows(first: 'window' | 'cast-audio'): Promise<DatasetArtifact> {
  const calls = Array.from({ length: CALLS }, (_, call) => call);
  const audio = calls.map((call) => ({
    bytes: readFileSync(join(root, 'calls', callName(call))),
    path: callName(call),
  }));
  let dataset = await makeDataset(features, { audio, label: calls.map(labelOf) }, objects, 16);
  const decode = async () => {
    dataset = (await run(castAudio, { sampling_rate: RATE }, { dataset })).artifact as DatasetArtifact;
  };
  if (first === 'cast-audio') await decode();
  dataset = (await run(window, CUT, { dataset })).artifact as DatasetArtifact;
  if (first === 'window') await decode();
  const extractor = { feature_extractor: 'base', remove_columns: ['audio'] };
  return (await run(mapPreprocess, extractor, { dataset })).artifact as DatasetArtifact;
}

let cut: Promise<DatasetArtifact> | undefined;
const cutFirst = () => {
  cut ??= windows('window');
  return cut;
};

/** One by one: without attention masks, a shorter window would be padded to the others of its batch. */
async function evaluated(given: object, of?: DatasetArtifact) {
  const result = await run(
    evaluate,
    { split: 'train', batch_size: 1, ...given },
    { model: await model(), dataset: of ?? (await cutFirst()) },
  );
  const { files, metrics } = result.artifact as ReportArtifact;
  const report = JSON.parse(Buffer.from(await objects.read(files['train.json']!)).toString());
  return { summary: result.summary, metrics: metrics.train!, report };
}

test('the calls are those that transformers classified', () => {
  const hash = createHash('sha256');
  for (let call = 0; call < CALLS; call += 1) hash.update(readFileSync(join(root, 'calls', callName(call))));
  assert.equal(hash.digest('hex'), expected.digest);
});

for (const aggregate of ['mean_logits', 'max', 'vote'] as const)
  test(`calls of 1 to 30 s are classified as transformers classifies their windows: ${aggregate}`, async () => {
    const { summary, metrics, report } = await evaluated({ aggregate });
    const hits = expected.calls.filter(({ answers }, call) => answers[aggregate] === names[labelOf(call)]);
    const starts = expected.calls.flatMap((call) => call.starts);
    assert.equal(report.num_rows, starts.length);
    assert.equal(report.num_clips, CALLS);
    assert.equal(report.aggregate, aggregate);
    assert.match(summary!, /\(train, 60 clips\)$/);
    let row = 0;
    for (const [call, { answers, scores, starts }] of expected.calls.entries()) {
      const prediction = report.predictions[call];
      assert.equal(prediction.row, row, `call ${call}`);
      assert.equal(prediction.windows, starts.length);
      assert.equal(prediction.label, names[labelOf(call)]);
      assert.equal(prediction.predicted, answers[aggregate], `call ${call}`);
      assert.ok(Math.abs(prediction.score - scores[aggregate]!) < 1e-4, `call ${call}`);
      row += starts.length;
    }
    assert.equal(metrics.accuracy, hits.length / CALLS);
    const losses = expected.calls.map(({ mean_logits }, call) => {
      const sum = mean_logits.reduce((total, value) => total + Math.exp(value), 0);
      return Math.log(sum) - mean_logits[labelOf(call)]!;
    });
    const loss = losses.reduce((sum, each) => sum + each, 0) / CALLS;
    assert.ok(Math.abs(metrics.loss! - loss) < 1e-4, 'the loss is that of the mean logits');
  });

test('windows of decoded calls are the same, and rows are measured without aggregate', async () => {
  const decoded = await windows('cast-audio');
  const inputs = (of: DatasetArtifact) => of.chunks.map(({ columns }) => columns.input_values!.digest);
  assert.deepEqual(inputs(decoded), inputs(await cutFirst()));
  const { report } = await evaluated({});
  assert.equal(report.predictions.length, report.num_rows);
  assert.equal(report.num_clips, undefined);
});

test('a column that names no clips is found before the run, and a clip with two labels in it', async () => {
  const problems = async (given: object) => {
    const params = await withDefaults<never>('evaluate', { split: 'train', aggregate: 'max', ...given });
    return (await outlineOf(evaluate as StageType<never>, params, await cutFirst())).problems;
  };
  assert.deepEqual(await problems({}), []);
  const [unknown] = await problems({ clip_column: 'clips' });
  assert.deepEqual(unknown!.param, ['clip_column']);
  assert.equal(unknown!.suggestion, 'clip');
  const [list] = await problems({ clip_column: 'input_values' });
  assert.match(list!.message, /does not name clips/);
  await assert.rejects(evaluated({ aggregate: 'max', clip_column: 'start' }), /different labels/);
});
