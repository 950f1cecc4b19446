import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../../src/engine/engine-type.js';
import { openEngine } from '../../src/engine/open-engine.js';
import * as tf from '../../src/engine/tf.js';
import { type Loaded, loadModel } from '../../src/learning/model/checkpoint.js';
import { classify } from '../../src/learning/model/classify.js';
import { frameCount, type ModelConfig } from '../../src/learning/model/config.js';
import type { ModelWeights } from '../../src/learning/model/model.js';
import { parseSafetensors, type Safetensors } from '../../src/learning/model/safetensors.js';
import type { NamedFile } from '../../src/learning/model/tensor-files.js';
import { trainableNames } from '../../src/learning/training/trainable-names.js';
import { testDevice } from './engine.js';

export const fixtures = fileURLToPath(new URL('../fixtures/model/', import.meta.url));

const inFolder = (folder: string) =>
  readdirSync(join(fixtures, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

/** Tiny random models of every family, and of what their configurations can change. */
export const MODELS: readonly string[] = [
  ...['group-norm', 'stable-layer-norm', 'weighted-sum', 'tied-weighted-sum', 'hubert', 'hubert-large'],
  ...['families', 'bert', 'spectrograms'].flatMap(inFolder),
];

/** The files of a tiny random model that transformers wrote. */
export function filesOf(name: string): NamedFile[] {
  const folder = join(fixtures, name);
  return readdirSync(folder).map((file) => ({ name: file, path: join(folder, file) }));
}

/** A fixture model, and what transformers computed with it. */
export async function reference(name: string): Promise<{ model: Loaded; expected: Safetensors }> {
  const file = join(fixtures, name, 'expected.safetensors');
  return { model: await loadModel(filesOf(name)), expected: parseSafetensors(readFileSync(file), file) };
}

export interface Computed {
  logits: Float32Array;
  loss: number;
  gradients: Record<string, Float32Array>;
}

/**
 * Logits, loss and, unless they are not wanted, gradients of the fixture's batch on an engine, with or
 * without attention mask.
 */
export async function compute(
  engine: EngineName,
  config: ModelConfig,
  weights: ModelWeights,
  expected: Safetensors,
  masked: boolean,
  gradients = true,
): Promise<Computed> {
  await openEngine(engine, { threads: 1, device: engine === 'onnxruntime' ? testDevice : undefined });
  const used = trainableNames(weights, config);
  const upload = (name: string) => tf.tensor(weights[name]!.data.slice(), weights[name]!.shape, 'float32');
  const parameters = used.map(upload);
  const others = Object.keys(weights).filter((name) => !used.includes(name));
  const constants = Object.fromEntries(others.map((name) => [name, upload(name)]));
  const inputs = expected.read('inputs');
  const lengths = integers(expected, 'lengths');
  const labels = integers(expected, 'labels');
  const frames = masked ? Float32Array.from(lengths, (length) => frameCount(config, length)) : undefined;
  const forward = (tensors: tf.Tensor[]) =>
    classify(
      { ...constants, ...Object.fromEntries(used.map((name, index) => [name, tensors[index]!])) },
      config,
      tf.tensor2d(inputs.data, inputs.shape as [number, number]),
      { frames },
    );
  const targets = new Float32Array(labels.length * 5);
  labels.forEach((label, row) => {
    targets[row * 5 + label] = 1 / labels.length;
  });
  let logits!: tf.Tensor;
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    logits = tf.keep(forward(tensors));
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), tf.tensor2d(targets, [labels.length, 5]))));
  };
  const { value, grads } = gradients
    ? tf.valueAndGrads(loss)(parameters)
    : { value: tf.tidy(() => loss(...parameters)), grads: [] };
  const result = {
    logits: Float32Array.from(logits.dataSync()),
    loss: value.dataSync()[0]!,
    gradients: Object.fromEntries(
      grads.map((gradient, index) => [used[index]!, Float32Array.from(gradient.dataSync())]),
    ),
  };
  tf.dispose([logits, value, ...grads, ...parameters, ...Object.values(constants)]);
  return result;
}

function integers(expected: Safetensors, name: string): number[] {
  return [...expected.read(name).data];
}

export function maxDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < one.length; index += 1)
    most = Math.max(most, Math.abs(one[index]! - other[index]!));
  return one.length === other.length ? most : Number.POSITIVE_INFINITY;
}

/**
 * The distance of two lists of numbers, as a part of the second one's length; what is 0 but for rounding
 * counts as one.
 */
export function relativeDifference(one: Float32Array, other: Float32Array): number {
  return (
    Math.hypot(...one.map((value, index) => value - other[index]!)) / Math.max(Math.hypot(...other), 1e-4)
  );
}

/**
 * Whether a parameter is a bias of attention's keys. It shifts all scores of a row, which softmax takes out:
 * its gradient is nothing but rounding.
 */
export function isKeyBias(name: string): boolean {
  return /\.(k_proj|linear_k|key)\.bias$/.test(name);
}
