import type { ModelConfig } from './config.js';

/** How transformers' `_init_weights` fills a new parameter. */
export type Init =
  | { type: 'zeros' }
  | { type: 'ones' }
  | { type: 'constant'; value: number }
  | { type: 'normal'; std: number }
  | { type: 'uniform'; from: number; to: number }
  /** The norms of another parameter over all but its last axis (weight normalisation's g of v). */
  | { type: 'norm-of'; name: string };

/** One parameter: its name in transformers' state dict, its shape in PyTorch's order, how it starts. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  init: Init;
}

/** Prefix of the encoder's parameters in a classifier's state dict. */
export function basePrefix(config: ModelConfig): string {
  return `${config.model_type}.`;
}

/** Prefix of the parameters of a layer of the feature encoder, without the last dot. */
export function convLayerName(config: ModelConfig, index: number): string {
  return `${basePrefix(config)}feature_extractor.conv_layers.${index}`;
}

/**
 * Every parameter of `Wav2Vec2Model` (or `HubertModel`) under the given prefix, in the order of its
 * `named_parameters`. `masked_spec_embed` is there only when the configuration masks anything, as in
 * transformers.
 */
export function encoderParameters(config: ModelConfig, prefix = basePrefix(config)): ParameterSpec[] {
  const { hidden_size: hidden, intermediate_size: intermediate } = config;
  const specs: ParameterSpec[] = [];
  const add = (name: string, shape: number[], init: Init) => specs.push({ name: prefix + name, shape, init });
  const layerNorm = (name: string, size: number) => {
    add(`${name}.weight`, [size], { type: 'ones' });
    add(`${name}.bias`, [size], { type: 'zeros' });
  };
  const linear = (name: string, input: number, output: number) => {
    add(`${name}.weight`, [output, input], { type: 'normal', std: config.initializer_range });
    add(`${name}.bias`, [output], { type: 'zeros' });
  };

  if (config.mask_time_prob > 0 || config.mask_feature_prob > 0)
    add('masked_spec_embed', [hidden], { type: 'uniform', from: 0, to: 1 });

  config.conv_dim.forEach((channels, index) => {
    const name = `feature_extractor.conv_layers.${index}`;
    const fanIn = (index === 0 ? 1 : config.conv_dim[index - 1]!) * config.conv_kernel[index]!;
    const shape = [channels, fanIn / config.conv_kernel[index]!, config.conv_kernel[index]!];
    add(`${name}.conv.weight`, shape, { type: 'normal', std: Math.sqrt(2 / fanIn) });
    if (config.conv_bias) {
      const bound = Math.sqrt(1 / fanIn);
      const zero = config.model_type === 'hubert';
      add(
        `${name}.conv.bias`,
        [channels],
        zero ? { type: 'zeros' } : { type: 'uniform', from: -bound, to: bound },
      );
    }
    if (config.feat_extract_norm === 'layer' || index === 0) layerNorm(`${name}.layer_norm`, channels);
  });

  const features = config.conv_dim.at(-1)!;
  if (config.feat_proj_layer_norm) layerNorm('feature_projection.layer_norm', features);
  if (config.model_type === 'hubert') linear('feature_projection.projection', features, hidden);
  else {
    const bound = Math.sqrt(1 / features);
    add('feature_projection.projection.weight', [hidden, features], {
      type: 'uniform',
      from: -bound,
      to: bound,
    });
    add('feature_projection.projection.bias', [hidden], { type: 'uniform', from: -bound, to: bound });
  }

  const kernel = config.num_conv_pos_embeddings;
  const position = 'encoder.pos_conv_embed.conv';
  add(`${position}.bias`, [hidden], { type: 'zeros' });
  const direction = `${position}.parametrizations.weight.original1`;
  add(`${position}.parametrizations.weight.original0`, [1, 1, kernel], {
    type: 'norm-of',
    name: prefix + direction,
  });
  add(direction, [hidden, hidden / config.num_conv_pos_embedding_groups, kernel], {
    type: 'normal',
    std: 2 * Math.sqrt(1 / (kernel * hidden)),
  });
  layerNorm('encoder.layer_norm', hidden);
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    const name = `encoder.layers.${index}`;
    for (const projection of ['k_proj', 'v_proj', 'q_proj', 'out_proj'])
      linear(`${name}.attention.${projection}`, hidden, hidden);
    layerNorm(`${name}.layer_norm`, hidden);
    linear(`${name}.feed_forward.intermediate_dense`, hidden, intermediate);
    linear(`${name}.feed_forward.output_dense`, intermediate, hidden);
    layerNorm(`${name}.final_layer_norm`, hidden);
  }
  return specs;
}

/** Parameters of the sequence classification head: layer weights (when summed), projector, classifier. */
export function headParameters(config: ModelConfig, labels: number): ParameterSpec[] {
  const { hidden_size: hidden, classifier_proj_size: size, initializer_range: std } = config;
  const layers = config.num_hidden_layers + 1;
  const weights: ParameterSpec[] = config.use_weighted_layer_sum
    ? [{ name: 'layer_weights', shape: [layers], init: { type: 'constant', value: 1 / layers } }]
    : [];
  return [
    ...weights,
    { name: 'projector.weight', shape: [size, hidden], init: { type: 'normal', std } },
    { name: 'projector.bias', shape: [size], init: { type: 'zeros' } },
    { name: 'classifier.weight', shape: [labels, size], init: { type: 'normal', std } },
    { name: 'classifier.bias', shape: [labels], init: { type: 'zeros' } },
  ];
}

/** Every parameter of `Wav2Vec2ForSequenceClassification`. */
export function classifierParameters(config: ModelConfig, labels: number): ParameterSpec[] {
  const head = headParameters(config, labels);
  const encoder = encoderParameters(config);
  const isLayerWeights = (spec: ParameterSpec) => spec.name === 'layer_weights';
  return [...head.filter(isLayerWeights), ...encoder, ...head.filter((spec) => !isLayerWeights(spec))];
}
