import type { Model } from './model.js';
import type { ParameterSpec } from './parameter-spec.js';
import type { Place, Weight } from './safetensors.js';
import type { TensorFiles } from './tensor-files.js';

/** A weight that stays in its checkpoint: whoever asks for its numbers reads them. */
export class StoredWeight implements Weight {
  readonly shape: number[];
  readonly place: Place | undefined;
  readonly integer?: true;
  readonly #tensors: TensorFiles;
  readonly #stored: string;

  /** @param stored Its name in the checkpoint. */
  constructor(tensors: TensorFiles, stored: string, { shape, integer }: ParameterSpec) {
    this.shape = shape;
    this.place = tensors.place?.(stored);
    if (integer) this.integer = integer;
    this.#tensors = tensors;
    this.#stored = stored;
  }

  /** Its numbers, read anew each time. */
  get data(): Float32Array {
    return this.read().data;
  }

  /** The weight in memory. */
  read(): Weight {
    return this.#tensors.read(this.#stored, this.integer);
  }
}

/** The model with all of its weights in memory. */
export function inMemory<M extends Model>(model: M): M {
  const weights = Object.entries(model.weights).map(([name, weight]) => [
    name,
    weight instanceof StoredWeight ? weight.read() : weight,
  ]);
  return { ...model, weights: Object.fromEntries(weights) };
}
