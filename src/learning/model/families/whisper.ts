import { ACTIVATIONS } from '../activations.js';
import type { ParameterSpec } from '../parameter-spec.js';
import type { Family } from './family.js';

/** Radford et al., 2022, https://arxiv.org/abs/2212.04356: its encoder. */
export const whisper: Family = {
  architecture: 'WhisperForAudioClassification',
  read(read) {
    const states = read.integer('max_source_positions', 1500, 1);
    const dropout = read.probability('dropout', 0);
    return {
      // The second convolution leaves out every other frame.
      spectrogram: { shape: [read.integer('num_mel_bins', 80, 1), 2 * states], states },
      conv_dim: [],
      conv_stride: [],
      conv_kernel: [],
      hidden_size: read.integer('d_model', 384, 1),
      num_hidden_layers: read.integer('encoder_layers', 4, 1),
      num_attention_heads: read.integer('encoder_attention_heads', 6, 1),
      intermediate_size: read.integer('encoder_ffn_dim', 1536, 1),
      hidden_act: read.choice('activation_function', 'gelu', ACTIVATIONS),
      hidden_dropout: dropout,
      attention_dropout: read.probability('attention_dropout', 0),
      activation_dropout: read.probability('activation_dropout', 0),
      feat_proj_dropout: 0,
      layerdrop: read.probability('encoder_layerdrop', 0),
      initializer_range: read.number('init_std', 0.02),
      layer_norm_eps: 1e-5,
      feat_proj_layer_norm: false,
      do_stable_layer_norm: true,
      tie_last_hidden_states: read.boolean('tie_last_hidden_states', true),
      // transformers masks only where it transcribes.
      apply_spec_augment: false,
      mask_time_prob: 0,
      mask_feature_prob: 0,
    };
  },
  names: {
    prefix: 'encoder.',
    features: ['conv1.', 'conv2.'],
    layers: 'layers',
    norm: 'layer_norm',
    layer: {
      attention: 'self_attn',
      out: 'out_proj',
      norms: ['self_attn_layer_norm', 'final_layer_norm'],
      feed: ['fc1', 'fc2'],
    },
  },
  fromFile: (stored) => stored.replace(/^model\./, ''),
  projection: () => ({ norm: '', linear: undefined }),
  features: ({ spectrogram, hidden_size, initializer_range: std }) =>
    [spectrogram!.shape[0], hidden_size].flatMap((inputs, index): ParameterSpec[] => [
      { name: `conv${index + 1}.weight`, shape: [hidden_size, inputs, 3], init: { type: 'normal', std } },
      { name: `conv${index + 1}.bias`, shape: [hidden_size], init: { type: 'zeros' } },
    ]),
  positions: ({ spectrogram, hidden_size }) => [
    {
      name: 'embed_positions.weight',
      shape: [spectrogram!.states, hidden_size],
      init: { type: 'sinusoids' },
    },
  ],
  // They are sines and cosines, and stay so.
  unused: ['embed_positions.'],
  unbiased: () => ['k_proj'],
};
