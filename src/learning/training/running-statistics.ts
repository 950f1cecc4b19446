import type * as tf from '../../engine/tf.js';
import { EtudeError } from '../../util/errors.js';
import { type EntryPoint, namesBelow } from '../model/entry-point.js';
import type { Model } from '../model/model.js';
import { layerPrefix } from '../model/parameter-names.js';
import type { RandomDraws } from '../model/random-draws.js';

/** The share of a batch in the running statistics: default of `nn.BatchNorm1d`. */
const MOMENTUM = 0.1;

const MEAN = '.running_mean';
const VARIANCE = '.running_var';
const COUNT = '.num_batches_tracked';

/**
 * Names of the running statistics that a training changes: those above the place below which all is frozen.
 */
export function runningStatistics({ weights, config }: Model, frozen: EntryPoint): string[] {
  const names = Object.keys(weights);
  const below = new Set(namesBelow(frozen, names, config));
  const isStatistic = (name: string) => [MEAN, VARIANCE, COUNT].some((end) => name.endsWith(end));
  return names.filter((name) => isStatistic(name) && !below.has(name));
}

/**
 * The running statistics of a model's batch normalisations. Each batch of a training moves them as in
 * PyTorch, whether or not its weights are trained (those of LoRA's base are not).
 */
export class RunningStatistics {
  readonly #model: Model;
  readonly #norms: { name: string; mean: Float32Array; variance: Float32Array }[];

  /** @param frozen The place below which they stay as they are. */
  constructor(model: Model, frozen: EntryPoint) {
    this.#model = model;
    this.#norms = runningStatistics(model, frozen)
      .filter((name) => name.endsWith(MEAN))
      .map((name) => {
        const { length } = model.weights[name]!.data;
        return {
          name: name.slice(0, -MEAN.length),
          mean: new Float32Array(length),
          variance: new Float32Array(length),
        };
      });
  }

  /** Where mean and variance of each are to be written before `update`. */
  get measured(): Float32Array[] {
    return this.#norms.flatMap(({ mean, variance }) => [mean, variance]);
  }

  /** The same of the step that was traced, as tensors. */
  take({ measured }: RandomDraws): tf.Tensor[] {
    const tensors = this.#norms.flatMap(({ name }) => measured.get(name)!);
    measured.clear();
    return tensors;
  }

  /**
   * Moves them by what was measured.
   *
   * @param dropped Layers that were skipped.
   * @throws EtudeError if the batch had a single frame, which has no variance.
   */
  update(dropped: readonly number[]): void {
    const { weights, config } = this.#model;
    const skipped = dropped.map((layer) => layerPrefix(config, layer));
    for (const { name, mean, variance } of this.#norms) {
      if (skipped.some((prefix) => name.startsWith(prefix))) continue;
      if (Number.isNaN(variance[0]))
        throw new EtudeError('batch normalisation needs more than one frame in a batch', {
          hint: 'Use longer clips, or a larger per_device_train_batch_size.',
        });
      move(weights[name + MEAN]!.data, mean);
      move(weights[name + VARIANCE]!.data, variance);
      weights[name + COUNT]!.data[0]! += 1;
    }
  }
}

function move(running: Float32Array, batch: Float32Array): void {
  for (let index = 0; index < running.length; index += 1)
    running[index] = (1 - MOMENTUM) * running[index]! + MOMENTUM * batch[index]!;
}
