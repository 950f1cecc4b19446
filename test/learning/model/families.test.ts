import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import { initialise } from '../../../src/learning/model/initialise.js';
import { isBuffer } from '../../../src/learning/model/parameter-names.js';
import { classifierParameters } from '../../../src/learning/model/parameters.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import type { Weight } from '../../../src/learning/model/safetensors.js';
import { modelFiles, savedConfig } from '../../../src/learning/model/save.js';
import { distanceBucket } from '../../../src/learning/model/variants/relative-position-bias.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { runningStatistics } from '../../../src/learning/training/running-statistics.js';
import { train } from '../../../src/learning/training/train.js';
import { Random } from '../../../src/random/random.js';
import { testDevice, testEngine } from '../../support/engine.js';
import {
  compute,
  fixtures,
  isKeyBias,
  maxDifference,
  reference,
  relativeDifference,
} from '../../support/reference-model.js';
import { defaults, quiet } from '../../support/training-setting.js';

const json = <T>(file: string) => JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as T;

interface Curve {
  losses: number[];
  norms: number[];
  classifier: number[];
  running: Record<string, number[]>;
}
const curves = ['families', 'bert'].flatMap((folder) =>
  Object.entries(json<Record<string, Curve>>(`${folder}/curves.json`)).map(
    ([name, curve]) => [`${folder}/${name}`, curve] as const,
  ),
);

for (const [name, curve] of curves) {
  describe(name, () => {
    it('has the tensors that transformers saved, and is saved for the same class', async () => {
      const { model } = await reference(name);
      assert.deepEqual([model.missing, model.unexpected, model.mismatched], [[], [], []]);
      const { architectures, model_type } = model.config.raw;
      assert.deepEqual(savedConfig(model).architectures, architectures);
      assert.equal(savedConfig(model).model_type, model_type);
      const theirs = readFileSync(join(fixtures, name, 'model.safetensors'));
      assert.ok(theirs.equals(Buffer.concat(modelFiles(model)['model.safetensors']!)));
    });

    for (const engine of ['cpu', testEngine] as const) {
      it(`has the logits, the loss and the gradients of transformers on ${engine}`, async () => {
        const { model, expected } = await reference(name);
        for (const kind of ['plain', 'masked']) {
          // The fixtures have gradients of the masked batch only.
          const masked = kind === 'masked';
          const computed = await compute(engine, model.config, model.weights, expected, masked, masked);
          assert.ok(maxDifference(computed.logits, expected.read(`${kind}.logits`).data) < 1e-5, kind);
          assert.ok(Math.abs(computed.loss - expected.read(`${kind}.loss`).data[0]!) < 1e-5, kind);
          if (!masked) continue;
          const keys = [...expected.entries.keys()].filter((key) => key.startsWith('masked.grad.'));
          const names = keys.map((key) => key.slice('masked.grad.'.length));
          assert.deepEqual(names.toSorted(), Object.keys(computed.gradients).toSorted());
          for (const each of names) {
            const { data } = expected.read(`masked.grad.${each}`);
            assert.ok(maxDifference(computed.gradients[each]!, data) < 1e-5, each);
            if (!isKeyBias(each)) assert.ok(relativeDifference(computed.gradients[each]!, data) < 1e-4, each);
          }
        }
      });
    }

    it('learns as in PyTorch', async () => {
      const { model, expected } = await reference(name);
      await openEngine(testEngine, { threads: 1, device: testDevice });
      const inputs = expected.read('inputs');
      const [size, samples] = inputs.shape as [number, number];
      const examples: Examples = {
        split: 'train',
        size,
        labels: [...expected.read('labels').data],
        lengths: Array<number>(size).fill(samples),
        padding: ZEROS_ON_THE_RIGHT,
        samples: async (row) => inputs.data.slice(row * samples, (row + 1) * samples),
      };
      const steps = curve.losses.length;
      const args = {
        ...defaults,
        learning_rate: 5e-3,
        warmup_steps: 2,
        num_train_epochs: steps,
        logging_steps: 1,
      };
      const { log_history } = await train(await quiet({ args, model, train: examples }));
      const logged = (key: string) => log_history.flatMap((entry) => entry[key] ?? []);
      assert.ok(maxDifference(logged('loss'), curve.losses) < 1e-4, 'losses');
      assert.ok(maxDifference(logged('grad_norm'), curve.norms) < 1e-3, 'gradient norms');
      const { data } = model.weights['classifier.weight']!;
      assert.ok(maxDifference(data, curve.classifier) < 2e-4, 'final weights');
      const statistics = runningStatistics(model, { at: 'samples' });
      assert.deepEqual(statistics.toSorted(), Object.keys(curve.running).toSorted());
      for (const key of statistics)
        assert.ok(maxDifference(model.weights[key]!.data, curve.running[key]!) < 1e-4, key);
    });
  });
}

test('distances of frames fall into the buckets that WavLM puts them in', () => {
  type Case = Record<'num_buckets' | 'max_bucket_distance', number> &
    Record<'distances' | 'buckets', number[]>;
  for (const { distances, buckets, ...config } of json<Case[]>('families/buckets.json'))
    assert.deepEqual(
      distances.map((distance) => distanceBucket(distance, config)),
      buckets,
    );
});

interface Architecture {
  config: object;
  parameters: number;
  digest: string;
  spread: Record<string, [mean: number, deviation: number]>;
}
const architectures = {
  ...json<Record<string, Architecture>>('families/parameters.json'),
  ...json<Record<string, Architecture>>('bert/parameters.json'),
};
const sizeOf = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);

for (const [name, { config, parameters, digest, spread }] of Object.entries(architectures)) {
  test(`${name} has the parameters that it has in transformers, in their shapes`, () => {
    const specs = classifierParameters(parseConfig(config), 14);
    assert.equal(
      specs.filter(({ name }) => !isBuffer(name)).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      parameters,
    );
    const lines = specs.map(({ name, shape }) => `${name} [${shape}]`).sort();
    assert.equal(createHash('sha256').update(lines.join('\n')).digest('hex'), digest);
  });

  test(`new parameters of ${name} are spread as transformers spreads them`, () => {
    const one = parseConfig({ ...config, num_hidden_layers: 1, conv_bias: true });
    const specs = classifierParameters(one, 14);
    assert.deepEqual(specs.map(({ name }) => name).sort(), Object.keys(spread).sort());
    // What is normal or uniform is so from a few hundred numbers on; norms follow from these.
    const made: Record<string, Weight> = {};
    const fixed = specs.filter(({ init }) => init.type !== 'norm-of');
    for (const spec of fixed) {
      const length = Math.min(sizeOf(spec.shape), 20_000);
      const short = initialise({ ...spec, shape: [length] }, Random.stream(1, spec.name), made);
      const mean = short.data.reduce((sum, value) => sum + value, 0) / length;
      const deviation = Math.sqrt(short.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length);
      const [theirs, width] = spread[spec.name]!;
      const error = (8 * Math.max(width, 1e-6)) / Math.sqrt(length);
      assert.ok(Math.abs(mean - theirs) < error, `${spec.name}: mean ${mean} and ${theirs}`);
      assert.ok(Math.abs(deviation - width) < error, `${spec.name}: deviation ${deviation} and ${width}`);
    }
  });
}
