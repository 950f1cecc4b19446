import type { ModelConfig } from '../model/config.js';
import { type EntryPoint, isBelow, namesBelow, SAMPLES } from '../model/entry-point.js';
import { familyOf, namesOf } from '../model/families/index.js';
import type { ModelWeights } from '../model/model.js';
import { basePrefix, isBuffer } from '../model/parameter-names.js';

/**
 * Names of the parameters that training changes: all, or with LoRA those that it trains, except the frozen
 * ones, a mask embedding without SpecAugment, what comes after the layers that are summed, and what nothing
 * is computed from.
 *
 * @param frozen The place below which everything is frozen.
 */
export function trainableNames(
  weights: ModelWeights,
  config: ModelConfig,
  frozen: EntryPoint = SAMPLES,
): string[] {
  const prefix = basePrefix(config);
  const below = new Set(namesBelow(frozen, Object.keys(weights), config));
  const masks = config.apply_spec_augment && config.mask_time_prob > 0 && !isBelow(frozen, -1);
  const unnormalised =
    config.do_stable_layer_norm && config.use_weighted_layer_sum && !config.tie_last_hidden_states;
  const unused = (familyOf(config).unused ?? []).map((start) => prefix + start);
  return (config.lora?.trainable ?? Object.keys(weights)).filter((name) => {
    if (isBuffer(name) || unused.some((start) => name.startsWith(start))) return false;
    if (unnormalised && name.startsWith(`${prefix}${namesOf(config).norm}.`)) return false;
    if (config.use_weighted_layer_sum && name.startsWith(`${prefix}encoder.upsample.`)) return false;
    if (name === `${prefix}masked_spec_embed`) return masks;
    return !below.has(name);
  });
}
