import { setImmediate, setTimeout } from 'node:timers/promises';
import { containerOf } from '../../learning/audio/decode/container.js';
import { decodeAudio } from '../../learning/audio/decode/decode-audio.js';
import { LengthLimit, TooLong } from '../../learning/audio/decode/length-limit.js';
import { resample } from '../../learning/audio/resample.js';
import type { Classifier } from '../../learning/predict/classifier.js';
import { EtudeError } from '../../util/errors.js';
import type { FromModel, ModelTask, Refused } from './messages.js';
import { type PreparedClip, WaitingClips } from './waiting-clips.js';

/** A clip as it was received. */
interface Clip {
  id: number;
  bytes: Uint8Array;
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
    if (at >= 0 || this.#waiting.remove(id)) this.#send({ type: 'dropped', id });
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
      const { id, bytes } = this.#arrived.shift()!;
      const result = await decodeClip(this.#classifier, bytes, this.#limits.maxDuration);
      if ('why' in result) this.#send({ type: 'refused', id, ...result });
      else this.#waiting.add({ id, input: result, group: this.#classifier.groupOf(result) });
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
      return batch.map(({ id }, row) => ({ type: 'logits', id, logits: logits[row]! }));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      const text = 'the model could not be computed';
      return batch.map(({ id }) => ({ type: 'refused', id, why: 'failed', text }));
    }
  }
}

/** The model's input for a file's bytes, or why there is none. */
export async function decodeClip(
  classifier: Classifier,
  bytes: Uint8Array,
  maxDuration: number,
): Promise<Float32Array | { why: Refused; text: string }> {
  const rate = classifier.extractor.sampling_rate;
  try {
    const limit = new LengthLimit(maxDuration);
    const { samples, sampling_rate } = await decodeAudio(bytes, { name: 'clip' }, limit);
    return classifier.prepare(resample(samples, sampling_rate, rate));
  } catch (error) {
    if (error instanceof TooLong) return { why: 'too-long', text: inOneLine(error) };
    // What V8 throws for arrays that do not fit in memory.
    if (error instanceof RangeError)
      return { why: 'too-long', text: `the clip is too long: ${error.message}` };
    if (error instanceof EtudeError) {
      const why = containerOf(bytes) === undefined ? 'unsupported' : 'damaged';
      return { why, text: inOneLine(error) };
    }
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return { why: 'failed', text: 'the clip could not be decoded' };
  }
}

function inOneLine({ message, expected, got }: EtudeError): string {
  const details = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  return details.length === 0 ? message : `${message}: ${details.join(', ')}`;
}
