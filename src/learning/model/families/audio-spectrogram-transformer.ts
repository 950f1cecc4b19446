import { layerNormSpecs, linearSpecs } from '../parameter-spec.js';
import { astParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** How transformers 4 calls modules of a layer, and files still do. */
const STORED = [
  ['layers.', 'encoder.layer.'],
  ['.attention.q_proj.', '.attention.attention.query.'],
  ['.attention.k_proj.', '.attention.attention.key.'],
  ['.attention.v_proj.', '.attention.attention.value.'],
  ['.attention.o_proj.', '.attention.output.dense.'],
  ['.mlp.fc1.', '.intermediate.dense.'],
  ['.mlp.fc2.', '.output.dense.'],
] as const;

const PREFIX = 'audio_spectrogram_transformer.';
const IN_LAYER = new RegExp(`^${PREFIX}(layers|encoder\\.layer)\\.\\d`);

/** Gong et al., 2021, https://arxiv.org/abs/2104.01778: a vision transformer on squares of a spectrogram. */
export const ast: Family = {
  architecture: 'ASTForAudioClassification',
  read(read) {
    const [frames, bins] = [read.integer('max_length', 1024, 1), read.integer('num_mel_bins', 128, 1)];
    const size = read.integer('patch_size', 16, 1);
    const frequency_stride = read.integer('frequency_stride', 10, 1);
    const time_stride = read.integer('time_stride', 10, 1);
    const along = (length: number, stride: number) => Math.max(0, Math.floor((length - size) / stride) + 1);
    const states = along(bins, frequency_stride) * along(frames, time_stride) + 2;
    return {
      spectrogram: {
        shape: [frames, bins],
        states,
        patches: { size, frequency_stride, time_stride },
      },
      conv_dim: [],
      conv_stride: [],
      conv_kernel: [],
      hidden_dropout: read.probability('hidden_dropout_prob', 0),
      attention_dropout: read.probability('attention_probs_dropout_prob', 0),
      activation_dropout: 0,
      feat_proj_dropout: 0,
      layerdrop: 0,
      layer_norm_eps: read.number('layer_norm_eps', 1e-12),
      feat_proj_layer_norm: false,
      do_stable_layer_norm: true,
      apply_spec_augment: false,
      mask_time_prob: 0,
      mask_feature_prob: 0,
      use_weighted_layer_sum: false,
    };
  },
  names: {
    features: ['embeddings.patch_embeddings.'],
    layers: 'layers',
    norm: 'layernorm',
    layer: {
      attention: 'attention',
      out: 'o_proj',
      norms: ['layernorm_before', 'layernorm_after'],
      feed: ['mlp.fc1', 'mlp.fc2'],
    },
  },
  fromFile(stored) {
    const name = /^(embeddings|layers|encoder|layernorm)\./.test(stored) ? PREFIX + stored : stored;
    return IN_LAYER.test(name) ? STORED.reduce((to, [own, theirs]) => to.replace(theirs, own), name) : name;
  },
  inFile: (name) =>
    IN_LAYER.test(name) ? STORED.reduce((stored, [own, theirs]) => stored.replace(own, theirs), name) : name,
  projection: () => ({ norm: '', linear: undefined }),
  features: ({ spectrogram, hidden_size, initializer_range: std }) => {
    const { size } = spectrogram!.patches!;
    const name = 'embeddings.patch_embeddings.projection';
    return [
      { name: `${name}.weight`, shape: [hidden_size, 1, size, size], init: { type: 'normal', std } },
      { name: `${name}.bias`, shape: [hidden_size], init: { type: 'zeros' } },
    ];
  },
  positions: astParameters,
  unbiased: ({ raw }) => (raw.qkv_bias === false ? ['q_proj', 'k_proj', 'v_proj'] : []),
  head: ({ hidden_size, initializer_range: std }, labels) => [
    ...layerNormSpecs('classifier.layernorm', hidden_size),
    ...linearSpecs('classifier.dense', hidden_size, labels, std),
  ],
};
