import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, describe, it, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { loadModel } from '../../../src/learning/model/checkpoint.js';
import { frameCount } from '../../../src/learning/model/config.js';
import { inMemory, StoredWeight } from '../../../src/learning/model/stored-weight.js';
import type { Batch } from '../../../src/learning/training/collate.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import { fixedLogits } from '../../../src/learning/training/logits-session.js';
import { filesOf, MODELS, maxDifference, reference } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

const open = () => openEngine('onnxruntime', { threads: 1 });
before(open);

const lazily = (name: string) => loadModel(filesOf(name), { lazily: true });

/** The fixture's clips, padded further than their batch requires where that is possible. */
async function batchesOf(name: string): Promise<{ plain: Batch; masked: Batch; length: number }> {
  const { model, expected } = await reference(name);
  const { config } = model;
  const { data, shape } = expected.read('inputs');
  const clips = shape[0]!;
  const length = data.length / clips;
  if (config.spectrogram !== undefined) {
    const plain: Batch = { inputs: { data, shape: [clips, length] }, labels: [] };
    return { plain, masked: plain, length };
  }
  const width = length + 3 * (config.row_size ?? 1);
  const wide = new Float32Array(clips * width).fill(0.5);
  for (let clip = 0; clip < clips; clip += 1)
    wide.set(data.subarray(clip * length, (clip + 1) * length), clip * width);
  const framesOf = (lengths: ArrayLike<number>) =>
    Float32Array.from(lengths, (samples) => frameCount(config, samples));
  const valid = expected.read('lengths').data;
  const common = { inputs: { data: wide, shape: [clips, width] as [number, number] }, labels: [] };
  const given = { ...common, length: Float32Array.of(length) };
  const all = framesOf(new Array<number>(clips).fill(length));
  return { plain: { ...given, frames: all }, masked: { ...given, frames: framesOf(valid) }, length };
}

for (const name of MODELS) {
  describe(name, () => {
    it('has the logits of transformers and of the recorded graph, with and without masks', async () => {
      const { model: loaded, expected } = await reference(name);
      const isFixed = loaded.config.spectrogram !== undefined;
      const { plain, masked } = await batchesOf(name);
      const model = await lazily(name);
      const logits = fixedLogits(model, false).compute(plain);
      assert.ok(maxDifference(logits, expected.read(isFixed ? 'logits' : 'plain.logits').data) < 1e-5);
      assert.ok(maxDifference(logits, new LogitsGraph(loaded).compute(plain)) < 1e-5, 'recorded');
      if (isFixed) return;
      const other = fixedLogits(model, true).compute(masked);
      assert.ok(maxDifference(other, expected.read('masked.logits').data) < 1e-5, 'masked');
    });
  });
}

test('the session of a model is kept, and opened again once its engine was closed', async () => {
  const model = await lazily('group-norm');
  const { plain } = await batchesOf('group-norm');
  const session = fixedLogits(model, false);
  assert.equal(fixedLogits(model, false), session);
  const logits = session.compute(plain);
  assert.deepEqual(fixedLogits(await lazily('group-norm'), false).compute(plain), logits, 'another session');
  const engine = await open();
  assert.deepEqual(session.compute(plain), logits, 'after the engine was opened anew');
  await engine.dispose();
  await open();
  assert.deepEqual(session.compute(plain), logits, 'after it was closed');
});

test('weights stay in the file of the checkpoint, and are read from others without leaving files', async () => {
  const model = await lazily('group-norm');
  const name = 'wav2vec2.encoder.layers.0.attention.q_proj.weight';
  assert.ok(model.weights[name] instanceof StoredWeight);
  assert.equal(model.weights[name].place?.length, 4 * model.weights[name].data.length);
  const { plain } = await batchesOf('group-norm');
  const logits = fixedLogits(model, false).compute(plain);
  // As of a checkpoint of another type, or of one with an adapter: through a file of our own.
  const { TMPDIR } = process.env;
  const folder = tempFolder('weights');
  process.env.TMPDIR = folder;
  try {
    assert.deepEqual(fixedLogits(inMemory(model), false).compute(plain), logits);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('on another engine, and for what enters the model further up, the recorded graph computes', async () => {
  const { plain } = await batchesOf('group-norm');
  const model = await lazily('group-norm');
  const onSession = fixedLogits(model, false).compute(plain);
  const { hidden_size: hidden } = model.config;
  const inputs: Batch['inputs'] = {
    data: new Float32Array(2 * 3 * hidden).fill(0.1),
    shape: [2, 3, hidden],
    entry: { at: 'layer', layer: 1 },
  };
  const above: Batch = { inputs, labels: [] };
  const loaded = inMemory(model);
  assert.deepEqual(fixedLogits(model, false).compute(above), new LogitsGraph(loaded).compute(above));
  const engine = await openEngine('cpu');
  const onCpu = fixedLogits(model, false).compute(plain);
  assert.ok(maxDifference(onCpu, onSession) < 1e-5);
  await engine.dispose();
  await open();
});
