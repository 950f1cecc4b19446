/**
 * Pre-trains the sample's checkpoint with Etude's own model and engine, on a corpus that `corpus.py` made:
 *
 *   node --import tsx samples/make/pretrain.ts CORPUS --steps 6000 [--out samples/checkpoint]
 *
 * Supervision is a frame at a time: which phone sounds (told from the second layer's states), which word
 * (told from the last layer's). Both heads are thrown away afterwards; what remains is a Wav2Vec2 encoder
 * that hears words, with no classifier. The state is saved in CORPUS as it goes: a run that is stopped
 * continues from there, also with other `--steps`. The learning rate warms up, stays, and falls to 0 over the
 * last third.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../../src/engine/open-engine.js';
import { readInto } from '../../src/engine/read-into.js';
import * as tf from '../../src/engine/tf.js';
import { frameCount } from '../../src/learning/model/config.js';
import { encode } from '../../src/learning/model/encoder.js';
import { encodeFeatures } from '../../src/learning/model/feature-encoder.js';
import { initialise } from '../../src/learning/model/initialise.js';
import { layerNorm, linear, type Weights } from '../../src/learning/model/layers.js';
import type { ModelWeights } from '../../src/learning/model/model.js';
import type { ParameterSpec } from '../../src/learning/model/parameter-spec.js';
import { encoderParameters } from '../../src/learning/model/parameters.js';
import { parseConfig } from '../../src/learning/model/parse-config.js';
import { RandomDraws } from '../../src/learning/model/random-draws.js';
import { formatSafetensors, parseSafetensors } from '../../src/learning/model/safetensors.js';
import { AdamW, clipScale } from '../../src/learning/training/optimizer.js';
import { Random } from '../../src/random/random.js';
import { normalise, readIndex, readShard, SAMPLING_RATE, type Shard } from './corpus-reader.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '6000' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '1.5e-3' },
    seed: { type: 'string', default: '42' },
    out: { type: 'string', default: 'samples/checkpoint' },
    threads: { type: 'string' },
    spin: { type: 'boolean', default: false },
  },
});
const corpus = positionals[0];
if (corpus === undefined)
  throw new Error('usage: pretrain.ts CORPUS --steps N [--batch N] [--rate R] [--out FOLDER]');
const steps = Number(options.steps);
const batch = Number(options.batch);
const peak = Number(options.rate);
const WARM_UP = 300;
const SAVE_EVERY = 200;
const EVALUATE_EVERY = 1000;
/**
 * A word lasts many frames: every third one is asked for its word, from a place that changes with each step.
 */
const WORD_STRIDE = 3;
/** The layer whose states tell phones. */
const PHONE_LAYER = 2;

const rawConfig = JSON.parse(readFileSync(new URL('./checkpoint-config.json', import.meta.url), 'utf8'));
const config = parseConfig(rawConfig);
let index = readIndex(corpus);
const samples = (index.samples_per_window * SAMPLING_RATE) / index.sampling_rate;
const frames = frameCount(config, samples);
/**
 * The corpus marks frame i at sample 320 i + 200; this model's frame i is centred 252 samples later: nearest
 * to the next mark.
 */
const SHIFT = 1;
const hidden = config.hidden_size;

const HEADS: ParameterSpec[] = [
  { name: 'phone_norm.weight', shape: [hidden], init: { type: 'ones' } },
  { name: 'phone_norm.bias', shape: [hidden], init: { type: 'zeros' } },
  { name: 'phone_head.weight', shape: [index.phones.length, hidden], init: { type: 'normal', std: 0.02 } },
  { name: 'phone_head.bias', shape: [index.phones.length], init: { type: 'zeros' } },
  { name: 'word_head.weight', shape: [index.words.length, hidden], init: { type: 'normal', std: 0.02 } },
  { name: 'word_head.bias', shape: [index.words.length], init: { type: 'zeros' } },
];

interface Batch {
  inputs: Float32Array;
  phones: Int32Array;
  /** 1 for frames whose phone is known, divided by their number. */
  phoneWeights: Float32Array;
  words: Int32Array;
  wordWeights: Float32Array;
  /** Frames that are asked for their word. */
  places: Int32Array;
}

const { threads, spin } = options;
const engine = await openEngine('onnxruntime', {
  threads: threads === undefined ? undefined : Number(threads),
  spin,
});
const weights: ModelWeights = {};
const start = Random.stream(Number(options.seed), 'initial weights');
for (const spec of [...encoderParameters(config), ...HEADS])
  weights[spec.name] = initialise(spec, start, weights);
