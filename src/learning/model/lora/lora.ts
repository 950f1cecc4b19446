import { Random } from '../../../random/random.js';
import { initialise } from '../initialise.js';
import type { Model, ModelWeights } from '../model.js';
import { uniformFor } from '../parameter-spec.js';
import type { LoraLayout } from './layout.js';
import { LORA_A, LORA_B, type LoraParams } from './lora-config.js';

/**
 * Adds adapters to linear layers of a model (Hu et al., 2021, https://arxiv.org/abs/2106.09685), which have
 * no effect at first: A as PEFT initialises it by default (`kaiming_uniform_` with a = √5), B zero.
 *
 * @param seed Seed of the numbers in A.
 */
export function attachLora(model: Model, layout: LoraLayout, peft: LoraParams, seed: number): void {
  const { r, lora_alpha, lora_dropout, use_rslora } = peft;
  const { weights } = model;
  for (const layer of layout.layers) {
    const [output, input] = weights[`${layer}.weight`]!.shape as [number, number];
    const down = { name: layer + LORA_A, shape: [r, input], init: uniformFor(input) };
    weights[down.name] = initialise(down, Random.stream(seed, down.name), weights);
    weights[layer + LORA_B] = { shape: [output, r], data: new Float32Array(output * r) };
  }
  model.config = {
    ...model.config,
    lora: {
      scaling: lora_alpha / (use_rslora ? Math.sqrt(r) : r),
      dropout: lora_dropout,
      trainable: [...layout.layers.flatMap((layer) => [layer + LORA_A, layer + LORA_B]), ...layout.saved],
    },
  };
}

/**
 * Merges the adapters into their layers, W + scaling · B · A, and removes them from the model.
 *
 * @returns The adapters' parameters.
 */
export function mergeLora(model: Model): ModelWeights {
  const { lora, ...config } = model.config;
  const adapters: ModelWeights = {};
  for (const name of Object.keys(model.weights).filter((one) => one.endsWith(LORA_A))) {
    const layer = name.slice(0, -LORA_A.length);
    const down = model.weights[name]!;
    const up = model.weights[layer + LORA_B]!;
    addProduct(model.weights[`${layer}.weight`]!.data, up.data, down.data, lora!.scaling, down.shape[0]!);
    adapters[name] = down;
    adapters[layer + LORA_B] = up;
    delete model.weights[name];
    delete model.weights[layer + LORA_B];
  }
  model.config = config;
  return adapters;
}

/** matrix [out, in] += scaling · up [out, rank] · down [rank, in]. */
export function addProduct(
  matrix: Float32Array,
  up: Float32Array,
  down: Float32Array,
  scaling: number,
  rank: number,
): void {
  const input = down.length / rank;
  const row = new Float64Array(input);
  for (let output = 0; output < up.length / rank; output += 1) {
    const own = matrix.subarray(output * input, (output + 1) * input);
    row.set(own);
    for (let inner = 0; inner < rank; inner += 1) {
      const factor = scaling * up[output * rank + inner]!;
      const start = inner * input;
      for (let index = 0; index < input; index += 1) row[index]! += factor * down[start + index]!;
    }
    own.set(row);
  }
}
