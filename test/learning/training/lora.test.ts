import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../src/engine/open-engine.js';
import { ZEROS_ON_THE_RIGHT } from '../../../src/learning/audio/padding.js';
import { frozenBelow } from '../../../src/learning/model/entry-point.js';
import { adapterFiles } from '../../../src/learning/model/lora/adapter-files.js';
import { layOutLora } from '../../../src/learning/model/lora/layout.js';
import { attachLora, mergeLora } from '../../../src/learning/model/lora/lora.js';
import type { LoraParams } from '../../../src/learning/model/lora/lora-config.js';
import type { Model } from '../../../src/learning/model/model.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import { parseSafetensors } from '../../../src/learning/model/safetensors.js';
import { sampleBatches } from '../../../src/learning/training/batches.js';
import type { Examples } from '../../../src/learning/training/examples.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import { targetsOf } from '../../../src/learning/training/losses/targets.js';
import { prepareLora } from '../../../src/learning/training/prepare-lora.js';
import { StepGraph } from '../../../src/learning/training/step-graph.js';
import { train } from '../../../src/learning/training/train.js';
import { trainableNames } from '../../../src/learning/training/trainable-names.js';
import { Random } from '../../../src/random/random.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { reference as fixtureModel, maxDifference } from '../../support/reference-model.js';
import { clips } from '../../support/training-clips.js';
import {
  bytesOf,
  defaults,
  everythingRandom,
  quiet,
  temporary,
  tinyModel,
} from '../../support/training-setting.js';

interface Case {
  model: string;
  masked: boolean;
  peft: Partial<LoraParams>;
  logits: number[][];
  losses: number[];
  adapter_config: Record<string, unknown>;
}

const folder = fileURLToPath(new URL('../../fixtures/lora/', import.meta.url));
const fixture = JSON.parse(readFileSync(`${folder}lora.json`, 'utf8'));
const reference = parseSafetensors(readFileSync(`${folder}lora.safetensors`), 'lora.safetensors');

const plain: Omit<LoraParams, 'target_modules'> = {
  peft_type: 'LORA',
  r: 8,
  lora_alpha: 8,
  lora_dropout: 0,
  modules_to_save: ['projector', 'classifier'],
  use_rslora: false,
  bias: 'none',
};
const FROZEN = frozenBelow({ ...defaults, peft: {} });

before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

/** The model of a case with adapters of the numbers that PEFT began with. */
async function begin(index: number, { model: name, peft: given }: Case) {
  const model = await tinyModel(name);
  const peft = { ...plain, ...given } as LoraParams;
  const { problems, ...layout } = layOutLora(peft, model.config, FROZEN);
  assert.deepEqual(problems, []);
  attachLora(model, layout, peft, 1);
  for (const name of model.config.lora!.trainable) {
    const { shape, data } = reference.read(`${index}/start/${name}`);
    assert.deepEqual(model.weights[name]!.shape, shape);
    model.weights[name]!.data.set(data);
  }
  return { model, peft, layout };
}

const isWithin = (layer: string, modules: readonly string[]) =>
  modules.some((module) => layer === module || layer.startsWith(`${module}.`));

