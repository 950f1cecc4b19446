import type { Feed, OpenedModel } from '../../engine/onnxruntime/open-model.js';
import { graphOpener } from '../../engine/open-graph.js';
import { openModelGraph } from '../graph/open-model-graph.js';
import { frameCount, inputShape } from '../model/config.js';
import type { Model } from '../model/model.js';
import { inMemory } from '../model/stored-weight.js';
import type { Batch } from './collate.js';
import { LogitsGraph } from './logits-graph.js';

/** Computes logits of batches, [clips, classes]. */
export interface LogitsOf {
  compute(batch: Batch): Float32Array;
  /** To be called once the weights have changed. */
  renew?(): void;
}

/** By model: what computes its logits. */
const known = new WeakMap<Model, LogitsSession>();

/**
 * What computes the logits of a model whose weights do not change any more; the same for the same model. On
 * an engine that runs ONNX graphs, one with the weights as constants, otherwise what `LogitsGraph` records.
 *
 * @param masked Whether batches say how many frames of each clip are valid, and some may have more.
 */
export function fixedLogits(model: Model, masked: boolean): LogitsOf {
  const kept = known.get(model);
  if (kept?.masked === masked) return kept;
  kept?.dispose();
  const made = new LogitsSession(model, masked);
  known.set(model, made);
  return made;
}

class LogitsSession implements LogitsOf {
  readonly #model: Model;
  #opened: OpenedModel | undefined;
  #recorded: LogitsGraph | undefined;

  constructor(
    model: Model,
    readonly masked: boolean,
  ) {
    this.#model = model;
  }

  compute(batch: Batch): Float32Array {
    const opener = graphOpener();
    if (batch.inputs.entry !== undefined || opener === undefined) {
      this.#recorded ??= new LogitsGraph(inMemory(this.#model));
      return this.#recorded.compute(batch);
    }
    if (!this.#opened?.isOpen()) {
      const options = { input: 'input_values', masked: this.masked && 'frames' } as const;
      this.#opened = openModelGraph(this.#model, options, opener);
    }
    return this.#opened.run(this.#feeds(batch));
  }

  dispose(): void {
    this.#opened?.dispose();
    this.#opened = undefined;
  }

  /**
   * A batch as the graph takes it: without what it is padded with so that graphs of few lengths are recorded.
   */
  #feeds({ inputs, frames, length }: Batch): Record<string, Feed> {
    const { config } = this.#model;
    const [clips, width] = inputs.shape;
    const numbers = length?.[0] ?? width;
    const data = numbers === width ? inputs.data : cropped(inputs.data, clips, numbers);
    const fixed = inputShape(config);
    const [height, row] = fixed ?? [];
    const shape = row === undefined ? [clips, numbers] : [clips, height ?? numbers / row, row];
    const feeds: Record<string, Feed> = { input_values: { data, shape } };
    if (this.masked) {
      const all = frameCount(config, numbers);
      const valid = BigInt64Array.from({ length: clips }, (_, clip) => BigInt(frames?.[clip] ?? all));
      feeds.frames = { data: valid, shape: [clips] };
    }
    return feeds;
  }
}

/** The first numbers of each of some clips. */
function cropped(data: Float32Array, clips: number, numbers: number): Float32Array {
  const width = data.length / clips;
  const kept = new Float32Array(clips * numbers);
  for (let clip = 0; clip < clips; clip += 1)
    kept.set(data.subarray(clip * width, clip * width + numbers), clip * numbers);
  return kept;
}
