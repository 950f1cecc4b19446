import { type Padding, padsWithZerosOnTheRight } from '../../audio/padding.js';
import type { ModelConfig } from '../../model/config.js';
import { type EntryPoint, isBelow, SAMPLES } from '../../model/entry-point.js';
import { familyOf } from '../../model/families/index.js';
import { areEqual } from '../collate.js';

/** What decides whether the activations of a clip can be cached. */
export interface ClipLengths {
  readonly lengths: readonly number[];
  readonly validLengths?: readonly number[];
  readonly padding: Padding;
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
  // To compute what the layers take from a spectrogram is quicker than to read it.
  if (frozen.at === 'features' && config.spectrogram !== undefined) return { entry: SAMPLES };
  const equal = areEqual(lengths);
  const alone = config.feat_extract_norm === 'layer' && padsWithZerosOnTheRight(padding);
  if (!equal && !alone)
    return { entry: SAMPLES, because: 'it depends on the length to which a batch is padded' };
  if (!isBelow(frozen, -1)) return { entry: frozen };
  if (!equal && validLengths === undefined)
    return {
      entry: { at: 'features' },
      because: 'without attention masks it depends on the padding in a batch',
    };
  if (familyOf(config).upsampling !== undefined)
    return { entry: { at: 'features' }, because: 'its layers merge neighbouring frames' };
  if (!equal && familyOf(config).seesPadding)
    return { entry: { at: 'features' }, because: 'the position embedding sees the padding in a batch' };
  if (frozen.at === 'layer' && config.use_weighted_layer_sum)
    return {
      entry: config.spectrogram === undefined ? { at: 'features' } : SAMPLES,
      because: 'the states of all layers are summed',
    };
  return { entry: frozen };
}
