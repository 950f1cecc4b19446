import type { TrainParams } from '../../stage/params.js';
import { count } from '../../util/words.js';
import { type Loaded, summarise } from '../model/checkpoint.js';
import { type FreezeArguments, frozenBelow } from '../model/entry-point.js';
import { adapterFiles } from '../model/lora/adapter-files.js';
import { layOutLora } from '../model/lora/layout.js';
import { attachLora, mergeLora } from '../model/lora/lora.js';
import { countParameters } from '../model/save.js';
import { runningStatistics } from './running-statistics.js';
import { trainableNames } from './trainable-names.js';

/**
 * Prepares a model for training with `peft`, and logs what will be trained.
 *
 * @param base The checkpoint's name on the Hub, if it is there.
 * @returns A function to call after the training: it merges the adapters into the model and returns the
 *   adapter's files.
 */
export function prepareLora(
  model: Loaded,
  params: FreezeArguments & Pick<TrainParams, 'peft' | 'seed'>,
  base: string | undefined,
  log: (level: 'info' | 'warning', text: string) => void,
): () => Record<string, Uint8Array[]> {
  const { peft, seed } = params;
  if (peft === undefined) return () => ({});
  const frozen = frozenBelow(params);
  const layout = layOutLora(peft, model.config, frozen);
  attachLora(model, layout, peft, seed);
  const names = trainableNames(model.weights, model.config, frozen);
  const trained = names.reduce((sum, name) => sum + model.weights[name]!.data.length, 0);
  const share = ((100 * trained) / countParameters(model.weights)).toPrecision(2);
  log(
    'info',
    `LoRA on ${count(layout.layers.length, 'layer')}: ${trained} trainable parameters (${share} %)`,
  );
  const random = untrained(model);
  if (random.length > 0) {
    const what = 'newly initialised, but neither trained nor part of the adapter';
    log('warning', `${what}: ${summarise(random)}; add their modules to modules_to_save`);
  }
  const norms = runningStatistics(model, frozen).filter((name) => !layout.saved.includes(name));
  if (norms.length > 0) {
    const what = 'running statistics change in training, but are not part of the adapter';
    log('warning', `${what}: add batch_norm to modules_to_save, or use the merged model`);
  }
  return () => adapterFiles(mergeLora(model), model, layout, peft, base);
}

/** Parameters that are random and remain so. */
function untrained({ config, missing, mismatched }: Loaded): string[] {
  const trainable = new Set(config.lora?.trainable);
  const fresh = [...missing, ...mismatched.map(({ name }) => name)];
  // The weights of a sum of layers start equal; the mask embedding is used in training only.
  return fresh.filter((name) => !trainable.has(name) && !/^layer_weights$|masked_spec_embed$/.test(name));
}
