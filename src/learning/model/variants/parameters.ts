import type { ModelConfig } from '../config.js';
import {
  batchNormSpecs,
  type Init,
  layerNormSpecs,
  linearSpecs,
  type ParameterSpec,
  uniformFor,
} from '../parameter-spec.js';

/** The one convolution of a position embedding, and its weight-normalised kernel. */
export const POSITION_CONV = 'encoder.pos_conv_embed.conv';
export const POSITION_WEIGHT = `${POSITION_CONV}.parametrizations.weight`;

/** The linear layer of SEW's upsampling to all frames. */
export const UPSAMPLING = 'encoder.upsample.projection';

/** Outputs of the linear layer of WavLM's gate: two halves, each of which is summed. */
const GATES = 8;

/** AST's tokens and positions. */
export const AST_TOKENS = ['embeddings.cls_token', 'embeddings.distillation_token'] as const;
export const AST_POSITIONS = 'embeddings.position_embeddings';

/** Parameters of `astPositions`. */
export function astParameters({ spectrogram, hidden_size }: ModelConfig): ParameterSpec[] {
  const lengths = [1, 1, spectrogram!.states];
  return [...AST_TOKENS, AST_POSITIONS].map((name, index) => ({
    name,
    shape: [1, lengths[index]!, hidden_size],
    init: { type: 'zeros' },
  }));
}

/** Parameters of `positionalConv`. */
export function convParameters({
  hidden_size: hidden,
  num_conv_pos_embeddings: size,
  num_conv_pos_embedding_groups: groups,
}: ModelConfig): ParameterSpec[] {
  const direction = `${POSITION_WEIGHT}.original1`;
  return [
    { name: `${POSITION_CONV}.bias`, shape: [hidden], init: { type: 'zeros' } },
    { name: `${POSITION_WEIGHT}.original0`, shape: [1, 1, size], init: { type: 'norm-of', name: direction } },
    {
      name: direction,
      shape: [hidden, hidden / groups, size],
      // transformers re-initialises only a copy of it, so PyTorch's own initialisation remains.
      init: uniformFor((hidden / groups) * size),
    },
  ];
}

/** Parameters of `positionalConvStack`. */
export function convStackParameters(config: ModelConfig): ParameterSpec[] {
  const { hidden_size: hidden, conv_pos_kernel_size: size } = config;
  const inputs = hidden / config.num_conv_pos_embedding_groups;
  const std = Math.sqrt(2 / (inputs * size));
  return convStackNames(config).flatMap((name): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [hidden, inputs, size], init: { type: 'normal', std } },
    { name: `${name}.bias`, shape: [hidden], init: { type: 'zeros' } },
  ]);
}

/** Names of its convolutions, in order. */
export function convStackNames({ num_conv_pos_embeddings: length }: ModelConfig): string[] {
  return Array.from({ length }, (_, index) => `encoder.pos_conv_embed.layers.${index}.conv`);
}

/** Parameters of `upsampling`. */
export function upsamplingParameters({
  hidden_size: hidden,
  squeeze_factor,
  initializer_range: std,
}: ModelConfig): ParameterSpec[] {
  return linearSpecs(UPSAMPLING, hidden, hidden * squeeze_factor, std);
}

/** Parameters of `relativePositionBias`; the lowest layer has the biases of all. */
export function relativePositionBiasParameters(
  { hidden_size, num_attention_heads: heads, num_buckets, initializer_range: std }: ModelConfig,
  layer: number,
): ParameterSpec[] {
  const biases: ParameterSpec = {
    name: 'rel_attn_embed.weight',
    shape: [num_buckets, heads],
    init: { type: 'normal', std },
  };
  return [
    { name: 'gru_rel_pos_const', shape: [1, heads, 1, 1], init: { type: 'ones' } },
    ...linearSpecs('gru_rel_pos_linear', hidden_size / heads, GATES, std),
    ...(layer === 0 ? [biases] : []),
  ];
}

