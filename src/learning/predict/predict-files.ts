import { EtudeError, messageOf } from '../../util/errors.js';
import { type WindowOptions, windowGrid, windowsOf } from '../audio/clip-windows.js';
import { decodeAudio } from '../audio/decode/decode-audio.js';
import { resample } from '../audio/resample.js';
import { type Aggregate, aggregateLogits } from '../training/aggregate.js';
import type { AudioInput } from './audio-inputs.js';
import type { Classifier } from './classifier.js';
import type { Prediction } from './prediction.js';
import { activationOf, bestScores } from './scores.js';

export interface PredictOptions {
  /** How many classes per clip. */
  topK: number;
  /** Clips that are decoded, and if possible computed, at a time. */
  batchSize: number;
  /** Cuts clips into windows, `batchSize` of which are computed at a time. */
  windows?: WindowOptions;
  /** How the windows of a clip become one answer. Default: `mean_logits`. */
  aggregate?: Aggregate;
  /** Called with each clip that could be decoded, before it is computed; its duration in seconds. */
  onDecoded?(clip: { file: string; duration: number }): void;
}

/**
 * Classifies clips in their order: decodes each to mono, resamples it to the model's rate, and classifies its
 * full length, or windows of it. A clip that cannot be read or decoded gives an error in its place.
 */
export async function* predictFiles(
  classifier: Classifier,
  inputs: readonly AudioInput[],
  { topK, batchSize, windows, aggregate = 'mean_logits', onDecoded }: PredictOptions,
): AsyncGenerator<Prediction> {
  const activation = activationOf(classifier.config);
  if (windows !== undefined) {
    for (const input of inputs) {
      const make = (samples: Float32Array) => windowLogits(classifier, samples, windows, batchSize);
      const heard = await hear(classifier, input, make, onDecoded);
      if ('error' in heard) yield heard;
      else {
        const { file, duration, result } = heard;
        const logits = aggregateLogits(result, aggregate, activation);
        const scores = bestScores(logits, classifier.labels, activation, topK);
        yield { file, duration, windows: result.length, scores };
      }
    }
    return;
  }
  for (let start = 0; start < inputs.length; start += batchSize) {
    const heard: Heard<Float32Array>[] = [];
    for (const input of inputs.slice(start, start + batchSize))
      heard.push(await hear(classifier, input, (samples) => classifier.prepare(samples), onDecoded));
    const clips = heard.flatMap((each) => ('result' in each ? [each.result] : []));
    const logits = classifier.logits(clips)[Symbol.iterator]();
    for (const each of heard) {
      if ('error' in each) yield each;
      else {
        const { file, duration } = each;
        const scores = bestScores(logits.next().value!, classifier.labels, activation, topK);
        yield { file, duration, scores };
      }
    }
  }
}

/** Logits of a clip's windows, cut as the stage type `window` does, a few in memory at a time. */
function windowLogits(
  classifier: Classifier,
  samples: Float32Array,
  options: WindowOptions,
  batchSize: number,
): Float32Array[] {
  const cut = windowsOf(samples.length, windowGrid(options, classifier.extractor.sampling_rate));
  if (cut.length === 0) throw new EtudeError('the clip is too short for a window');
  const logits: Float32Array[] = [];
  for (let first = 0; first < cut.length; first += batchSize) {
    const batch = cut.slice(first, first + batchSize);
    logits.push(
      ...classifier.logits(batch.map(([start, end]) => classifier.prepare(samples.subarray(start, end)))),
    );
  }
  return logits;
}

type Heard<T> = { file: string; duration: number; result: T } | { file: string; error: string };

/** A clip's samples at the model's rate, and what is made of them. */
async function hear<T>(
  classifier: Classifier,
  input: AudioInput,
  make: (samples: Float32Array) => T,
  onDecoded: PredictOptions['onDecoded'] = () => {},
): Promise<Heard<T>> {
  const { file } = input;
  const rate = classifier.extractor.sampling_rate;
  try {
    const { samples, sampling_rate } = await decodeAudio(await input.read(), { name: file });
    const duration = samples.length / sampling_rate;
    onDecoded({ file, duration });
    return { file, duration, result: make(resample(samples, sampling_rate, rate)) };
  } catch (error) {
    // What V8 throws for arrays that do not fit in memory.
    if (error instanceof RangeError) return { file, error: `${file}: too long: ${error.message}` };
    if (!(error instanceof EtudeError)) throw error;
    // Other errors about the file already name it.
    const text = messageOf(error);
    return { file, error: text.startsWith(file) ? text : `${file}: ${text}` };
  }
}
