import type { ModelConfig } from '../model/config.js';
import type { EntryPoint } from '../model/entry-point.js';
import { augmentedBatches, type BatchSource, sampleBatches } from './batches.js';
import type { Examples } from './examples.js';
import { activationBatches, cacheActivations } from './frozen/activation-batches.js';
import { cacheableDepth } from './frozen/cacheable-depth.js';
import type { TrainOptions } from './train-options.js';

/** Points in the model whose inputs can be cached. */
const PLACES = ['features', 'layer', 'means'] as const;

/** Batches of what the dataset holds: samples, or the output of a frozen part. */
export function plainBatches(examples: Examples, config: ModelConfig): BatchSource {
  const { kept, augmented } = examples;
  if (augmented !== undefined) return augmentedBatches(examples, augmented, config);
  return kept === undefined
    ? sampleBatches(examples, config)
    : activationBatches(examples, kept.part, kept.rows);
}

/**
 * Batches of splits for a training: of samples or, as far as it depends on the clip alone, of the output of
 * the frozen part, which is then computed once per clip.
 *
 * @param frozen The point below which everything is frozen.
 */
export async function openBatches(
  splits: readonly Examples[],
  frozen: EntryPoint,
  options: TrainOptions,
): Promise<BatchSource[]> {
  const { model, store, signal, progress, log, onComputed } = options;
  const sources = splits.map((examples) => plainBatches(examples, model.config));
  if (store === undefined || splits.some(({ kept }) => kept !== undefined)) return sources;
  const kept = splits.map((examples) => cacheableDepth(frozen, examples, model.config));
  kept.forEach(({ because }, index) => {
    if (because === undefined) return;
    const what = 'the output of the frozen layers is recomputed in every step';
    log('info', `split '${splits[index]!.split}': ${what}, because ${because}`);
  });
  for (const at of PLACES) {
    const own = splits.filter((_, index) => kept[index]!.entry.at === at);
    const entry = kept.map((one) => one.entry).find((one) => one.at === at);
    if (entry === undefined || entry.at === 'samples') continue;
    const part = { model, entry };
    const phase = `frozen layers (${own.map(({ split }) => split).join(', ')})`;
    const { rows, computed } = await cacheActivations(own, { part, store, signal }, (done, total) => {
      progress({ done, total, unit: 'clips', phase });
    });
    onComputed?.(computed);
    own.forEach((examples, index) => {
      sources[splits.indexOf(examples)] = activationBatches(examples, part, rows[index]!);
      examples.forget?.();
    });
  }
  return sources;
}
