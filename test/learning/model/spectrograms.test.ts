import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import { matrixFeature } from '../../../src/learning/data/matrix.js';
import { loadModel } from '../../../src/learning/model/checkpoint.js';
import { frozenBelow } from '../../../src/learning/model/entry-point.js';
import { initialise } from '../../../src/learning/model/initialise.js';
import { layOutLora } from '../../../src/learning/model/lora/layout.js';
import { classifierParameters } from '../../../src/learning/model/parameters.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import { parseSafetensors, type Safetensors } from '../../../src/learning/model/safetensors.js';
import { modelFiles, savedConfig } from '../../../src/learning/model/save.js';
import { Classifier } from '../../../src/learning/predict/classifier.js';
import type { Batch } from '../../../src/learning/training/collate.js';
import { inputMismatch } from '../../../src/learning/training/dataset-checks.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import { targetsOf } from '../../../src/learning/training/losses/targets.js';
import { StepGraph } from '../../../src/learning/training/step-graph.js';
import { train } from '../../../src/learning/training/train.js';
import { trainableNames } from '../../../src/learning/training/trainable-names.js';
import { Random } from '../../../src/random/random.js';
import { testDevice, testEngine } from '../../support/engine.js';
import {
  filesOf,
  fixtures,
  isKeyBias,
  maxDifference,
  reference,
  relativeDifference,
} from '../../support/reference-model.js';
import { defaults, quiet } from '../../support/training-setting.js';

const json = <T>(file: string) => JSON.parse(readFileSync(join(fixtures, 'spectrograms', file), 'utf8')) as T;

interface Curve {
  losses: number[];
  norms: number[];
  classifier: number[];
}
const curves = json<Record<string, Curve>>('curves.json');

function batchOf(expected: Safetensors): Batch {
  const { shape, data } = expected.read('inputs');
  const [clips] = shape as [number];
  return {
    inputs: { data, shape: [clips, data.length / clips] },
    labels: [...expected.read('labels').data],
  };
}

for (const [name, curve] of Object.entries(curves)) {
  const folder = `spectrograms/${name}`;
  const open = (engine: 'cpu' | typeof testEngine) =>
    openEngine(engine, { threads: 1, device: engine === 'onnxruntime' ? testDevice : undefined });

  describe(name, () => {
    it('has the tensors that transformers saved, and is saved under the same names', async () => {
      const { model } = await reference(folder);
      assert.deepEqual([model.missing, model.unexpected, model.mismatched], [[], [], []]);
      assert.deepEqual(savedConfig(model).architectures, model.config.raw.architectures);
      const file = filesOf(folder).find((one) => one.name === 'model.safetensors')!.path;
      const saved = Buffer.concat(modelFiles(model)['model.safetensors']!);
      const theirs = parseSafetensors(readFileSync(file), file);
      const ours = parseSafetensors(saved, 'saved');
      assert.deepEqual([...ours.entries.keys()].sort(), [...theirs.entries.keys()].sort());
      for (const key of theirs.entries.keys()) assert.deepEqual(ours.read(key), theirs.read(key), key);
    });

    for (const engine of ['cpu', testEngine] as const) {
      it(`has the logits, the loss and the gradients of transformers on ${engine}`, async () => {
        const { model, expected } = await reference(folder);
        await open(engine);
        const batch = batchOf(expected);
        const logits = new LogitsGraph(model).compute(batch);
        assert.ok(maxDifference(logits, expected.read('logits').data) < 1e-5);
        const names = trainableNames(model.weights, model.config);
        const into = Object.fromEntries(
          names.map((each) => [each, new Float32Array(model.weights[each]!.data.length)]),
        );
        const graph = new StepGraph(model, names, new RandomDraws(Random.stream(1, 'none')));
        const loss = graph.compute(batch, targetsOf(batch.labels, 5, 0, batch.labels.length), into);
        assert.ok(Math.abs(loss - expected.read('loss').data[0]!) < 1e-5);
        const keys = [...expected.entries.keys()].filter((key) => key.startsWith('grad.'));
        assert.deepEqual(keys.map((key) => key.slice('grad.'.length)).sort(), names.toSorted());
        for (const each of names) {
          const { data } = expected.read(`grad.${each}`);
          assert.ok(maxDifference(into[each]!, data) < 1e-5, each);
          if (!isKeyBias(each)) assert.ok(relativeDifference(into[each]!, data) < 1e-4, each);
        }
      });
    }

    it('learns as in PyTorch', async () => {
      const { model, expected } = await reference(folder);
      await open(testEngine);
      const { inputs, labels } = batchOf(expected);
      const [size, numbers] = inputs.shape;
      const examples: Examples = {
        split: 'train',
        size,
        labels,
        lengths: Array<number>(size).fill(numbers),
        padding: ZEROS_ON_THE_RIGHT,
        samples: async (row) => inputs.data.slice(row * numbers, (row + 1) * numbers),
      };
      const args = {
        ...defaults,
        learning_rate: 5e-3,
        warmup_steps: 2,
        num_train_epochs: curve.losses.length,
        logging_steps: 1,
      };
      const { log_history } = await train(await quiet({ args, model, train: examples }));
      const logged = (key: string) => log_history.flatMap((entry) => entry[key] ?? []);
      assert.ok(maxDifference(logged('loss'), curve.losses) < 1e-4, 'losses');
      assert.ok(maxDifference(logged('grad_norm'), curve.norms) < 1e-3, 'gradient norms');
      const head = name.startsWith('ast') ? 'classifier.dense.weight' : 'classifier.weight';
      assert.ok(maxDifference(model.weights[head]!.data, curve.classifier) < 2e-4, 'final weights');
    });

    it('classifies clips as transformers does with the feature extractor', async () => {
      const { expected } = await reference(folder);
      await open(testEngine);
      const classifier = await Classifier.open(filesOf(folder), name);
      const [logits] = classifier.logits([classifier.prepare(expected.read('clip').data)]);
      assert.ok(maxDifference(logits!, expected.read('clip.logits').data) < 1e-4);
    });
  });
}

