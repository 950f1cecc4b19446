import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { matrixFeature } from '../../src/learning/data/matrix.js';
import { inputShape, numLabels } from '../../src/learning/model/config.js';
import { parseConfig } from '../../src/learning/model/parse-config.js';
import type { DatasetArtifact, ModelArtifact } from '../../src/stage/artifact.js';
import type { OutlineProblem } from '../../src/stage/stage-type.js';
import exportOnnx from '../../stages/export-onnx.js';
import { testEngine } from '../support/engine.js';
import { features, labelledClips, names, withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { fixtures } from '../support/reference-model.js';
import { contextOf, makeDataset } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';

type Params = Parameters<typeof exportOnnx.run>[0]['params'];

async function fixtureModel(
  objects: MemoryObjects,
  {
    fixture = 'group-norm',
    labels = names,
    preprocessor = '{"sampling_rate": 16000}' as string | undefined,
  } = {},
): Promise<ModelArtifact> {
  const read = (name: string) => readFileSync(join(fixtures, fixture, name));
  const id2label = Object.fromEntries(labels.map((name, id) => [id, name]));
  const config = { ...JSON.parse(read('config.json').toString()), id2label };
  const files: ModelArtifact['files'] = {
    'config.json': await objects.put(Buffer.from(JSON.stringify(config))),
    'model.safetensors': await objects.put(read('model.safetensors')),
  };
  if (preprocessor !== undefined)
    files['preprocessor_config.json'] = await objects.put(Buffer.from(preprocessor));
  return { kind: 'model', files, labels, num_parameters: 7, metrics: {} };
}

async function run(
  given: Record<string, unknown>,
  {
    objects = new MemoryObjects(),
    model = undefined as ModelArtifact | undefined,
    dataset = undefined as DatasetArtifact | undefined,
  } = {},
) {
  const params = await withDefaults<Params>('export-onnx', given);
  const inputs = {
    model: model ?? (await fixtureModel(objects)),
    dataset: dataset ?? (await labelledClips(objects)),
  };
  const logged: string[] = [];
  const log = (_: string, text: string) => void logged.push(text);
  const scratch = tempFolder('scratch');
  const context = contextOf(params, { inputs, objects, engine: testEngine, scratch, log });
  const result = await exportOnnx.run(context);
  const artifact = result.artifact as ModelArtifact;
  const json = (name: string) =>
    JSON.parse(Buffer.from(objects.stored.get(artifact.files[name]!.digest)!).toString());
  return { artifact, summary: result.summary, json, logged };
}

test('the files lie as transformers.js expects them, with a report of how they agree', async () => {
  const { artifact, summary, json, logged } = await run({
    dtype: ['fp32', 'fp16', 'q8', 'q4'],
    min_agreement: 0,
  });
  assert.deepEqual(Object.keys(artifact.files), [
    'config.json',
    'preprocessor_config.json',
    'export_report.json',
    'onnx/model.onnx',
    'onnx/model_fp16.onnx',
    'onnx/model_quantized.onnx',
    'onnx/model_q4.onnx',
  ]);
  const { split, num_rows, dtypes } = json('export_report.json');
  assert.deepEqual([split, num_rows], ['test', 4]);
  const [fp32, fp16] = dtypes;
  assert.equal(fp32.dtype, 'fp32');
  assert.ok(fp32.max_difference < 1e-5 && fp32.max_difference < fp16.max_difference);
  assert.deepEqual([fp32.same_predictions, fp32.accuracy], [1, fp32.accuracy_of_training_engine]);
  for (const { file, bytes } of dtypes) assert.equal(artifact.files[`onnx/${file}`]!.size, bytes);
  assert.ok(fp16.bytes < fp32.bytes);
  assert.equal(artifact.num_parameters, 7);
  assert.deepEqual(
    Object.keys(artifact.metrics),
    ['fp32', 'fp16', 'q8', 'q4'].map((dtype) => `accuracy_${dtype}`),
  );
  assert.match(summary!, /^fp32 \d\.\d MB; fp16 \d\.\d MB, \d+ % agree; q8 /);
  assert.match(logged.join('\n'), /^training engine: [\d.]+ ms for the first clip\nfp32: [\d.]+ ms/);
});

test('the same export has the same bytes', async () => {
  const [one, other] = [await run({ dtype: ['q8'] }), await run({ dtype: ['q8'] })];
  assert.deepEqual(one.artifact, other.artifact);
  assert.deepEqual(one.json('config.json')['transformers.js_config'], { dtype: 'q8' });
});

test('with masks, and clips of different lengths, the graph agrees with the training engine, too', async () => {
  const objects = new MemoryObjects();
  const model = await fixtureModel(objects, {
    fixture: 'stable-layer-norm',
    preprocessor: '{"sampling_rate": 16000, "return_attention_mask": true}',
  });
  const dataset = await labelledClips(objects, ({ input_values }) => {
    input_values.forEach((clip, row) => {
      input_values[row] = (clip as Float32Array).subarray(0, 160 - 5 * row);
    });
  });
  const { json } = await run({ split: 'train', batch_size: 3 }, { objects, model, dataset });
  assert.ok(json('export_report.json').dtypes[0].max_difference < 1e-5);
  const own: Parameters<typeof makeDataset>[0] = {
    ...features,
    attention_mask: { _type: 'List', feature: { _type: 'Value', dtype: 'int32' } },
  };
  const rows = [120, 160, 100];
  const columns = {
    input_values: rows.map((_, row) => Float32Array.from({ length: 160 }, (_, i) => Math.sin(i * (row + 1)))),
    attention_mask: rows.map((valid) => Array.from({ length: 160 }, (_, i) => (i < valid ? 1 : 0))),
    label: [0, 1, 2],
  };
  const masked = await makeDataset(own, columns, objects);
  const other = await run({ split: 'train', batch_size: 2 }, { objects, model, dataset: masked });
  assert.ok(other.json('export_report.json').dtypes[0].max_difference < 1e-5);
});

for (const fixture of ['spectrograms/ast', 'spectrograms/whisper', 'bert/relative-key'])
  test(`${fixture}: matrices as its feature extractor makes them are compared`, async () => {
    const objects = new MemoryObjects();
    const preprocessor = readFileSync(join(fixtures, fixture, 'preprocessor_config.json'), 'utf8');
    const model = await fixtureModel(objects, { fixture, preprocessor });
    const config = parseConfig(JSON.parse(readFileSync(join(fixtures, fixture, 'config.json'), 'utf8')));
    const [height, width] = inputShape(config)!;
    const column = fixture.endsWith('ast') ? 'input_values' : 'input_features';
    const matrices = [9, 14, 11].map((rows) =>
      Array.from({ length: height ?? rows }, (_, row) =>
        Float32Array.from({ length: width }, (_, index) => Math.sin(rows * (row + 1) + index)),
      ),
    );
    const own = { [column]: matrixFeature([height, width]), label: features.label! };
    const dataset = await makeDataset(own, { [column]: matrices, label: [0, 1, 2] }, objects);
    const given = { split: 'train', input_column: column, batch_size: 2 };
    const { artifact, json } = await run(given, { objects, model, dataset });
    assert.ok(json('export_report.json').dtypes[0].max_difference < 1e-5);
    const bytes = Buffer.from(objects.stored.get(artifact.files['onnx/model.onnx']!.digest)!);
    assert.ok(bytes.includes(`\n${String.fromCharCode(column.length)}${column}`));
    assert.equal(bytes.includes('attention_mask'), fixture.startsWith('bert'));
  });

test('labels of any text come out as they went in', async () => {
  const objects = new MemoryObjects();
  const labels = ['__proto__', '../../etc', '"}]\u001b[31m', '\u0000', 'constructor'];
  const model = await fixtureModel(objects, { labels });
  const columns: Record<string, unknown[]> = {};
  const { splits } = await labelledClips(objects, (made) => Object.assign(columns, made));
  const own = { ...features, label: { _type: 'ClassLabel', names: labels } } as const;
  const dataset = { ...(await makeDataset(own, columns, objects)), splits };
  const { artifact, json } = await run({}, { objects, model, dataset });
  const config = parseConfig(json('config.json'));
  assert.deepEqual([config.id2label, numLabels(config), artifact.labels], [labels, 5, labels]);
  assert.deepEqual(Object.keys(json('config.json').label2id), labels);
});

test('a graph whose numbers overflow in 16 bits is not written', async () => {
  const objects = new MemoryObjects();
  const model = await fixtureModel(objects);
  const stored = Buffer.from(objects.stored.get(model.files['model.safetensors']!.digest)!);
  const start = 8 + Number(stored.readBigUInt64LE());
  const header = JSON.parse(stored.subarray(8, start).toString());
  const [begin, end] = header['projector.weight'].data_offsets;
  for (let at = start + begin; at < start + end; at += 4)
    stored.writeFloatLE(1e6 * stored.readFloatLE(at), at);
  model.files['model.safetensors'] = await objects.put(stored);
  await assert.rejects(run({ dtype: ['fp32', 'fp16'], min_agreement: 0 }, { objects, model }), {
    message: 'the exported graph does not agree with the training engine',
    expected: 'finite logits',
    got: "on split 'test', fp16: logits that are not numbers",
  });
});

test('a model without feature extractor is refused', async () => {
  const objects = new MemoryObjects();
  const model = await fixtureModel(objects);
  const { 'preprocessor_config.json': _, ...files } = model.files;
  await assert.rejects(
    run({}, { objects, model: { ...model, files } }),
    /the model has no preprocessor_config.json/,
  );
});

test('what cannot be compared is reported before anything runs', async () => {
  const { features: plain, splits } = await labelledClips(new MemoryObjects());
  const states = {
    ...plain,
    hidden_states: {
      _type: 'List',
      feature: { _type: 'Value', dtype: 'float32' },
      states: { layers: 1, pooling: 'none' },
    },
  } as const;
  const counts = Object.fromEntries(Object.entries(splits).map(([name, { num_rows }]) => [name, num_rows]));
  const problemsOf = async (given: Record<string, unknown>, labels = names) => {
    const problems: OutlineProblem[] = [];
    await exportOnnx.outline!({
      params: await withDefaults<Params>('export-onnx', given),
      inputs: {
        model: { kind: 'model', labels },
        dataset: { kind: 'dataset', features: states, splits: counts },
      },
      place: contextOf({}).place,
      problem: (problem) => problems.push(problem),
      warn: () => {},
    });
    return problems.map(({ param, message }) => `${param.join('.')}: ${message}`);
  };
  assert.deepEqual(await problemsOf({}), []);
  assert.deepEqual(await problemsOf({ input_column: 'hidden_states' }), [
    "input_column: column 'hidden_states' has hidden states",
  ]);
  const [split, column] = await problemsOf({ split: 'dev', label_column: 'lable' });
  assert.match(split!, /^split: .*'dev'/);
  assert.match(column!, /^label_column: .*'lable'/);
  assert.match((await problemsOf({}, ['other']))[0]!, /classes that the model does not have/);
});
