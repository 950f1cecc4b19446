import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Classifier } from '../../learning/predict/classifier.js';
import { aggregateLogits } from '../../learning/training/aggregate.js';
import { decodeClip } from './decode-clip.js';
import type { Cutting, FromModel, ModelTask } from './messages.js';
import { type PreparedClip, WaitingClips } from './waiting-clips.js';

/** A clip as it was received. */
interface Clip {
  id: number;
  bytes: Uint8Array;
  cutting?: Cutting;
}

/** A clip that is being computed: whole, or window by window. */
interface Parts {
  prepared: readonly PreparedClip[];
  logits: Map<PreparedClip, Float32Array>;
  cutting?: Cutting;
}

/** How long clips are prepared before those that are ready are computed. */
const PREPARING_MS = 50;

type Limits = Pick<ModelTask, 'batchSize' | 'batchDelay' | 'maxDuration'>;

/**
 * Computes the clips that arrive, as `predictFiles` does. While a batch is computed, nothing else happens in
 * this process; what has arrived meanwhile is decoded next, and what can be computed together is.
 */
export class Computation {
  readonly #classifier: Classifier;
  readonly #limits: Limits;
  readonly #send: (message: FromModel) => void;
  readonly #waiting: WaitingClips;
  readonly #arrived: Clip[] = [];
  readonly #parts = new Map<number, Parts>();
  #isRunning = false;

  constructor(classifier: Classifier, limits: Limits, send: (message: FromModel) => void) {
    this.#classifier = classifier;
    this.#limits = limits;
    this.#send = send;
    const longest = Math.ceil(limits.maxDuration * classifier.extractor.sampling_rate);
    this.#waiting = new WaitingClips(limits.batchSize, longest);
  }

  add(clip: Clip): void {
    this.#arrived.push(clip);
    if (!this.#isRunning) void this.#run();
  }

  /** Drops a clip that is not being decoded or computed. */
  cancel(id: number): void {
    const at = this.#arrived.findIndex((clip) => clip.id === id);
    if (at >= 0) this.#arrived.splice(at, 1);
    if (at >= 0 || this.#forget(id)) this.#send({ type: 'dropped', id });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    if (this.#limits.batchDelay > 0) await setTimeout(this.#limits.batchDelay);
    do {
      // Lets in what has been sent meanwhile.
      await setImmediate();
      await this.#prepareArrived();
      this.#computeBatch();
    } while (this.#arrived.length + this.#waiting.size > 0);
    this.#isRunning = false;
  }

  /** Prepares what has arrived, as long as that is quick: what is ready must not wait for what takes long. */
  async #prepareArrived(): Promise<void> {
    const start = performance.now();
    while (this.#arrived.length > 0 && performance.now() - start < PREPARING_MS) {
      const clip = this.#arrived.shift()!;
      const { id, cutting } = clip;
      const result = await decodeClip(this.#classifier, clip, this.#limits);
      if ('why' in result) {
        this.#send({ type: 'refused', id, ...result });
        continue;
      }
      const prepared = result.map((input) => ({ id, input, group: this.#classifier.groupOf(input) }));
      this.#parts.set(id, { prepared, logits: new Map(), cutting });
      for (const each of prepared) this.#waiting.add(each);
    }
  }

  #computeBatch(): void {
    const batch = this.#waiting.takeBatch();
    if (batch.length === 0) return;
    const start = performance.now();
    const answers = this.#answers(batch);
    const seconds = (performance.now() - start) / 1000;
    this.#send({ type: 'batch', clips: batch.length, seconds, resident: process.memoryUsage.rss() });
    for (const answer of answers) this.#send(answer);
  }

  #answers(batch: readonly PreparedClip[]): FromModel[] {
    try {
      const logits = this.#classifier.logits(batch.map(({ input }) => input));
      return batch.flatMap((part, row) => this.#answer(part, logits[row]!));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      const text = 'the model could not be computed';
      const ids = [...new Set(batch.map(({ id }) => id))];
      for (const id of ids) this.#forget(id);
      return ids.map((id) => ({ type: 'refused', id, why: 'failed', text }));
    }
  }

  /** The answer to a clip, once all of it is computed. */
  #answer(part: PreparedClip, logits: Float32Array): FromModel[] {
    const { id } = part;
    const parts = this.#parts.get(id)!;
    parts.logits.set(part, logits);
    const { prepared, cutting } = parts;
    if (parts.logits.size < prepared.length) return [];
    this.#parts.delete(id);
    if (cutting === undefined) return [{ type: 'logits', id, logits }];
    const windows = prepared.map((each) => parts.logits.get(each)!);
    const whole = aggregateLogits(windows, cutting.aggregate, cutting.activation);
    return [{ type: 'logits', id, logits: whole }];
  }

  /** False if it is not being computed. */
  #forget(id: number): boolean {
    this.#waiting.remove(id);
    return this.#parts.delete(id);
  }
}
