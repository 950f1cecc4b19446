import type { Feed } from '../../engine/onnxruntime/open-model.js';
import type { GraphOptions } from '../graph/build-graph.js';
import { type ModelConfig, shapeOfClips } from '../model/config.js';
import { padClips } from '../training/collate.js';
import type { Examples } from '../training/examples.js';

/** Makes what an exported graph takes of some rows. */
export type GraphInputs = (rows: readonly number[]) => Promise<Record<string, Feed>>;

/**
 * As the Trainer's collator makes batches: padded to the longest clip, with masks where the graph has them.
 */
export function graphInputs(
  examples: Examples,
  config: ModelConfig,
  { input, masked }: GraphOptions,
): GraphInputs {
  const { lengths, validLengths = lengths } = examples;
  const { row_size: unit = 1 } = config;
  return async (rows) => {
    const clips = await Promise.all(rows.map((row) => examples.samples(row)));
    const { data, shape } = padClips(clips, examples.padding);
    const [size, numbers] = shape as [number, number];
    const feeds: Record<string, Feed> = { [input]: { data, shape: shapeOfClips(config, size, numbers) } };
    if (masked) feeds.attention_mask = maskOf(rows, numbers / unit);
    return feeds;
  };

  function maskOf(rows: readonly number[], length: number): Feed {
    const data = new BigInt64Array(rows.length * length);
    rows.forEach((row, index) => {
      // Without masks, a batch's padding counts as part of its clips.
      const valid = examples.validLengths === undefined ? length : validLengths[row]! / unit;
      data.fill(1n, index * length, index * length + valid);
    });
    return { data, shape: [rows.length, length] };
  }
}
