import { frameCount, type ModelConfig } from '../model/config.js';
import type { Augmented } from './augment/open-augmented.js';
import { areEqual, type Batch, longestOf, padClips, roundedLength } from './collate.js';
import type { Examples } from './examples.js';

/** When rows are heard. */
export interface Occasion {
  /** From 0. */
  epoch: number;
  /** Per row: how often it came before in this epoch. */
  times: ArrayLike<number>;
}

/** Makes batches of rows; in a training, as they are heard on an occasion. */
export type BatchSource = (rows: ArrayLike<number>, occasion?: Occasion) => Promise<Batch>;

/**
 * Batches of samples, padded as the Trainer's collator pads them. If clips differ in length, a batch is
 * padded further, so that there are few lengths; the model only considers what the collator would have padded
 * to (`ForwardOptions.length`), which gives the same numbers.
 */
export function sampleBatches(examples: Examples, config: ModelConfig): BatchSource {
  const describe = describer(examples, config);
  return async (rows) => {
    const clips = await Promise.all(Array.from(rows, (row) => examples.samples(row)));
    const { width, ...rest } = describe(rows);
    return { inputs: padClips(clips, examples.padding, width), ...rest };
  };
}

/** Batches of clips that are changed anew on each occasion, padded in the same way. */
export function augmentedBatches(
  examples: Examples,
  { hear, fixedLength, longest }: Augmented,
  config: ModelConfig,
): BatchSource {
  return async (rows, occasion = { epoch: 0, times: [] }) => {
    const { epoch, times } = occasion;
    const clips = await Promise.all(Array.from(rows, (row, i) => hear({ epoch, row, time: times[i] ?? 0 })));
    const lengths = clips.map(({ values }) => values.length);
    const valid = clips.map(({ valid }) => valid);
    const { width, ...rest } = describe(lengths, valid, { equal: fixedLength, longest }, config);
    const inputs = padClips(
      clips.map(({ values }) => values),
      examples.padding,
      width,
    );
    return { inputs, ...rest, labels: labelsOf(examples, rows) };
  };
}

/**
 * Returns everything about rows in one batch except the inputs: their length in samples, labels, and how much
 * of each clip counts.
 */
export function describer(
  examples: Examples,
  config: ModelConfig,
): (rows: ArrayLike<number>) => Omit<Batch, 'inputs'> & { width: number } {
  const { lengths, validLengths } = examples;
  const all = { longest: longestOf(lengths), equal: areEqual(lengths) };
  return (rows) => {
    const own = Array.from(rows, (row) => lengths[row]!);
    const valid = Array.from(rows, (row) => validLengths?.[row]);
    return { ...describe(own, valid, all, config), labels: labelsOf(examples, rows) };
  };
}

/**
 * How a batch is padded.
 *
 * @param valid Per clip, with attention masks: samples that are not padding.
 * @param all Of all clips: whether they have one length, and the longest.
 */
function describe(
  lengths: readonly number[],
  valid: readonly (number | undefined)[],
  { equal, longest }: { equal: boolean; longest: number },
  config: ModelConfig,
): Pick<Batch, 'frames' | 'length'> & { width: number } {
  const length = longestOf(lengths);
  const masked = valid[0] !== undefined;
  return {
    width: equal ? length : roundedLength(length, longest, config.row_size),
    frames:
      equal && !masked ? undefined : Float32Array.from(valid, (own) => frameCount(config, own ?? length)),
    length: equal ? undefined : Float32Array.of(length),
  };
}

function labelsOf({ labels, size }: Examples, rows: ArrayLike<number>): number[] {
  const perRow = labels.length / size;
  return Array.from(rows).flatMap((row) => labels.slice(row * perRow, (row + 1) * perRow));
}
