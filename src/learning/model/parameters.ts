import type { ModelConfig } from './config.js';
import { familyOf, namesOf, projectionNames } from './families/index.js';
import { basePrefix } from './parameter-names.js';
import { type Init, layerNormSpecs, linearSpecs, type ParameterSpec, uniformFor } from './parameter-spec.js';

/**
 * Every parameter of the encoder (`Wav2Vec2Model`, `HubertModel`, …) under the given prefix.
 * `masked_spec_embed` is there only when the configuration masks anything, as in transformers.
 */
export function encoderParameters(config: ModelConfig, prefix = basePrefix(config)): ParameterSpec[] {
  const family = familyOf(config);
  const { hidden_size: hidden, intermediate_size: intermediate, initializer_range: std } = config;
  const specs: ParameterSpec[] = [];
  const add = (name: string, shape: number[], init: Init) => specs.push({ name, shape, init });
  const layerNorm = (name: string, size: number) => specs.push(...layerNormSpecs(name, size));
  const linear = (name: string, input: number, output: number) =>
    specs.push(...linearSpecs(name, input, output, std));

  if (family.alwaysMaskEmbedding || config.mask_time_prob > 0 || config.mask_feature_prob > 0)
    add('masked_spec_embed', [hidden], { type: 'uniform', from: 0, to: 1 });

  const isUsual = family.features === undefined;
  specs.push(...(family.features?.(config) ?? []));
  (isUsual ? config.conv_dim : []).forEach((channels, index) => {
    const name = `feature_extractor.conv_layers.${index}`;
    const inputs = index === 0 ? 1 : config.conv_dim[index - 1]!;
    const size = config.conv_kernel[index]!;
    const fanIn = inputs * size;
    add(`${name}.conv.weight`, [channels, inputs, size], { type: 'normal', std: Math.sqrt(2 / fanIn) });
    if (config.conv_bias)
      add(`${name}.conv.bias`, [channels], family.usualInit ? { type: 'zeros' } : uniformFor(fanIn));
    if (config.feat_extract_norm === 'layer' || index === 0) layerNorm(`${name}.layer_norm`, channels);
  });

  const features = config.conv_dim.at(-1) ?? 0;
  const { norm, linear: projection } = projectionNames(config);
  if (config.feat_proj_layer_norm) layerNorm(norm, features);
  if (projection !== undefined && family.usualInit) linear(projection, features, hidden);
  else if (projection !== undefined) {
    add(`${projection}.weight`, [hidden, features], uniformFor(features));
    add(`${projection}.bias`, [hidden], uniformFor(features));
  }

  specs.push(...family.positions(config), ...(family.upsampling?.(config) ?? []));
  const names = namesOf(config);
  const unbiased = (family.unbiased?.(config) ?? []).map((name) => `${name}.bias`);
  if (names.norm !== undefined) layerNorm(names.norm, hidden);
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    const name = `${names.layers}.${index}`;
    if (family.layer !== undefined) {
      for (const spec of family.layer(config)) specs.push({ ...spec, name: `${name}.${spec.name}` });
      continue;
    }
    const { attention, out, norms, feed } = names.layer;
    for (const projection of ['k_proj', 'v_proj', 'q_proj', out]) {
      const own = linearSpecs(projection, hidden, hidden, std).filter(
        (spec) => !unbiased.includes(spec.name),
      );
      for (const spec of own) specs.push({ ...spec, name: `${name}.${attention}.${spec.name}` });
    }
    for (const spec of family.attention?.(config, index) ?? [])
      specs.push({ ...spec, name: `${name}.${attention}.${spec.name}` });
    layerNorm(`${name}.${norms[0]}`, hidden);
    linear(`${name}.${feed[0]}`, hidden, intermediate);
    linear(`${name}.${feed[1]}`, intermediate, hidden);
    layerNorm(`${name}.${norms[1]}`, hidden);
  }
  return specs.map((spec) => prefixed(spec, prefix));
}

function prefixed(spec: ParameterSpec, prefix: string): ParameterSpec {
  const { name, init } = spec;
  const from = init.type === 'norm-of' ? { ...init, name: prefix + init.name } : init;
  return { ...spec, name: prefix + name, init: from };
}

/** Parameters of the sequence classification head: layer weights (when summed), projector, classifier. */
export function headParameters(config: ModelConfig, labels: number): ParameterSpec[] {
  const { hidden_size: hidden, classifier_proj_size: size, initializer_range: std } = config;
  const { head } = familyOf(config);
  if (head !== undefined) return head(config, labels);
  const layers = config.num_hidden_layers + 1;
  const weights: ParameterSpec[] = config.use_weighted_layer_sum
    ? [{ name: 'layer_weights', shape: [layers], init: { type: 'constant', value: 1 / layers } }]
    : [];
  return [
    ...weights,
    ...linearSpecs('projector', hidden, size, std),
    ...linearSpecs('classifier', size, labels, std),
  ];
}

/** Every parameter of the classifier (`Wav2Vec2ForSequenceClassification`, …). */
export function classifierParameters(config: ModelConfig, labels: number): ParameterSpec[] {
  const head = headParameters(config, labels);
  const encoder = encoderParameters(config);
  const isLayerWeights = (spec: ParameterSpec) => spec.name === 'layer_weights';
  return [...head.filter(isLayerWeights), ...encoder, ...head.filter((spec) => !isLayerWeights(spec))];
}
