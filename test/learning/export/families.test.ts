import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it, test } from 'node:test';
import { type Feed, openModel } from '../../../src/engine/onnxruntime/open-model.js';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import { converted, type Dtype } from '../../../src/learning/export/dtypes/dtypes.js';
import { writeGraph } from '../../../src/learning/export/write-graph.js';
import { buildGraph } from '../../../src/learning/graph/build-graph.js';
import type { OnnxGraph } from '../../../src/learning/graph/onnx-graph.js';
import { partsOf } from '../../../src/learning/graph/parts-of-families.js';
import { classify } from '../../../src/learning/model/classify.js';
import { inputShape, type ModelConfig } from '../../../src/learning/model/config.js';
import { FAMILIES } from '../../../src/learning/model/families/index.js';
import type { Model } from '../../../src/learning/model/model.js';
import type { Safetensors } from '../../../src/learning/model/safetensors.js';
import { MODELS, maxDifference, reference } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

/** One of each kind of parts. */
const kinds = [
  ...['group-norm', 'families/wavlm', 'families/data2vec-audio', 'families/sew', 'bert/relative-key'],
  ...[
    'families/conformer-relative',
    'families/conformer-rotary',
    'spectrograms/ast',
    'spectrograms/whisper-sum',
  ],
];
const folder = tempFolder('onnx');

interface Cropped {
  clips: number;
  cut?: number;
  valid?: readonly number[];
}

/** Opens a graph and runs it on the first clips of the fixture, as long as all or shorter. */
async function run(graph: OnnxGraph, { config }: Model, expected: Safetensors, wanted: readonly Cropped[]) {
  const [file] = await writeGraph(graph, folder, 'model.onnx');
  const opened = openModel(join(folder, file!), { output: 'logits', threads: 1 });
  try {
    return wanted.map((one) => {
      const { input, ...masks } = feedsOf(config, expected, one);
      return { logits: opened.run({ [graph.inputs[0]!.name]: input!, ...masks }), inputs: input! };
    });
  } finally {
    opened.dispose();
  }
}

function feedsOf(config: ModelConfig, expected: Safetensors, { clips, cut = 0, valid }: Cropped) {
  const { data, shape } = expected.read('inputs');
  const { row_size: unit = 1 } = config;
  const all = data.length / shape[0]!;
  const numbers = all - cut * unit;
  const cropped = Float32Array.from({ length: clips * numbers }, (_, index) => {
    return data[Math.floor(index / numbers) * all + (index % numbers)]!;
  });
  const [height, width] = inputShape(config) ?? [];
  const dims = width === undefined ? [clips, numbers] : [clips, height ?? numbers / width, width];
  const feeds: Record<string, Feed> = { input: { data: cropped, shape: dims } };
  if (valid !== undefined) {
    const mask = new BigInt64Array((clips * numbers) / unit);
    valid.forEach((length, row) => {
      mask.fill(1n, (row * numbers) / unit, (row * numbers + length) / unit);
    });
    feeds.attention_mask = { data: mask, shape: [clips, numbers / unit] };
  }
  return feeds;
}

function onEngine({ config, weights }: Model, { data }: Feed, clips: number): Float32Array {
  const logits = tf.tidy(() => {
    const tensors = Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]);
    const inputs = tf.tensor2d(data as Float32Array, [clips, data.length / clips]);
    return classify(Object.fromEntries(tensors), config, inputs);
  });
  return Float32Array.from(logits.dataSync());
}

const graphOf = (model: Model, masked = false) => buildGraph(model, { input: 'input_values', masked });
const isFixed = ({ spectrogram }: ModelConfig) => spectrogram !== undefined;

before(() => openEngine('onnxruntime', { threads: 1 }));

