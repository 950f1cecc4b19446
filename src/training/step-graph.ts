import { type Recording, recordInto } from '../engine/record.js';
import * as tf from '../engine/tf.js';
import type { Model } from '../model/checkpoint.js';
import type { Draw, Drawing } from '../model/drawing.js';
import type { Batch } from './collate.js';
import { logitsOf, upload } from './gradients.js';
import type { Gradients } from './optimizer.js';

/** A step that was traced: the arrays that it took in, to be overwritten before it is replayed. */
interface Recorded {
  recording: Recording;
  batch: Batch;
  targets: Float32Array;
  draws: readonly Draw[];
}

/** Shapes of batches whose steps are kept. */
const SHAPES = 8;

/**
 * Loss and gradients of batches in training, one graph on the engine. A step is traced once for each shape of batch; where the engine can, it is
 * replayed afterwards: the same graph on the same arrays, with other numbers in them. Both give the same bits.
 */
export class StepGraph {
  readonly #model: Model;
  readonly #trainable: readonly string[];
  readonly #drawing: Drawing;
  readonly #recorded = new Map<string, Recorded>();

  /**
   * @param model Its weights are read where they lie at each step.
   * @param trainable Names of the parameters whose gradients are wanted.
   */
  constructor(model: Model, trainable: readonly string[], drawing: Drawing) {
    this.#model = model;
    this.#trainable = trainable;
    this.#drawing = drawing;
  }

  /**
   * Computes a batch.
   *
   * @param targets As `targetsOf` makes them, [clips, classes].
   * @param into Arrays for the gradients of the trainable parameters.
   * @returns The loss.
   */
  compute(batch: Batch, targets: Float32Array, into: Gradients): number {
    const loss = new Float32Array(1);
    const results = [loss, ...this.#trainable.map((name) => into[name]!)];
    const shape = `${batch.inputs.shape}${batch.frames === undefined ? '' : ' masked'}`;
    const known = this.#recorded.get(shape);
    if (known?.recording.isOpen()) this.#replay(known, batch, targets, results);
    else this.#trace(shape, batch, targets, results);
    return loss[0]!;
  }

  #replay(recorded: Recorded, batch: Batch, targets: Float32Array, results: Float32Array[]): void {
    recorded.batch.inputs.data.set(batch.inputs.data);
    recorded.targets.set(targets);
    recorded.batch.frames?.splice(0, Number.POSITIVE_INFINITY, ...batch.frames!);
    this.#drawing.redraw(recorded.draws);
    recorded.recording.run(results);
  }

  #trace(shape: string, batch: Batch, targets: Float32Array, results: Float32Array[]): void {
    const tensors = upload(this.#model.weights);
    const recording = recordInto(() => this.#lossAndGradients(tensors, batch, targets), results);
    tf.dispose(tensors);
    this.#recorded.delete(shape);
    if (recording === undefined) return;
    for (const oldest of this.#recorded.keys()) {
      if (this.#recorded.size < SHAPES) break;
      this.#recorded.delete(oldest);
    }
    this.#recorded.set(shape, { recording, batch, targets, draws: this.#drawing.draws });
  }

  #lossAndGradients(tensors: Record<string, tf.Tensor>, batch: Batch, targets: Float32Array): tf.Tensor[] {
    const { config } = this.#model;
    const loss = (...parameters: tf.Tensor[]): tf.Scalar => {
      const current = { ...tensors };
      this.#trainable.forEach((name, index) => {
        current[name] = parameters[index]!;
      });
      const logits = logitsOf(current, config, batch, { frames: batch.frames, drawing: this.#drawing });
      const expected = tf.tensor2d(targets, [batch.labels.length, targets.length / batch.labels.length]);
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), expected)));
    };
    const { value, grads } = tf.valueAndGrads(loss)(this.#trainable.map((name) => tensors[name]!));
    return [value, ...grads];
  }
}
