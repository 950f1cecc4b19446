import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../util/canonical-json.js';
import type { ModelConfig } from '../../model/config.js';
import { type EntryPoint, namesBelow } from '../../model/entry-point.js';
import type { Model } from '../../model/model.js';

/** The frozen part of a model, computed once per clip: everything below an entry point. */
export interface FrozenPart {
  readonly model: Model;
  readonly entry: Exclude<EntryPoint, { at: 'samples' }>;
}

/**
 * Fields of a configuration that do not affect what a frozen part computes: those of training and the head.
 * The number of layers follows from the parameters.
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

/** Fields that do not affect a part that ends before the last layer: how the last output is used. */
const ABOVE: ReadonlySet<string> = new Set<keyof ModelConfig>([
  'use_weighted_layer_sum',
  'tie_last_hidden_states',
]);

/** SHA-256 of all that determines a frozen part's output: parameters, architecture, where it ends. */
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