for (const name of MODELS) {
  describe(name, () => {
    it('is a graph with the logits of transformers, for any batch, length and mask', async () => {
      const { model, expected } = await reference(name);
      const { config } = model;
      const clips = expected.read('labels').data.length;
      const graph = graphOf(model);
      const shorter = { clips: 1, cut: isFixed(config) ? 0 : 7 };
      const [every, one] = await run(graph, model, expected, [{ clips }, shorter]);
      const plain = expected.read(isFixed(config) ? 'logits' : 'plain.logits').data;
      assert.ok(maxDifference(every!.logits, plain) < 1e-5);
      assert.ok(maxDifference(one!.logits, onEngine(model, one!.inputs, 1)) < 1e-5, 'one shorter clip');
      if (isFixed(config)) return;
      const valid = [...expected.read('lengths').data];
      const [masked] = await run(graphOf(model, true), model, expected, [{ clips, valid }]);
      assert.ok(maxDifference(masked!.logits, expected.read('masked.logits').data) < 1e-5, 'masked');
    });

    if (!kinds.includes(name)) return;
    it('has nearly the same logits with fewer bits', async () => {
      const { model, expected } = await reference(name);
      const graph = graphOf(model);
      const first = [{ clips: 1 }];
      const [exact] = await run(graph, model, expected, first);
      const most: Record<Exclude<Dtype, 'fp32'>, number> = { fp16: 5e-3, q8: 0.05, q4: 0.5 };
      for (const [dtype, limit] of Object.entries(most)) {
        const other = converted(graph, dtype as Dtype);
        const [close] = await run(other, model, expected, first);
        const difference = maxDifference(close!.logits, exact!.logits);
        assert.ok(difference > 0 && difference < limit, `${dtype}: ${difference}`);
      }
    });
  });
}

test('every family can be exported, and another one is refused by name', async () => {
  for (const type of Object.keys(FAMILIES)) assert.ok(partsOf({ model_type: type }), type);
  const { model } = await reference('group-norm');
  for (const model_type of ['sew-d', 'constructor'])
    assert.throws(
      () => graphOf({ ...model, config: { ...model.config, model_type } }),
      /models of type '.*' cannot be exported/,
    );
});

test('weights have their names, nodes those of modules, and standard operators are used', async () => {
  const { model } = await reference('group-norm');
  const { nodes, initializers } = graphOf(model);
  const ops = nodes.map(({ op }) => op);
  for (const op of ['Conv', 'InstanceNormalization', 'Gelu', 'LayerNormalization', 'MatMul', 'Softmax'])
    assert.ok(ops.includes(op), op);
  const derived = [...initializers.keys()].filter((name) => !/^(?:integer|number)/.test(name));
  assert.deepEqual(
    derived.filter((name) => model.weights[name] === undefined),
    ['wav2vec2.encoder.pos_conv_embed.conv.weight'],
  );
  assert.ok(nodes.some(({ name }) => name === '/wav2vec2.encoder.layers.0.attention.q_proj/MatMul'));
  const names = nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name));
  assert.equal(new Set(names).size, names.length);
});

test('convolutions, normalisations and the classifier keep their bits', async () => {
  const { model } = await reference('group-norm');
  const graph = graphOf(model);
  const count = (dtype: Dtype, op: string) =>
    converted(graph, dtype).nodes.filter((node) => node.op === op).length;
  const layers = graph.nodes.filter(({ isLayer }) => isLayer).length;
  assert.ok(layers > 6);
  assert.equal(count('q8', 'MatMulInteger'), layers);
  assert.equal(count('q4', 'MatMulNBits'), layers);
  for (const dtype of ['q8', 'q4', 'fp16'] as const) {
    assert.equal(count(dtype, 'Conv'), count('fp32', 'Conv'));
    assert.equal(count(dtype, 'LayerNormalization'), count('fp32', 'LayerNormalization'));
  }
  const stored = (dtype: Dtype, name: string) => converted(graph, dtype).initializers.get(name)?.type;
  assert.equal(stored('fp16', 'classifier.weight'), 'float16');
  assert.equal(stored('fp16', 'wav2vec2.encoder.layer_norm.weight'), 'float32');
  assert.equal(stored('q8', 'classifier.weight'), 'float32');
  assert.equal(stored('q8', 'projector.weight'), undefined);
});
