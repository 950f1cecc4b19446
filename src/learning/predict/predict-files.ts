import { EtudeError, messageOf } from '../../util/errors.js';
import { decodeAudio } from '../audio/decode/decode-audio.js';
import { resample } from '../audio/resample.js';
import type { AudioInput } from './audio-inputs.js';
import type { Classifier } from './classifier.js';
import type { Prediction } from './prediction.js';
import { activationOf, bestScores } from './scores.js';

export interface PredictOptions {
  /** How many classes per clip. */
  topK: number;
  /** Clips that are decoded, and if possible computed, at a time. */
  batchSize: number;
}

/**
 * Classifies clips in their order: decodes each to mono, resamples it to the model's rate, and classifies its
 * full length. A clip that cannot be read or decoded gives an error in its place.
 */
export async function* predictFiles(
  classifier: Classifier,
  inputs: readonly AudioInput[],
  { topK, batchSize }: PredictOptions,
): AsyncGenerator<Prediction> {
  const activation = activationOf(classifier.config);
  for (let start = 0; start < inputs.length; start += batchSize) {
    const heard: (
      | { file: string; duration: number; clip: Float32Array }
      | { file: string; error: string }
    )[] = [];
    for (const input of inputs.slice(start, start + batchSize)) heard.push(await hear(classifier, input));
    const clips = heard.flatMap((each) => ('clip' in each ? [each.clip] : []));
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

async function hear(classifier: Classifier, input: AudioInput) {
  const { file } = input;
  const rate = classifier.extractor.sampling_rate;
  try {
    const { samples, sampling_rate } = await decodeAudio(await input.read(), { name: file });
    const clip = classifier.prepare(resample(samples, sampling_rate, rate));
    return { file, duration: samples.length / sampling_rate, clip };
  } catch (error) {
    // What V8 throws for arrays that do not fit in memory.
    if (error instanceof RangeError) return { file, error: `${file}: too long: ${error.message}` };
    if (!(error instanceof EtudeError)) throw error;
    // Other errors about the file already name it.
    const text = messageOf(error);
    return { file, error: text.startsWith(file) ? text : `${file}: ${text}` };
  }
}
