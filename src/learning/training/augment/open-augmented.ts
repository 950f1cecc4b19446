import type { Augment, Extracted } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stores.js';
import { EtudeError } from '../../../util/errors.js';
import type { ExtractOptions } from '../../audio/extractors/extractor.js';
import { extractorOf } from '../../audio/extractors/index.js';
import { padsToLongest } from '../../audio/extractors/padded-lengths.js';
import { extractFeatures } from '../../audio/feature-extractor.js';
import { featureExtractorConfig } from '../../audio/preprocessor-config.js';
import type { AudioSamples } from '../../data/column.js';
import type { DatasetReader } from '../../data/dataset.js';
import { fewestSamples, type ModelConfig, shortestInput } from '../../model/config.js';
import { augmentClip, type Hearing } from './augment-clip.js';
import { openNoises } from './open-noises.js';

/** Relative: features may have been computed on another machine. */
const TOLERANCE = 1e-3;

/** Clips as one epoch hears them: what a model takes, and how much of it is not padding. */
export interface Augmented {
  /** Whether all clips have one length, whatever is changed. */
  readonly fixedLength: boolean;
  /** No clip becomes longer. */
  readonly longest: number;
  hear(hearing: Hearing): Promise<{ values: Float32Array; valid?: number }>;
}

/** The clips of a split as they are: see `Examples`. */
interface Unchanged {
  readonly split: string;
  readonly lengths: readonly number[];
  samples(row: number): Promise<Float32Array>;
}

/**
 * Prepares the clips of a split to be augmented.
 *
 * @throws EtudeError if the first one's audio does not give what the dataset has.
 */
export async function openAugmented(
  reader: DatasetReader,
  { split, lengths, samples }: Unchanged,
  { augment, extracted }: { augment: Augment; extracted: Extracted },
  model: ModelConfig,
  objects: Objects,
): Promise<Augmented> {
  const config = featureExtractorConfig(extracted.config);
  const options: ExtractOptions = extracted.options;
  const extractor = extractorOf(config);
  const { column, seed, changes } = augment;
  const noises = augment.noises && openNoises(augment.noises, objects);
  const shortest = Math.max(extractor.shortest, samplesNeeded(model));
  const clipOf = async (row: number) => {
    const clip = (await reader.value(split, column, row)) as AudioSamples | null;
    if (clip?.array?.length) return clip.array as Float32Array;
    throw new EtudeError(`column '${column}' of split '${split}' has no audio`, { where: { row } });
  };
  const extract = (clip: Float32Array) => {
    const { input_values, attention_mask } = extractFeatures([clip], config, options);
    const [values, mask] = [input_values[0]!, attention_mask?.[0]];
    if (mask === undefined) return { values };
    let ones = 0;
    for (let i = 0; i < mask.length; i++) ones += mask[i]!;
    return { values, valid: ones * (model.row_size ?? 1) };
  };
  const difference = mostDifference(extract(await clipOf(0)).values, await samples(0));
  if (padsToLongest(options) || difference > TOLERANCE)
    throw new EtudeError(`the clips of split '${split}' were not made of the audio in column '${column}'`, {
      hint: 'Put augment after every other stage that changes clips.',
    });
  const slowest = Math.min(1, ...(changes.speed?.factors ?? []));
  const fixedLength =
    changes.speed === undefined
      ? lengths.every((length) => length === lengths[0])
      : extractor.shape?.(config, options)[0] !== undefined ||
        (options.padding === 'max_length' && options.truncation === true);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return {
    fixedLength,
    longest: fixedLength ? longest : Math.ceil(longest / slowest),
    async hear(hearing) {
      const clip = await clipOf(hearing.row);
      const options = { shortest, noises };
      return extract(await augmentClip(clip, config.sampling_rate, changes, seed, hearing, options));
    },
  };
}

/** Samples that a clip should keep: enough for the model, and for a span of SpecAugment. */
function samplesNeeded(config: ModelConfig): number {
  // Spectrograms are filled up.
  if (config.spectrogram !== undefined) return 1;
  const span = config.apply_spec_augment ? config.mask_time_length : 1;
  // Of rows of Mel bins, each is two frames of 10 ms.
  if (config.row_size !== undefined) return span * 320 + 400;
  return Math.max(shortestInput(config), fewestSamples(config, span));
}

function mostDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / (1 + Math.abs(b[i]!))), 0);
}
