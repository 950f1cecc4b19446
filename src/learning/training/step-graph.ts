import * as tf from '../../engine/tf.js';
import { type EntryPoint, SAMPLES } from '../model/entry-point.js';
import type { Model } from '../model/model.js';
import type { Draw, RandomDraws } from '../model/random-draws.js';
import type { Batch } from './collate.js';
import { logitsOf } from './forward.js';
import { CrossEntropy } from './losses/cross-entropy.js';
import type { Objective } from './losses/objective.js';
import type { Gradients } from './optimizer.js';
import { copyBatch, Replays } from './replays.js';
import { RunningStatistics } from './running-statistics.js';
import { withWeights } from './upload-weights.js';

/** The inputs of a step's graph besides the weights. */
interface StepInputs {
  batch: Batch;
  targets: Float32Array;
  draws: readonly Draw[];
}

/** Loss and gradients of batches in training, with one graph on the engine. */
export class StepGraph {
  readonly objective: Objective;
  readonly #model: Model;
  readonly #trainable: readonly string[];
  readonly #draws: RandomDraws;
  readonly #frozen: EntryPoint;
  readonly #statistics: RunningStatistics;
  readonly #replays = new Replays<StepInputs>();

  /**
   * @param model Its weights are read where they lie at each step.
   * @param trainable Names of the parameters whose gradients are wanted.
   * @param frozen The place below which nothing is drawn.
   */
  constructor(
    model: Model,
    trainable: readonly string[],
    draws: RandomDraws,
    frozen = SAMPLES,
    objective: Objective = new CrossEntropy(model.labels),
  ) {
    this.objective = objective;
    this.#model = model;
    this.#trainable = trainable;
    this.#draws = draws;
    this.#frozen = frozen;
    this.#statistics = new RunningStatistics(model, frozen);
  }

  /**
   * Computes a batch, and moves the running statistics of batch normalisation.
   *
   * @param targets As the objective's `targetsOf` makes them.
   * @param into Arrays for the gradients of the trainable parameters.
   * @returns The loss.
   */
  compute(batch: Batch, targets: Float32Array, into: Gradients): number {
    const loss = new Float32Array(1);
    const results = [loss, ...this.#trainable.map((name) => into[name]!), ...this.#statistics.measured];
    const draws = this.#draws;
    const step = {
      trace: () => withWeights(this.#model, (weights) => this.#lossAndGradients(weights, batch, targets)),
      fed: () => ({ batch, targets, draws: draws.drawn }),
      refill: (fed: StepInputs) => {
        copyBatch(batch, fed.batch);
        fed.targets.set(targets);
        draws.redraw(fed.draws);
      },
    };
    const { replaced } = draws;
    this.#replays.compute(batch, step, results);
    // Graphs of shorter batches would keep the smaller arrays in addition to the larger ones, which suffice
    // for all.
    if (draws.replaced !== replaced) this.#replays.forgetOthers();
    this.#statistics.update(draws.droppedLayers);
    return loss[0]!;
  }

  #lossAndGradients(weights: Record<string, tf.Tensor>, batch: Batch, targets: Float32Array): tf.Tensor[] {
    const { config } = this.#model;
    const loss = (...parameters: tf.Tensor[]): tf.Scalar => {
      const current = { ...weights };
      this.#trainable.forEach((name, index) => {
        current[name] = parameters[index]!;
      });
      const logits = logitsOf(current, config, batch, { draws: this.#draws, frozen: this.#frozen });
      const clips = batch.inputs.shape[0];
      return this.objective.lossOf(logits, tf.tensor2d(targets, [clips, targets.length / clips]));
    };
    const { value, grads } = tf.valueAndGrads(loss)(this.#trainable.map((name) => weights[name]!));
    return [value, ...grads, ...this.#statistics.take(this.#draws)];
  }
}
