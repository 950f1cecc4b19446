import type { ModelWeights } from '../model/checkpoint.js';
import type { Weight } from '../model/safetensors.js';

/** Gradients by parameter name; a parameter without one took no part in the step and is left alone. */
export type Gradients = Record<string, Float32Array>;

export interface AdamWOptions {
  adam_beta1: number;
  adam_beta2: number;
  adam_epsilon: number;
  weight_decay: number;
}

/**
 * Parameters that weight decay spares, by the Trainer's rule (`get_decay_parameter_names`): biases and all that belongs to a norm.
 */
const NO_DECAY = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, 2019) as `torch.optim.AdamW` computes it, on float32 arrays outside the engine, one
 * pass over each. A parameter's bias correction counts its own steps.
 */
export class AdamW {
  readonly #options: AdamWOptions;
  readonly #weights: ModelWeights;
  #moments: Record<string, { first: Float32Array; second: Float32Array; steps: number }> = {};

  /** @param weights Updated in place by `step`. */
  constructor(weights: ModelWeights, options: AdamWOptions) {
    this.#weights = weights;
    this.#options = options;
  }

  /**
   * One update.
   *
   * @param scale Factor on all gradients, for clipping.
   */
  step(gradients: Gradients, learningRate: number, scale = 1): void {
    const { adam_beta1, adam_beta2, adam_epsilon, weight_decay } = this.#options;
    for (const [name, gradient] of Object.entries(gradients)) {
      const weight = this.#weights[name]!.data;
      this.#moments[name] ??= {
        first: new Float32Array(weight.length),
        second: new Float32Array(weight.length),
        steps: 0,
      };
      const moments = this.#moments[name];
      moments.steps += 1;
      update(weight, gradient, moments.first, moments.second, {
        scale,
        beta1: adam_beta1,
        beta2: adam_beta2,
        decay: NO_DECAY.test(name.toLowerCase()) ? 1 : 1 - learningRate * weight_decay,
        rate: learningRate / (1 - adam_beta1 ** moments.steps),
        root: Math.sqrt(1 - adam_beta2 ** moments.steps),
        epsilon: adam_epsilon,
      });
    }
  }

  /** The moments as tensors (`exp_avg.<name>`, `exp_avg_sq.<name>`) and the steps of each parameter, to be taken up with `restore`. */
  state(): { tensors: ModelWeights; steps: Record<string, number> } {
    const tensors: ModelWeights = {};
    const steps: Record<string, number> = {};
    for (const [name, moments] of Object.entries(this.#moments)) {
      const { shape } = this.#weights[name]!;
      tensors[`exp_avg.${name}`] = { shape, data: moments.first };
      tensors[`exp_avg_sq.${name}`] = { shape, data: moments.second };
      steps[name] = moments.steps;
    }
    return { tensors, steps };
  }

  /** Goes on from a state. */
  restore(read: (name: string) => Weight, steps: Record<string, number>): void {
    this.#moments = Object.fromEntries(
      Object.entries(steps).map(([name, count]) => [
        name,
        { first: read(`exp_avg.${name}`).data, second: read(`exp_avg_sq.${name}`).data, steps: count },
      ]),
    );
  }
}

interface Factors {
  scale: number;
  beta1: number;
  beta2: number;
  decay: number;
  rate: number;
  root: number;
  epsilon: number;
}

function update(
  weight: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { scale, beta1, beta2, decay, rate, root, epsilon }: Factors,
): void {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let index = 0; index < weight.length; index += 1) {
    const g = gradient[index]! * scale;
    const m = first[index]! * beta1 + g * rest1;
    const v = second[index]! * beta2 + g * g * rest2;
    first[index] = m;
    second[index] = v;
    weight[index] = weight[index]! * decay - (rate * m) / (Math.sqrt(v) / root + epsilon);
  }
}

/** The Euclidean norm of all gradients together. */
export function globalNorm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    for (let index = 0; index < gradient.length; index += 1) sum += gradient[index]! * gradient[index]!;
  }
  return Math.sqrt(sum);
}

/** The factor that `torch.nn.utils.clip_grad_norm_` puts on gradients of this norm; 1 when `max` is 0. */
export function clipScale(norm: number, max: number): number {
  return max > 0 ? Math.min(1, max / (norm + 1e-6)) : 1;
}
