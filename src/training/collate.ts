import type { Padding } from '../audio/padding.js';
import { EtudeError } from '../errors.js';
import { type ModelConfig, receptiveField } from '../model/config.js';

/** What the model takes in: samples [clips, samples] or features [clips, frames, channels]. */
export interface Inputs {
  data: Float32Array;
  shape: [number, number] | [number, number, number];
}

export interface Batch {
  inputs: Inputs;
  /** Valid frames a clip; only with an attention mask. */
  frames?: Float32Array;
  labels: number[];
}

/** Lengths are rounded up to a multiple of this many samples (a quarter of a second at 16 kHz) where that changes no number. */
const BUCKET = 4000;

/**
 * Length in samples to which a batch is padded: its longest clip, as Hugging Face's collator has it. With an attention mask and a feature encoder that
 * looks at each frame by itself, padding changes nothing, and rounding up bounds the number of different graphs.
 */
export function paddedLength(lengths: readonly number[], masked: boolean, config: ModelConfig): number {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (!masked || config.feat_extract_norm !== 'layer' || lengths.every((length) => length === longest))
    return longest;
  return Math.ceil(longest / BUCKET) * BUCKET;
}

/** Pads normalised clips, as the Trainer's collator has the feature extractor do it: [clips, length]. */
export function padClips(clips: readonly Float32Array[], length: number, padding: Padding): Inputs {
  const data = new Float32Array(clips.length * length).fill(padding.padding_value);
  clips.forEach((samples, row) => {
    const before = padding.padding_side === 'left' ? length - samples.length : 0;
    data.set(samples, row * length + before);
  });
  return { data, shape: [clips.length, length] };
}

/**
 * Checks that a clip is long enough for one frame.
 *
 * @throws EtudeError naming the split and the row.
 */
export function checkLength(samples: number, row: number, split: string, config: ModelConfig): void {
  const needed = receptiveField(config);
  if (samples >= needed) return;
  throw new EtudeError(`a clip of split '${split}' is too short`, {
    expected: `at least ${needed} samples`,
    got: `${samples} samples`,
    where: { row },
  });
}
