import { type Padding, padsWithZerosOnTheRight } from '../../audio/padding.js';
import { inputShape, type ModelConfig } from '../../model/config.js';
import { type EntryPoint, isBelow, SAMPLES } from '../../model/entry-point.js';
import { familyOf } from '../../model/families/index.js';
import { areEqual } from '../collate.js';

/** What decides whether the activations of a clip can be cached. */
export interface ClipLengths {
  readonly lengths: readonly number[];
  readonly validLengths?: readonly number[];
  readonly padding: Padding;
  /** Present if clips differ from epoch to epoch. */
  readonly augmented?: unknown;
}

/**
 * How deep into the frozen part a clip's activations depend on the clip alone, not on the rest of its batch;
 * and if that is not all of the frozen part, why. Group normalisation also averages over padding, so it needs
 * clips of equal length; without attention masks, layers attend to padding, too.
 */
export function cacheableDepth(
  frozen: EntryPoint,
  examples: ClipLengths,
  config: ModelConfig,
): { entry: EntryPoint; because?: string } {
  const { lengths, validLengths, padding } = examples;
  if (frozen.at === 'samples') return { entry: frozen };
  if (examples.augmented !== undefined)
    return { entry: SAMPLES, because: 'clips are augmented anew in each epoch' };
  // To compute what the layers take from a spectrogram is quicker than to read it.
  const features: EntryPoint = inputShape(config) === undefined ? { at: 'features' } : SAMPLES;
  if (frozen.at === 'features' && features === SAMPLES) return { entry: SAMPLES };
  const equal = areEqual(lengths);
  if (!equal && !endsWithClips(config, padding))
    return { entry: SAMPLES, because: 'it depends on the length to which a batch is padded' };
  if (!isBelow(frozen, -1)) return { entry: frozen };
  if (!equal && validLengths === undefined)
    return {
      entry: features,
      because: 'without attention masks it depends on the padding in a batch',
    };
  if (familyOf(config).upsampling !== undefined)
    return { entry: features, because: 'its layers merge neighbouring frames' };
  if (!equal && familyOf(config).seesPadding)
    return { entry: features, because: 'the position embedding sees the padding in a batch' };
  if (frozen.at === 'layer' && config.use_weighted_layer_sum)
    return {
      entry: features,
      because: 'the states of all layers are summed',
    };
  return { entry: frozen };
}

/** Whether the frames of a clip, before the layers, are as if nothing followed it in its batch. */
export function endsWithClips({ feat_extract_norm, row_size }: ModelConfig, padding: Padding): boolean {
  if (row_size !== undefined) return padding.padding_side === 'right';
  return feat_extract_norm === 'layer' && padsWithZerosOnTheRight(padding);
}
