import { byCodePoints } from '../../util/code-points.js';
import type { ModelConfig } from './config.js';
import { familyOf } from './families/index.js';
import type { Model, ModelWeights } from './model.js';
import { basePrefix, isBuffer } from './parameter-names.js';
import { formatSafetensors } from './safetensors.js';

/** Keys of a configuration that say where it came from or name code to run, which are not saved. */
const LEFT_OUT = ['_name_or_path', 'auto_map', 'custom_pipelines', 'num_labels', 'torch_dtype'];

/**
 * A model as files of the Hugging Face layout, by name, each in parts to be joined: `config.json` and
 * `model.safetensors`, as `AutoModelForAudioClassification.from_pretrained` reads them.
 */
export function modelFiles(model: Model): Record<string, Uint8Array[]> {
  return {
    'config.json': [Buffer.from(`${JSON.stringify(savedConfig(model), null, 2)}\n`)],
    'model.safetensors': formatSafetensors(inFile(model)),
  };
}

/** The parameters by the names that files have for them. */
function inFile({ config, weights }: Model): ModelWeights {
  const { inFile: rename } = familyOf(config);
  if (rename === undefined) return weights;
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [rename(name), tensor]));
}

/** The total number of values in all parameters. */
export function countParameters(weights: ModelWeights): number {
  const parameters = Object.entries(weights).filter(([name]) => !isBuffer(name));
  return parameters.reduce((sum, [, { data }]) => sum + data.length, 0);
}

/** The checkpoint's configuration with the classifier's classes. */
export function savedConfig({ config, labels }: Model): Record<string, unknown> {
  const kept = Object.entries(config.raw).filter(([key]) => !LEFT_OUT.includes(key));
  const fields = {
    ...Object.fromEntries(kept),
    architectures: [familyOf(config).architecture],
    dtype: 'float32',
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => byCodePoints(one, other)));
}

/**
 * The current name of a stored tensor: the weight normalisation's old spelling is translated, and the
 * encoder's prefix is put before the names of a checkpoint of just the encoder.
 */
export function modelName(stored: string, config: ModelConfig): string {
  const { fromFile } = familyOf(config);
  if (fromFile !== undefined) return fromFile(stored);
  const prefix = basePrefix(config);
  const name = stored
    .replace(/\.weight_g$/, '.parametrizations.weight.original0')
    .replace(/\.weight_v$/, '.parametrizations.weight.original1');
  return /^(feature_extractor|feature_projection|encoder)\.|^layer_norm\.|^masked_spec_embed$/.test(name)
    ? prefix + name
    : name;
}
