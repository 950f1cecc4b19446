import type { ModelWeights } from '../model/model.js';
import type { Weight } from '../model/safetensors.js';
import { allocateSlots, type Slot } from './optimizer-memory.js';

/** Gradients by parameter name. */
export type Gradients = Readonly<Record<string, Float32Array>>;

export interface AdamWOptions {
  adam_beta1: number;
  adam_beta2: number;
  adam_epsilon: number;
  weight_decay: number;
}

/**
 * Parameters without weight decay, by the Trainer's rule (`get_decay_parameter_names`): biases and everything
 * in a norm.
 */
const NO_DECAY = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, 2019) as `torch.optim.AdamW` computes it, in
 * float32, outside the engine, one pass over each parameter. A parameter's bias correction counts its own
 * steps.
 */
export class AdamW {
  /** Where the gradients of a step must be written before `norm` and `step`. */
  readonly gradients: Gradients;
  readonly #options: AdamWOptions;
  readonly #weights: ModelWeights;
  readonly #slots: Readonly<Record<string, Slot>>;
  #steps: Record<string, number> = {};
  #parts: Gradients | undefined;

  /**
   * @param weights Those of `names` are moved into the optimiser's memory, where `step` changes them:
   * `weights[name].data` is a different array afterwards.
   * @param names Parameters to optimise.
   */
  constructor(weights: ModelWeights, options: AdamWOptions, names: readonly string[] = Object.keys(weights)) {
    this.#weights = weights;
    this.#options = options;
    this.#slots = allocateSlots(Object.fromEntries(names.map((name) => [name, weights[name]!.data.length])));
    for (const [name, slot] of Object.entries(this.#slots)) {
      slot.weight.set(weights[name]!.data);
      weights[name] = { shape: weights[name]!.shape, data: slot.weight };
    }
    this.gradients = Object.fromEntries(names.map((name) => [name, this.#slots[name]!.gradient]));
  }

  /** Arrays like those of `gradients`, for gradients to be added to them: created on first use, and kept. */
  get parts(): Gradients {
    this.#parts ??= Object.fromEntries(
      Object.entries(this.gradients).map(([name, { length }]) => [name, new Float32Array(length)]),
    );
    return this.#parts;
  }

  /** The Euclidean norm of the gradients of these parameters together. */
  norm(names: readonly string[] = Object.keys(this.#slots)): number {
    return Math.sqrt(names.reduce((sum, name) => sum + this.#slots[name]!.sumOfSquares(), 0));
  }

  /**
   * One update of the named parameters; a parameter that had no part in the step must not be named, and is
   * left alone.
   *
   * @param scale Factor on all gradients, for clipping.
   */
  step(learningRate: number, scale = 1, names: readonly string[] = Object.keys(this.#slots)): void {
    const { adam_beta1, adam_beta2, adam_epsilon, weight_decay } = this.#options;
    for (const name of names) {
      const steps = (this.#steps[name] ?? 0) + 1;
      this.#steps[name] = steps;
      this.#slots[name]!.update({
        scale,
        rest1: 1 - adam_beta1,
        beta2: adam_beta2,
        rest2: 1 - adam_beta2,
        decay: NO_DECAY.test(name.toLowerCase()) ? 1 : 1 - learningRate * weight_decay,
        rate: learningRate / (1 - adam_beta1 ** steps),
        rootScale: 1 / Math.sqrt(1 - adam_beta2 ** steps),
        epsilon: adam_epsilon,
      });
    }
  }

  /**
   * The moments as tensors (`exp_avg.<name>`, `exp_avg_sq.<name>`) and the steps of each parameter, for
   * `restore`.
   */
  state(): { tensors: ModelWeights; steps: Record<string, number> } {
    const tensors: ModelWeights = {};
    for (const name of Object.keys(this.#steps)) {
      const { shape } = this.#weights[name]!;
      tensors[`exp_avg.${name}`] = { shape, data: this.#slots[name]!.first };
      tensors[`exp_avg_sq.${name}`] = { shape, data: this.#slots[name]!.second };
    }
    return { tensors, steps: { ...this.#steps } };
  }

  /** Continues from a state. */
  restore(read: (name: string) => Weight, steps: Record<string, number>): void {
    // Read before anything changes: a damaged state must not be restored in part.
    const moments = Object.keys(steps).map(
      (name) => [this.#slots[name]!, read(`exp_avg.${name}`).data, read(`exp_avg_sq.${name}`).data] as const,
    );
    for (const [{ first, second }, mean, square] of moments) {
      first.set(mean);
      second.set(square);
    }
    this.#steps = { ...steps };
  }
}

/** The factor that `torch.nn.utils.clip_grad_norm_` applies to gradients of this norm; 1 if `max` is 0. */
export function clipScale(norm: number, max: number): number {
  return max > 0 ? Math.min(1, max / (norm + 1e-6)) : 1;
}
