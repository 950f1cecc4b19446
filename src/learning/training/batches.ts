import * as tf from '../../engine/tf.js';
import { padsWithZerosOnTheRight } from '../audio/padding.js';
import { frameCount, type ModelConfig, receptiveField } from '../model/config.js';
import { extractFeatures } from '../model/feature-encoder.js';
import type { Weights } from '../model/layers.js';
import { breathe } from './breathe.js';
import { type Batch, longestOf, padClips, roundedLength } from './collate.js';
import type { Examples } from './examples.js';

/** Makes batches of rows. */
export type BatchSource = (rows: ArrayLike<number>) => Promise<Batch>;

/**
 * Batches of samples, padded as the Trainer's collator pads them. Where clips differ in length, a batch is
 * made longer than that, so that there are few lengths; the model looks at as much of it as there would be
 * (`ForwardOptions.length`), which gives the same numbers.
 */
export function sampleBatches(examples: Examples, config: ModelConfig): BatchSource {
  const describe = describer(examples, config);
  return async (rows) => {
    const clips = await Promise.all(Array.from(rows, (row) => examples.samples(row)));
    const { width, ...rest } = describe(rows);
    return { inputs: padClips(clips, examples.padding, width), ...rest };
  };
}

/**
 * Returns everything about rows in one batch except the inputs: how many samples long these should be,
 * labels, and what counts of each clip.
 */
function describer(
  { lengths, validLengths, labels }: Examples,
  config: ModelConfig,
): (rows: ArrayLike<number>) => Omit<Batch, 'inputs'> & { width: number } {
  const longest = longestOf(lengths);
  const equal = lengths.every((length) => length === longest);
  return (rows) => {
    const length = longestOf(Array.from(rows, (row) => lengths[row]!));
    const valid = (row: number) => frameCount(config, validLengths?.[row] ?? length);
    return {
      width: equal ? length : roundedLength(length, longest),
      frames: equal && validLengths === undefined ? undefined : Float32Array.from(rows, valid),
      length: equal ? undefined : Float32Array.of(length),
      labels: Array.from(rows, (row) => labels[row]!),
    };
  };
}

/**
 * Whether a clip's convolution features can be computed once: when they do not depend on what else is in the
 * batch. Group normalisation averages over the padding, too, so then all clips must be equally long.
 */
export function canKeepFeatures(examples: Examples, config: ModelConfig): boolean {
  if (examples.lengths.every((length) => length === examples.lengths[0])) return true;
  return config.feat_extract_norm === 'layer' && padsWithZerosOnTheRight(examples.padding);
}

/** Clips of one pass through the feature encoder. */
const CLIPS = 8;
/**
 * Frames are rounded up to a multiple of this where clips differ in length, to bound the number of graphs.
 */
const FRAMES = 32;

/**
 * Batches of features that the (frozen) feature encoder computes once per clip, in memory: the same as it
 * would compute from the padded batch. A frame that is in the padding altogether is the same in every clip,
 * and kept once.
 *
 * @param progress Called with the number of clips done.
 */
export async function featureBatches(
  examples: Examples,
  weights: Weights,
  config: ModelConfig,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<BatchSource> {
  const hop = config.conv_stride.reduce((product, stride) => product * stride, 1);
  const field = receptiveField(config);
  const channels = config.conv_dim.at(-1)!;
  const equal = examples.lengths.every((length) => length === examples.lengths[0]);
  const count = (length: number) => (equal ? frameCount(config, length) : Math.ceil(length / hop));
  const compute = (data: Float32Array, clips: number): Float32Array => {
    const features = tf.tidy(() =>
      extractFeatures(weights, config, tf.tensor2d(data, [clips, data.length / clips])),
    );
    const values = features.dataSync() as Float32Array;
    features.dispose();
    return values;
  };

  const kept: Float32Array[] = [];
  for (let start = 0; start < examples.size; start += CLIPS) {
    const rows = Array.from({ length: Math.min(CLIPS, examples.size - start) }, (_, index) => start + index);
    const counts = rows.map((row) => count(examples.lengths[row]!));
    const most = Math.max(...counts);
    const frames = equal ? most : Math.ceil(most / FRAMES) * FRAMES;
    const length = equal ? examples.lengths[0]! : (frames - 1) * hop + field;
    const samples = new Float32Array(rows.length * length);
    for (const [index, row] of rows.entries()) samples.set(await examples.samples(row), index * length);
    const values = compute(samples, rows.length);
    for (const [index] of rows.entries()) {
      const from = index * frames * channels;
      kept.push(values.slice(from, from + counts[index]! * channels));
    }
    progress(start + rows.length);
    await breathe(signal);
  }
  const silence = equal ? new Float32Array(channels) : compute(new Float32Array(field), 1);

  const describe = describer(examples, config);
  return async (rows) => {
    const { width, ...rest } = describe(rows);
    const frames = frameCount(config, width);
    const valid = frameCount(config, rest.length?.[0] ?? width);
    const data = new Float32Array(rows.length * frames * channels);
    Array.from(rows).forEach((row, index) => {
      const features = kept[row]!.subarray(0, valid * channels);
      const start = index * frames * channels;
      data.set(features, start);
      for (let at = features.length; at < valid * channels; at += channels) data.set(silence, start + at);
    });
    const shape: [number, number, number] = [rows.length, frames, channels];
    return { inputs: { data, shape, entry: { at: 'features' } }, ...rest };
  };
}
