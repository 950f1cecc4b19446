import { frameCount, type ModelConfig } from '../model/config.js';
import { areEqual, type Batch, longestOf, padClips, roundedLength } from './collate.js';
import type { Examples } from './examples.js';

/** Makes batches of rows. */
export type BatchSource = (rows: ArrayLike<number>) => Promise<Batch>;

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

/**
 * Returns everything about rows in one batch except the inputs: their length in samples, labels, and how much
 * of each clip counts.
 */
export function describer(
  { size, lengths, validLengths, labels }: Examples,
  config: ModelConfig,
): (rows: ArrayLike<number>) => Omit<Batch, 'inputs'> & { width: number } {
  const longest = longestOf(lengths);
  const equal = areEqual(lengths);
  const perRow = labels.length / size;
  return (rows) => {
    const length = longestOf(Array.from(rows, (row) => lengths[row]!));
    const valid = (row: number) => frameCount(config, validLengths?.[row] ?? length);
    return {
      width: equal ? length : roundedLength(length, longest, config.row_size),
      frames: equal && validLengths === undefined ? undefined : Float32Array.from(rows, valid),
      length: equal ? undefined : Float32Array.of(length),
      labels: Array.from(rows).flatMap((row) => labels.slice(row * perRow, (row + 1) * perRow)),
    };
  };
}
