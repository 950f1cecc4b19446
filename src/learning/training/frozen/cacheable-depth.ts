import { type Padding, padsWithZerosOnTheRight } from '../../audio/padding.js';
import type { ModelConfig } from '../../model/config.js';
import { type EntryPoint, isBelow, SAMPLES } from '../../model/entry-point.js';
import { familyOf } from '../../model/families/index.js';
import { areEqual } from '../collate.js';

/** What of examples decides whether something computed of a clip can be kept. */
export interface ClipLengths {
  readonly lengths: readonly number[];
  readonly validLengths?: readonly number[];
  readonly padding: Padding;
}

/**
 * The highest place up to which what a clip gives depends on nothing else in its batch, at most the one below
 * which all is frozen; and where it is not that one, why. Group normalisation averages over the padding, too,
 * so then all clips must be equally long; and without attention masks, layers attend to padding as well.
 */
export function cacheableDepth(
  frozen: EntryPoint,
  examples: ClipLengths,
  config: ModelConfig,
): { entry: EntryPoint; because?: string } {
  const { lengths, validLengths, padding } = examples;
  if (frozen.at === 'samples') return { entry: frozen };
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
    return { entry: { at: 'features' }, because: 'its layers see several frames as one' };
  if (!equal && familyOf(config).seesPadding)
    return { entry: { at: 'features' }, because: 'the position embedding sees the padding in a batch' };
  if (frozen.at === 'layer' && config.use_weighted_layer_sum)
    return { entry: { at: 'features' }, because: 'the states of all layers are summed' };
  return { entry: frozen };
}
