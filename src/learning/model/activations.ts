import type { Activation } from './config.js';

/** Activations by their names in configurations. */
export const ACTIVATIONS: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'gelu_new',
  relu: 'relu',
  selu: 'selu',
  silu: 'silu',
  swish: 'silu',
};
