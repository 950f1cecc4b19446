/** How transformers' `_init_weights` fills a new parameter. */
export type Init =
  | { type: 'zeros' }
  | { type: 'ones' }
  | { type: 'constant'; value: number }
  /** Of each row's number: sines in its first half, cosines in the second; nothing trains them. */
  | { type: 'sinusoids' }
  | { type: 'values'; values: readonly number[] }
  | { type: 'normal'; std: number }
  | { type: 'uniform'; from: number; to: number }
  /** The norms of another parameter over all but its last axis (weight normalisation's g of v). */
  | { type: 'norm-of'; name: string };

/** One parameter: its name in transformers' state dict, its shape in PyTorch's order, how it starts. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  init: Init;
  /** A count, which files hold as a whole number. */
  integer?: true;
}

/** An `nn.LayerNorm`. */
export function layerNormSpecs(name: string, size: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [size], init: { type: 'ones' } },
    { name: `${name}.bias`, shape: [size], init: { type: 'zeros' } },
  ];
}

/**
 * An `nn.Linear`.
 *
 * @param std `initializer_range` of the configuration.
 */
export function linearSpecs(name: string, input: number, output: number, std: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [output, input], init: { type: 'normal', std } },
    { name: `${name}.bias`, shape: [output], init: { type: 'zeros' } },
  ];
}

/** An `nn.BatchNorm1d`, with its running statistics. */
export function batchNormSpecs(name: string, size: number): ParameterSpec[] {
  return [
    ...layerNormSpecs(name, size),
    { name: `${name}.running_mean`, shape: [size], init: { type: 'zeros' } },
    { name: `${name}.running_var`, shape: [size], init: { type: 'ones' } },
    { name: `${name}.num_batches_tracked`, shape: [], init: { type: 'zeros' }, integer: true },
  ];
}

/** Uniform on both sides of 0, as PyTorch starts a layer that sees `fanIn` numbers. */
export function uniformFor(fanIn: number): Init {
  const bound = Math.sqrt(1 / fanIn);
  return { type: 'uniform', from: -bound, to: bound };
}