const names = Object.keys(weights);
const optimizer = new AdamW(weights, {
  adam_beta1: 0.9,
  adam_beta2: 0.98,
  adam_epsilon: 1e-8,
  weight_decay: 0.01,
});
let step = restore();
const shards = new Map<number, Shard>();
const evaluation = drawBatch(Random.stream(0, 'evaluation'), 0, 64);

const began = performance.now();
let meter = { phoneLoss: 0, wordLoss: 0, count: 0 };
for (; step < steps; step++) {
  const random = Random.stream(Number(options.seed), `step ${step}`);
  index = readIndex(corpus);
  const { phoneLoss, wordLoss } = lossAndGradients(drawBatch(random, step, batch), new RandomDraws(random));
  optimizer.step(learningRate(step), clipScale(optimizer.norm(), 1));
  meter.phoneLoss += phoneLoss;
  meter.wordLoss += wordLoss;
  meter.count++;
  if ((step + 1) % 50 === 0) {
    const { phoneLoss, wordLoss, count } = meter;
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `step ${step + 1}/${steps} phones ${(phoneLoss / count).toFixed(3)} words ${(wordLoss / count).toFixed(3)} rate ${learningRate(step).toExponential(2)} ${seconds.toFixed(0)} s`,
    );
    meter = { phoneLoss: 0, wordLoss: 0, count: 0 };
  }
  if ((step + 1) % EVALUATE_EVERY === 0 || step + 1 === steps) evaluate();
  if ((step + 1) % SAVE_EVERY === 0 || step + 1 === steps) save(step + 1);
}
writeCheckpoint();
await engine.dispose();

/** Warm-up, constant, and linearly to 0 over the last third. */
function learningRate(step: number): number {
  const left = (steps - step) / (steps / 3);
  return peak * Math.min(1, (step + 1) / WARM_UP, left);
}

/** Windows at random of one shard (another one every ten steps); shard 0 is kept for the evaluation. */
function drawBatch(random: Random, step: number, size: number): Batch {
  const training = Math.max(1, index.shards.length - 1);
  const number =
    size === batch
      ? 1 + (Random.stream(7, `shard ${Math.floor(step / 10)}`).integer(training) % training)
      : 0;
  const shard = shardOf(Math.min(number, index.shards.length - 1));
  const own = index.frames_per_window;
  const places = Int32Array.from(
    { length: Math.floor(frames / WORD_STRIDE) },
    (_, i) => i * WORD_STRIDE + (step % WORD_STRIDE),
  );
  const drawn: Batch = {
    inputs: new Float32Array(size * samples),
    phones: new Int32Array(size * frames),
    phoneWeights: new Float32Array(size * frames),
    words: new Int32Array(size * places.length),
    wordWeights: new Float32Array(size * places.length),
    places,
  };
  for (let clip = 0; clip < size; clip++) {
    const window = random.integer(shard.windows);
    normalise(
      shard.audio.subarray(window * samples, (window + 1) * samples),
      drawn.inputs.subarray(clip * samples, (clip + 1) * samples),
    );
    const at = (frame: number) => window * own + Math.min(own - 1, frame + SHIFT);
    for (let frame = 0; frame < frames; frame++) {
      mark(
        drawn.phones,
        drawn.phoneWeights,
        clip * frames + frame,
        shard.phones[at(frame)]!,
        index.ignore.phones,
      );
    }
    places.forEach((frame, i) => {
      mark(
        drawn.words,
        drawn.wordWeights,
        clip * places.length + i,
        shard.words[at(frame)]!,
        index.ignore.words,
      );
    });
  }
  average(drawn.phoneWeights);
  average(drawn.wordWeights);
  return drawn;
}

function mark(
  targets: Int32Array,
  weights: Float32Array,
  place: number,
  value: number,
  ignored: number,
): void {
  targets[place] = value === ignored ? 0 : value;
  weights[place] = value === ignored ? 0 : 1;
}

function average(weights: Float32Array): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  for (let i = 0; i < weights.length; i++) weights[i]! /= Math.max(1, sum);
}

function shardOf(number: number): Shard {
  const known = shards.get(number);
  if (known !== undefined) return known;
  const shard = readShard(corpus!, index, number);
  shards.set(number, shard);
  return shard;
}

function logitsOf(
  current: Weights,
  { inputs, places }: Batch,
  draws?: RandomDraws,
): { phones: tf.Tensor; words: tf.Tensor } {
  const size = inputs.length / samples;
  const features = encodeFeatures(current, config, tf.tensor2d(inputs, [size, samples]));
  const encoded = encode(current, config, features, { draws });
  const phoneStates = layerNorm(encoded.hidden[PHONE_LAYER]!, current, 'phone_norm', config.layer_norm_eps);
  const wordStates = tf.gather(encoded.last, tf.tensor1d(places, 'int32'), 1);
  return {
    phones: linear(phoneStates, current, 'phone_head', config, draws),
    words: linear(wordStates, current, 'word_head', config, draws),
  };
}