/** The clips of a case; of a model that takes spectrograms, those of its own fixture. */
async function examplesOf({ model: name, masked }: Case): Promise<Examples> {
  if (!/^(spectrograms|bert)\//.test(name)) return clips('train', masked);
  const { expected } = await fixtureModel(name);
  const { data, shape } = expected.read('inputs');
  const [size, numbers] = [shape[0]!, data.length / shape[0]!];
  return {
    split: 'train',
    size,
    labels: [...expected.read('labels').data],
    lengths: Array<number>(size).fill(numbers),
    validLengths: masked ? [...expected.read('lengths').data] : undefined,
    padding: ZEROS_ON_THE_RIGHT,
    samples: async (row) => data.slice(row * numbers, (row + 1) * numbers),
  };
}

function trainingArgs(peft: LoraParams) {
  return {
    ...defaults,
    peft,
    max_steps: fixture.steps,
    per_device_train_batch_size: fixture.clips,
    learning_rate: fixture.learning_rate,
    lr_scheduler_type: 'constant' as const,
    train_sampling_strategy: 'sequential' as const,
    logging_steps: 1,
  };
}

function near(ours: ArrayLike<number>, theirs: ArrayLike<number>, limit: number, what: string): void {
  const off = maxDifference(ours, theirs);
  assert.ok(off < limit, `${what}: ${off}`);
}

function logitsOf(model: Model, batch: Awaited<ReturnType<ReturnType<typeof sampleBatches>>>): Float32Array {
  return new LogitsGraph(model).compute(batch);
}

describe("a training with LoRA is PEFT's, and its adapter has PEFT's files", () => {
  for (const [index, one] of (fixture.cases as Case[]).entries()) {
    it(`${one.model}: ${JSON.stringify(one.peft.target_modules)}`, async () => {
      const { model, peft, layout } = await begin(index, one);
      const frozen = structuredClone(model.weights);
      const trainable = trainableNames(model.weights, model.config, FROZEN);
      assert.deepEqual([...trainable].sort(), [...model.config.lora!.trainable].sort());

      const examples = await examplesOf(one);
      const rows = Array.from({ length: Math.min(fixture.clips, examples.size) }, (_, row) => row);
      const batch = await sampleBatches(examples, model.config)(rows);
      near(logitsOf(model, batch), one.logits.flat(), 1e-5, 'logits');
      const graph = new StepGraph(model, trainable, new RandomDraws(Random.stream(1, 'none')), FROZEN);
      const gradients = Object.fromEntries(
        trainable.map((name) => [name, new Float32Array(model.weights[name]!.data.length)]),
      );
      graph.compute(batch, targetsOf(batch.labels, model.labels.length, 0, rows.length), gradients);
      for (const name of trainable)
        near(gradients[name]!, reference.read(`${index}/gradient/${name}`).data, 1e-5, `gradient of ${name}`);

      const { log_history } = await train(await quiet({ args: trainingArgs(peft), model, train: examples }));
      near(
        log_history.slice(0, fixture.steps).map(({ loss }) => loss!),
        one.losses,
        1e-5,
        'losses',
      );
      const adapted = logitsOf(model, batch);
      const base = Object.fromEntries(
        layout.layers.map((name) => [name, model.weights[`${name}.weight`]!.data.slice()]),
      );
      const adapters = mergeLora(model);
      near(logitsOf(model, batch), adapted, 1e-5, 'logits after merging');
      assert.deepEqual(Object.keys(model.weights), Object.keys((await tinyModel(one.model)).weights));
      for (const [name, { data }] of Object.entries(model.weights)) {
        const layer = name.replace(/\.weight$/, '');
        const isTrained = trainable.includes(name) || layout.layers.includes(layer);
        if (name in frozen && !isTrained) assert.deepEqual(data, frozen[name]!.data, name);
        if (name.endsWith('.weight') && layer in base) assert.notDeepEqual(data, base[layer]);
      }

      const files = adapterFiles(adapters, model, layout, peft, undefined);
      const saved = parseSafetensors(Buffer.concat(files['adapter/adapter_model.safetensors']!), 'adapter');
      const prefix = `${index}/saved/`;
      const theirs = [...reference.entries.keys()].filter((name) => name.startsWith(prefix));
      assert.deepEqual(
        [...saved.entries.keys()].sort(),
        theirs.map((name) => name.slice(prefix.length)).sort(),
      );
      for (const name of saved.entries.keys()) {
        // Adam steps as far for a gradient that is 0 but for rounding, in a direction that rounding decides.
        const first = reference.read(`${index}/gradient/${name.replace('base_model.model.', '')}`).data;
        const settled = (numbers: Float32Array) => numbers.filter((_, at) => Math.abs(first[at]!) > 1e-6);
        const expected = settled(reference.read(prefix + name).data);
        assert.ok(expected.length > 0.8 * first.length, name);
        near(settled(saved.read(name).data), expected, 1e-4, name);
      }
      const config = JSON.parse(Buffer.concat(files['adapter/adapter_config.json']!).toString());
      const { target_modules, auto_mapping, ...rest } = config;
      const { target_modules: expected, auto_mapping: mapping, ...all } = one.adapter_config;
      // PEFT's list has the layers that it then leaves out, too.
      const isSaved = (layer: string) => isWithin(layer, one.peft.modules_to_save!);
      const names = (expected as string[]).filter((name) => !isSaved(name));
      // Instead of 20 names or more, it writes ends of names that match no other layers.
      const written = (target_modules as string[]).map((layer) =>
        names.find((name) => `.${layer}`.endsWith(`.${name}`)),
      );
      assert.deepEqual([...new Set(written)].sort(), names.sort());
      assert.equal(auto_mapping.base_model_class, (mapping as typeof auto_mapping).base_model_class);
      // What we do not write has PEFT's default.
      const left = Object.keys(all).filter((key) => !(key in rest));
      const defaultsOf = (from: Record<string, unknown>) =>
        Object.fromEntries(left.map((key) => [key, from[key]]));
      assert.deepEqual(defaultsOf(all), defaultsOf(fixture.defaults));
      assert.deepEqual({ ...all, ...rest }, all);
    });
  }
});

test('a new adapter adds nothing, and its A is uniform as that of nn.Linear', async () => {
  const model = await tinyModel('group-norm');
  const batch = await sampleBatches(clips('train', false), model.config)([0, 1]);
  const before = logitsOf(model, batch);
  const peft = { ...plain, r: 64, target_modules: 'all-linear' as const };
  attachLora(model, layOutLora(peft, model.config, FROZEN), peft, 1);
  near(logitsOf(model, batch), before, 1e-7, 'logits');
  const name = 'wav2vec2.encoder.layers.0.feed_forward.output_dense';
  const { shape, data } = model.weights[`${name}.lora_A.weight`]!;
  const [output, input] = model.weights[`${name}.weight`]!.shape as [number, number];
  assert.deepEqual(shape, [64, input]);
  assert.deepEqual(model.weights[`${name}.lora_B.weight`], {
    shape: [output, 64],
    data: new Float32Array(64 * output),
  });
  const bound = 1 / Math.sqrt(input);
  const squares = data.reduce((sum, value) => sum + value * value, 0) / data.length;
  assert.ok(data.every((value) => Math.abs(value) <= bound));
  assert.ok(Math.abs(Math.sqrt(squares) - bound / Math.sqrt(3)) < 0.05 * bound);
  assert.equal(new Set(data).size, data.length);
});

test('a new parameter that is neither trained nor part of the adapter gives a warning', async () => {
  const told: string[] = [];
  const missing = ['layer_weights', 'wav2vec2.masked_spec_embed', 'projector.weight', 'classifier.bias'];
  const model = { ...(await tinyModel('weighted-sum')), missing, unexpected: [], mismatched: [] };
  const peft = { ...plain, target_modules: ['q_proj'], modules_to_save: ['classifier'] };
  prepareLora(model, { ...defaults, peft }, undefined, (level, text) => void told.push(`${level}: ${text}`));
  const what = 'newly initialised, but neither trained nor part of the adapter';
  assert.equal(told.at(-1), `warning: ${what}: projector.weight; add their modules to modules_to_save`);
  assert.match(told[0]!, /^info: LoRA on 2 layers: \d+ trainable parameters \([\d.]+ %\)$/);
});

test('an interrupted training with everything random ends with the same bytes, and saves the trained parameters alone', async () => {
  const peft = { ...plain, r: 2, lora_dropout: 0.3, target_modules: ['q_proj', 'output_dense'] };
  const args = { ...trainingArgs(peft), save_steps: 3, save_strategy: 'steps' as const };
  const open = async () => {
    const model = await tinyModel('stable-layer-norm', everythingRandom);
    attachLora(model, layOutLora(peft, model.config, FROZEN), peft, 1);
    return model;
  };
  const whole = await open();
  await train(await quiet({ args, model: whole }));
  const model = await open();
  const scratch = temporary();
  const stop = new AbortController();
  const progress = ({ done }: { done: number }) => done === 4 && stop.abort(new Error('stop'));
  await assert.rejects(train(await quiet({ args, model, scratch, signal: stop.signal, progress })), /stop/);
  const file = `${scratch}/checkpoint-4/model.safetensors`;
  const { entries } = parseSafetensors(readFileSync(file), file);
  assert.deepEqual([...entries.keys()].sort(), [...model.config.lora!.trainable].sort());
  const again = await open();
  await train(await quiet({ args, model: again, scratch }));
  assert.deepEqual(bytesOf(again), bytesOf(whole));

  // The adapters' own dropout is part of it.
  const { lora, ...config } = (await open()).config;
  const other = { ...(await open()), config: { ...config, lora: { ...lora!, dropout: 0 } } };
  await train(await quiet({ args, model: other }));
  assert.notDeepEqual(bytesOf(other), bytesOf(whole));
});
