import type { ModelConfig } from './config.js';
import { namesOf } from './families/index.js';
import { basePrefix } from './parameter-names.js';

/**
 * A point in the model at which a forward pass can begin: with samples, with the feature encoder's output,
 * with the hidden states that enter a layer (or, after the last one, leave it), or with the input of the
 * head, their means over the valid frames of a clip.
 */
export type EntryPoint =
  | { at: 'samples' }
  | { at: 'features' }
  | { at: 'layer'; layer: number }
  | { at: 'means' };

export const SAMPLES: EntryPoint = { at: 'samples' };

/** The parameters that say what is frozen. */
export interface FreezeArguments {
  freeze_feature_encoder: boolean;
  freeze_layers: number;
  freeze_base_model: boolean;
  /** LoRA: what has no adapter is frozen, but runs as in training, unless it is also frozen by the others. */
  peft?: object;
}

/** The point in the model below which everything is frozen. */
export function frozenBelow(args: FreezeArguments): EntryPoint {
  if (args.freeze_base_model) return { at: 'means' };
  if (args.freeze_layers > 0) return { at: 'layer', layer: args.freeze_layers };
  return args.freeze_feature_encoder || args.peft !== undefined ? { at: 'features' } : SAMPLES;
}

/** Whether a layer is below an entry; -1 is everything between the feature encoder and the first layer. */
export function isBelow(entry: EntryPoint | undefined, layer: number): boolean {
  return entry?.at === 'means' || (entry?.at === 'layer' && layer < entry.layer);
}

/** Names of the parameters that an entry's input is computed from, in their order. */
export function namesBelow(entry: EntryPoint, names: readonly string[], config: ModelConfig): string[] {
  const prefix = basePrefix(config);
  const { features, layers, norm } = namesOf(config);
  return names.filter((name) => {
    if (!name.startsWith(prefix) || entry.at === 'samples') return false;
    const part = name.slice(prefix.length);
    if (entry.at === 'features') return features.some((start) => part.startsWith(start));
    // SpecAugment is off below a frozen layer.
    if (part === 'masked_spec_embed') return false;
    if (entry.at === 'means') return true;
    if (part.startsWith(`${norm}.`)) return !config.do_stable_layer_norm;
    if (!part.startsWith(`${layers}.`)) return true;
    return Number.parseInt(part.slice(layers.length + 1), 10) < entry.layer;
  });
}