function crossEntropy(logits: tf.Tensor, targets: Int32Array, weights: Float32Array): tf.Scalar {
  const classes = logits.shape.at(-1)!;
  const expected = tf.mul(
    tf.oneHot(tf.tensor1d(targets, 'int32'), classes),
    tf.tensor2d(weights, [weights.length, 1]),
  );
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(tf.reshape(logits, [-1, classes])), expected)));
}

/** The losses of a batch; its gradients go to the optimiser. */
function lossAndGradients(drawn: Batch, draws: RandomDraws): { phoneLoss: number; wordLoss: number } {
  const tensors = names.map((name) => tf.tensor(weights[name]!.data, weights[name]!.shape, 'float32'));
  let phoneLoss!: tf.Scalar;
  let wordLoss!: tf.Scalar;
  const { value, grads } = tf.valueAndGrads((...parameters: tf.Tensor[]) => {
    const current = Object.fromEntries(names.map((name, place) => [name, parameters[place]!]));
    const logits = logitsOf(current, drawn, draws);
    phoneLoss = tf.keep(crossEntropy(logits.phones, drawn.phones, drawn.phoneWeights));
    wordLoss = tf.keep(crossEntropy(logits.words, drawn.words, drawn.wordWeights));
    return tf.add(tf.mul(phoneLoss, 0.5), wordLoss) as tf.Scalar;
  })(tensors);
  readInto(
    grads,
    names.map((name) => optimizer.gradients[name]!),
  );
  const result = { phoneLoss: phoneLoss.dataSync()[0]!, wordLoss: wordLoss.dataSync()[0]! };
  tf.dispose([...tensors, value, ...grads, phoneLoss, wordLoss]);
  return result;
}

/** Part of the frames whose phone, and whose word, is told rightly, in windows that are not trained on. */
function evaluate(): void {
  const { phones, words } = tf.tidy(() => {
    const current = Object.fromEntries(
      names.map((name) => [name, tf.tensor(weights[name]!.data, weights[name]!.shape)]),
    );
    const logits = logitsOf(current, evaluation);
    return { phones: tf.argMax(logits.phones, -1), words: tf.argMax(logits.words, -1) };
  });
  const share = (told: tf.Tensor, right: Int32Array, weights: Float32Array) =>
    Array.from(told.dataSync()).reduce(
      (sum, value, place) => sum + (value === right[place] ? weights[place]! : 0),
      0,
    );
  const phoneShare = share(phones, evaluation.phones, evaluation.phoneWeights);
  const wordShare = share(words, evaluation.words, evaluation.wordWeights);
  tf.dispose([phones, words]);
  console.log(
    `  evaluation: phones ${(100 * phoneShare).toFixed(1)} %, words ${(100 * wordShare).toFixed(1)} %`,
  );
}

function save(done: number): void {
  const { tensors, steps } = optimizer.state();
  write(
    join(corpus!, 'state.safetensors'),
    formatSafetensors({ ...weights, ...tensors }, { step: String(done), steps: JSON.stringify(steps) }),
  );
}

/** Takes up the saved state, if there is one; tells at which step. */
function restore(): number {
  const file = join(corpus!, 'state.safetensors');
  if (!existsSync(file)) return 0;
  const state = parseSafetensors(readFileSync(file), file);
  for (const name of names) weights[name]!.data.set(state.read(name).data);
  const { step, steps } = state.metadata as { step: string; steps: string };
  optimizer.restore((name) => state.read(name), JSON.parse(steps));
  console.log(`resuming at step ${step}`);
  return Number(step);
}

function writeCheckpoint(): void {
  const encoder = Object.fromEntries(encoderParameters(config).map(({ name }) => [name, weights[name]!]));
  mkdirSync(options.out, { recursive: true });
  write(join(options.out, 'model.safetensors'), formatSafetensors(encoder));
  writeFileSync(join(options.out, 'config.json'), `${JSON.stringify(rawConfig, null, 2)}\n`);
  const extractor = {
    do_normalize: true,
    feature_extractor_type: 'Wav2Vec2FeatureExtractor',
    feature_size: 1,
    padding_side: 'right',
    padding_value: 0.0,
    return_attention_mask: true,
    sampling_rate: SAMPLING_RATE,
  };
  writeFileSync(join(options.out, 'preprocessor_config.json'), `${JSON.stringify(extractor, null, 2)}\n`);
}

function write(path: string, parts: Uint8Array[]): void {
  writeFileSync(`${path}.part`, Buffer.concat(parts));
  renameSync(`${path}.part`, path);
}