/** The frequencies of a Conformer's rotary positions, where it has such. */
export const INVERSE_FREQUENCIES = 'encoder.embed_positions.inv_freq';

/** Parameters of a Conformer outside of its layers. */
export function rotaryParameters(config: ModelConfig): ParameterSpec[] {
  if (config.position_embeddings_type !== 'rotary') return [];
  const values = inverseFrequencies(config);
  return [{ name: INVERSE_FREQUENCIES, shape: [values.length], init: { type: 'values', values } }];
}

/** Of each pair of a head's numbers. */
export function inverseFrequencies(config: ModelConfig): number[] {
  const size = config.hidden_size / config.num_attention_heads;
  return Array.from(
    { length: size / 2 },
    (_, index) => config.rotary_embedding_base ** ((-2 * index) / size),
  );
}

/** Parameters of `conformerLayers`. */
export function conformerLayerParameters(config: ModelConfig): ParameterSpec[] {
  return layerParameters(config, batchNormSpecs('conv_module.batch_norm', config.hidden_size));
}

/** Parameters of `bertLayers`. */
export function bertLayerParameters(config: ModelConfig): ParameterSpec[] {
  const { hidden_size: hidden, num_attention_heads: heads, initializer_range: std } = config;
  const count = config.left_max_position_embeddings + config.right_max_position_embeddings + 1;
  const distances: ParameterSpec = {
    name: 'self_attn.distance_embedding.weight',
    shape: [count, hidden / heads],
    init: { type: 'normal', std },
  };
  return [
    ...layerParameters(config, layerNormSpecs('conv_module.depthwise_layer_norm', hidden)),
    ...(config.position_embeddings_type === 'relative_key' ? [distances] : []),
  ];
}

/** @param norm The parameters of the convolution's normalisation. */
function layerParameters(config: ModelConfig, norm: readonly ParameterSpec[]): ParameterSpec[] {
  const { hidden_size: hidden, num_attention_heads: heads, initializer_range: std } = config;
  const size = hidden / heads;
  const bound = Math.sqrt(6 / (heads + size));
  const xavier: Init = { type: 'uniform', from: -bound, to: bound };
  const conv = (name: string, shape: [number, number, number]): ParameterSpec => ({
    name: `conv_module.${name}.weight`,
    shape,
    init: { type: 'normal', std: Math.sqrt(2 / (shape[1] * shape[2])) },
  });
  const feedForward = (name: string) => [
    ...layerNormSpecs(`${name}_layer_norm`, hidden),
    ...linearSpecs(`${name}.intermediate_dense`, hidden, config.intermediate_size, std),
    ...linearSpecs(`${name}.output_dense`, config.intermediate_size, hidden, std),
  ];
  const [positions] = linearSpecs('self_attn.linear_pos', hidden, hidden, std);
  const relative: ParameterSpec[] = [
    positions!,
    { name: 'self_attn.pos_bias_u', shape: [heads, size], init: xavier },
    { name: 'self_attn.pos_bias_v', shape: [heads, size], init: xavier },
  ];
  return [
    ...feedForward('ffn1'),
    ...layerNormSpecs('self_attn_layer_norm', hidden),
    ...['q', 'k', 'v', 'out'].flatMap((one) => linearSpecs(`self_attn.linear_${one}`, hidden, hidden, std)),
    ...(config.position_embeddings_type === 'relative' ? relative : []),
    ...layerNormSpecs('conv_module.layer_norm', hidden),
    conv('pointwise_conv1', [2 * hidden, hidden, 1]),
    conv('depthwise_conv', [hidden, 1, config.conv_depthwise_kernel_size]),
    ...norm,
    conv('pointwise_conv2', [hidden, hidden, 1]),
    ...feedForward('ffn2'),
    ...layerNormSpecs('final_layer_norm', hidden),
  ];
}