test('a bare encoder of Whisper, or one with its decoder, is read by its names', async () => {
  const { model } = await reference('spectrograms/whisper');
  const { fromFile } = (await import('../../../src/learning/model/families/whisper.js')).whisper;
  for (const name of Object.keys(model.weights).filter((each) => each.startsWith('encoder.')))
    assert.equal(fromFile!(`model.${name}`), name);
});

test('the columns of other models are refused, and spectrograms of another shape', async () => {
  const [ast, whisper] = await Promise.all(
    ['ast', 'whisper'].map((name) => reference(`spectrograms/${name}`)),
  );
  const samples = { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } } as const;
  const mismatch = (feature: Parameters<typeof inputMismatch>[0], config: object) =>
    inputMismatch(feature, 'input_values', config as never);
  assert.equal(mismatch(matrixFeature([14, 10]), ast!.model.config), undefined);
  assert.equal(mismatch(samples, parseConfig({ model_type: 'wav2vec2' })), undefined);
  const other = mismatch(matrixFeature([1024, 10]), ast!.model.config);
  assert.deepEqual([other?.expected, other?.got], ['spectrograms of 14 by 10', 'spectrograms of 1024 by 10']);
  assert.equal(mismatch(samples, whisper!.model.config)?.got, 'samples');
  assert.equal(
    mismatch(matrixFeature([14, 10]), parseConfig({ model_type: 'wav2vec2' }))?.expected,
    'samples',
  );
});

test('a number of frames that the checkpoint has no positions for is refused', async () => {
  await assert.rejects(
    loadModel(filesOf('spectrograms/ast'), { config: { max_length: 20 } }),
    /position_embeddings' has another shape in the checkpoint/,
  );
  assert.throws(
    () => parseConfig({ model_type: 'audio-spectrogram-transformer', max_length: 8 }),
    /must be at least patch_size/,
  );
});

test('LoRA finds the linear layers that PEFT finds, and the head of each family', async () => {
  const layOut = (name: string, target_modules: string[] | 'all-linear') =>
    reference(`spectrograms/${name}`).then(({ model }) =>
      layOutLora(
        { target_modules, modules_to_save: ['projector', 'classifier'] },
        model.config,
        frozenBelow({ ...defaults, peft: {} }),
      ),
    );
  const ast = await layOut('ast', ['q_proj', 'fc1']);
  assert.deepEqual([ast.problems, ast.layers.length, ast.saved.length], [[], 4, 4]);
  const whisper = await layOut('whisper', ['k_proj', 'v_proj']);
  assert.deepEqual([whisper.problems, whisper.layers.length], [[], 4]);
  assert.equal((await layOut('whisper', 'all-linear')).layers.length, 12);
});

interface Architecture {
  config: object;
  parameters: number;
  digest: string;
  spread: Record<string, [mean: number, deviation: number]>;
}
const sizeOf = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);

for (const [name, { config, parameters, digest, spread }] of Object.entries(
  json<Record<string, Architecture>>('parameters.json'),
)) {
  test(`${name} has the parameters that it has in transformers, spread as there`, () => {
    const specs = classifierParameters(parseConfig(config), 14);
    assert.equal(
      specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      parameters,
    );
    const lines = specs.map((spec) => `${spec.name} [${spec.shape}]`).sort();
    assert.equal(createHash('sha256').update(lines.join('\n')).digest('hex'), digest);

    const one = parseConfig({ ...config, num_hidden_layers: 1, encoder_layers: 1 });
    for (const spec of classifierParameters(one, 14)) {
      const isWhole = spec.init.type === 'sinusoids';
      const length = isWhole ? sizeOf(spec.shape) : Math.min(sizeOf(spec.shape), 20_000);
      const { data } = initialise(
        isWhole ? spec : { ...spec, shape: [length] },
        Random.stream(1, spec.name),
        {},
      );
      const mean = data.reduce((sum, value) => sum + value, 0) / length;
      const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length);
      const [theirs, width] = spread[spec.name]!;
      const error = isWhole ? 1e-4 : (8 * Math.max(width, 1e-6)) / Math.sqrt(length);
      assert.ok(Math.abs(mean - theirs) < error, `${spec.name}: mean ${mean} and ${theirs}`);
      assert.ok(Math.abs(deviation - width) < error, `${spec.name}: deviation ${deviation} and ${width}`);
    }
  });
}
