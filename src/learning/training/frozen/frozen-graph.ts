import * as tf from '../../../engine/tf.js';
import { computeTo } from '../../model/classify.js';
import { frameCount } from '../../model/config.js';
import type { Kernels } from '../../model/conv-kernels.js';
import type { Batch } from '../collate.js';
import { ForwardGraph } from '../forward-graph.js';
import type { FrozenClip } from './frozen-clip.js';
import type { FrozenPart } from './frozen-part.js';

/** A frozen part as one graph on the engine. */
export class FrozenGraph extends ForwardGraph {
  readonly #part: FrozenPart;

  constructor(part: FrozenPart) {
    super(part.model);
    this.#part = part;
  }

  /** The activations to cache of clips of equal length, all masked or none, each in new memory. */
  valuesOf(clips: readonly FrozenClip[]): Float32Array[] {
    const [{ length, valid }] = clips as [FrozenClip];
    const data = new Float32Array(clips.length * length);
    clips.forEach(({ samples }, index) => {
      data.set(samples, index * length);
    });
    const frames = valid === undefined ? undefined : Float32Array.from(clips, (clip) => clip.valid!);
    const values = this.compute({ inputs: { data, shape: [clips.length, length] }, frames, labels: [] });
    const size = values.length / clips.length;
    return clips.map((clip, index) => {
      const kept = this.#part.entry.at === 'means' ? size : (size / this.#framesOf(length)) * clip.frames;
      return values.slice(index * size, index * size + kept);
    });
  }

  protected size({ inputs: { shape } }: Batch): number {
    const { entry, model } = this.#part;
    const { hidden_size, conv_dim, num_hidden_layers, use_weighted_layer_sum } = model.config;
    const [clips, length] = shape;
    if (entry.at === 'means')
      return clips * hidden_size * (use_weighted_layer_sum ? num_hidden_layers + 1 : 1);
    return clips * this.#framesOf(length) * (entry.at === 'features' ? conv_dim.at(-1)! : hidden_size);
  }

  protected build(weights: Record<string, tf.Tensor>, batch: Batch, kernels: Kernels): tf.Tensor {
    const { entry, model } = this.#part;
    const { data, shape } = batch.inputs;
    return computeTo(entry, weights, model.config, tf.tensor2d(data, shape as [number, number]), {
      frames: batch.frames,
      kernels,
    });
  }

  #framesOf(samples: number): number {
    return frameCount(this.#part.model.config, samples);
  }
}
