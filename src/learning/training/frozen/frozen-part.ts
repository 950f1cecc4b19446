import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../util/canonical-json.js';
import type { ModelConfig } from '../../model/config.js';
import { type EntryPoint, namesBelow } from '../../model/entry-point.js';
import type { Model } from '../../model/model.js';

/** What of a model is frozen, and computed once for each clip: all that lies below a place. */
export interface FrozenPart {
  readonly model: Model;
  readonly entry: Exclude<EntryPoint, { at: 'samples' }>;
}

/**
 * What of a configuration does not shape what a frozen part computes: how it is trained, and the head. The
 * layers are those that there are parameters of.
 */
const ELSEWHERE: ReadonlySet<string> = new Set<keyof ModelConfig | 'family'>([
  'hidden_dropout',
  'activation_dropout',
  'attention_dropout',
  'feat_proj_dropout',
  'layerdrop',
  'initializer_range',
  'apply_spec_augment',
  'mask_time_prob',
  'mask_time_length',
  'mask_time_min_masks',
  'mask_feature_prob',
  'mask_feature_length',
  'mask_feature_min_masks',
  'num_hidden_layers',
  'classifier_proj_size',
  'num_labels',
  'id2label',
  'lora',
  'raw',
  'family',
]);

/** The same of a part that ends before the last layer: what is done with its output. */
const ABOVE: ReadonlySet<string> = new Set<keyof ModelConfig>([
  'use_weighted_layer_sum',
  'tie_last_hidden_states',
]);

/** SHA-256 of all that shapes what a frozen part makes of a clip: parameters, architecture, where it ends. */
export function digestOf({ model, entry }: FrozenPart): string {
  const { config, weights } = model;
  const fields = Object.entries(config).filter(
    ([name]) => !ELSEWHERE.has(name) && (entry.at === 'means' || !ABOVE.has(name)),
  );
  const hash = createHash('sha256').update(canonicalJson({ entry, config: Object.fromEntries(fields) }));
  for (const name of namesBelow(entry, Object.keys(weights), config)) {
    const { shape, data } = weights[name]!;
    hash.update(`\n${name} [${shape}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
