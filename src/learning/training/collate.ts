import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { Padding } from '../audio/padding.js';
import { type ModelConfig, shortestInput } from '../model/config.js';
import type { EntryPoint } from '../model/entry-point.js';

/** What the model takes in: samples [clips, samples], or what `computeTo` gives for another place. */
export interface Inputs {
  data: Float32Array;
  shape: [number, number] | [number, number, number];
  /** Default: samples. */
  entry?: EntryPoint;
}

export interface Batch {
  inputs: Inputs;
  /** Valid frames per clip: with an attention mask, or if the inputs are longer than the batch. */
  frames?: Float32Array;
  /** If the inputs are longer than the batch: one number, the samples to which transformers would pad it. */
  length?: Float32Array;
  /** As in `Examples`, one clip's after the other. */
  labels: number[];
}

/** Lengths per octave. */
const STEPS = 16;

/**
 * The next length from a small set: multiples of a sixteenth of the power of two below it. A graph is
 * compiled for each length: clips of 1 to 16 s need at most 64, and there are on average 2 %, at most 6 %,
 * more samples to compute.
 *
 * @param longest No length is rounded up beyond this one.
 * @param unit What all lengths are multiples of.
 */
export function roundedLength(length: number, longest: number, unit = 1): number {
  const units = length / unit;
  const step = Math.max(1, 2 ** Math.floor(Math.log2(units)) / STEPS);
  return Math.min(Math.ceil(units / step) * step * unit, Math.max(length, longest));
}

/**
 * Pads normalised clips to the longest one, as the Trainer's collator does through the feature extractor:
 * [clips, width].
 *
 * @param width Samples per row, at least as many as the longest clip has; anything beyond that is padded,
 * too, and does not count.
 */
export function padClips(
  clips: readonly Float32Array[],
  padding: Padding,
  width = longestOf(clips.map(({ length }) => length)),
): Inputs {
  const longest = longestOf(clips.map(({ length }) => length));
  const data = new Float32Array(clips.length * width).fill(padding.padding_value);
  clips.forEach((samples, row) => {
    const before = padding.padding_side === 'left' ? longest - samples.length : 0;
    data.set(samples, row * width + before);
  });
  return { data, shape: [clips.length, width] };
}

/** Whether all lengths are the same. */
export function areEqual(lengths: readonly number[]): boolean {
  return lengths.every((length) => length === lengths[0]);
}

/** The largest of some lengths. */
export function longestOf(lengths: readonly number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

/**
 * Checks that a clip is long enough for one frame.
 *
 * @throws EtudeError naming the split and the row.
 */
export function checkLength(samples: number, row: number, split: string, config: ModelConfig): void {
  const needed = shortestInput(config);
  if (samples >= needed) return;
  const { row_size } = config;
  const shown = (numbers: number) =>
    row_size === undefined ? count(numbers, 'sample') : count(numbers / row_size, 'row');
  throw new EtudeError(`a clip of split '${split}' is too short`, {
    expected: `at least ${shown(needed)}`,
    got: shown(samples),
    where: { row },
  });
}
