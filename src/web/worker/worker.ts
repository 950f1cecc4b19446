import { decodeAudio } from '../../learning/audio/decode/decode-audio.js';
import { activationOf } from '../../learning/predict/scores.js';
import { EtudeError } from '../../util/etude-error.js';
import { ClassifierError } from '../classifier-error.js';
import type { Calls, Request, Response } from '../messages.js';
import type { ClassifierErrorCode, LoadProgress, Samples } from '../types.js';
import { Model } from './model.js';

/** The worker behind `classifier.js`: one model, one call at a time. */

/** What an error says that is not ours, where clips do not fit into memory. */
const TOO_LARGE = 'the clip is too long for the memory of this browser';

let model: Model | undefined;
let turn: Promise<unknown> = Promise.resolve();

const calls: {
  [Name in keyof Calls]: (
    given: Calls[Name]['arguments'],
    progress: (progress: LoadProgress) => void,
  ) => Promise<Calls[Name]['answer']>;
} = {
  async load({ url, dtype, threads }, progress) {
    model = await Model.open(new URL(url), { dtype, threads }, progress);
    const { config, labels, extractor, windowSeconds, dtype: opened } = model.description;
    const { sampling_rate: samplingRate } = extractor;
    return { labels, samplingRate, windowSeconds, activation: activationOf(config), dtype: opened };
  },
  async classify({ audio, topK }) {
    return model!.classify(audio instanceof ArrayBuffer ? await decode(audio) : audio, topK);
  },
  decode: ({ audio }) => decode(audio),
};

async function decode(bytes: ArrayBuffer): Promise<Samples> {
  const { samples, sampling_rate } = await decodeAudio(new Uint8Array(bytes), { name: '' });
  return { samples, samplingRate: sampling_rate };
}

self.onmessage = ({ data }: MessageEvent<Request>) => {
  turn = turn.then(() => answer(data));
};

async function answer({ id, name, arguments: given }: Request): Promise<void> {
  const send = (response: Response) => self.postMessage(response);
  try {
    const call = calls[name] as (typeof calls)['load'];
    send({
      id,
      answer: await call(given as Calls['load']['arguments'], (progress) => send({ id, progress })),
    });
  } catch (error) {
    send({ id, error: described(error, name === 'load' ? 'model' : 'audio') });
  }
}

function described(
  error: unknown,
  code: ClassifierErrorCode,
): { code: ClassifierErrorCode; message: string; hint?: string } {
  if (error instanceof ClassifierError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof EtudeError) {
    const { message, expected, got, hint } = error;
    const details = [expected && `Expected ${expected}`, got && `got ${got}`].filter(Boolean).join(', ');
    const hints = [details && `${details}.`, hint].filter(Boolean).join(' ');
    return { code, message, hint: hints || undefined };
  }
  if (error instanceof RangeError) return { code, message: TOO_LARGE };
  return { code, message: error instanceof Error ? error.message : String(error) };
}
