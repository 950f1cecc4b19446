import { convParameters, upsamplingParameters } from '../variants/parameters.js';
import type { Family } from './family.js';

/** Wu et al., 2021, https://arxiv.org/abs/2109.06870: the layers work on groups of frames. */
export const sew: Family = {
  architecture: 'SEWForSequenceClassification',
  read: (read) => ({
    do_stable_layer_norm: false,
    squeeze_factor: read.integer('squeeze_factor', 2, 1),
    conv_dim: read.integers('conv_dim', [64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512]),
    conv_stride: read.integers('conv_stride', [5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]),
    conv_kernel: read.integers('conv_kernel', [10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1]),
  }),
  usualInit: true,
  seesPadding: true,
  masksPadding: true,
  projection: ({ conv_dim, hidden_size }) => ({
    norm: 'layer_norm',
    linear: conv_dim.at(-1) === hidden_size ? undefined : 'feature_projection',
  }),
  positions: convParameters,
  upsampling: upsamplingParameters,
};
