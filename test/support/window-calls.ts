import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFiles } from './audio-files.js';
import { hashedValues } from './hashed-values.js';
import { writePredictModel } from './predict-models.js';
import { pcm16 } from './wav-file.js';

/** Hz: low, so that calls of half a minute are quickly classified. */
export const RATE = 1000;

/** How calls are cut, in seconds. */
export const CUT = { window_length_s: 5, hop_length_s: 2.5 };

export const CALLS = 60;

/** What the classes need to be answered about equally often. */
const BIAS = [-5.6, -10.95, -1, -9.3, 7.9, 10.75, 2.75];

export const callName = (call: number) => `${String(call).padStart(2, '0')}.wav`;

/** Of call `n`: from 1 to 30 s, of different numbers of samples. */
function samplesOf(call: number): Float32Array {
  const seconds = 1 + ((call * 17) % CALLS) * (29 / (CALLS - 1));
  const length = Math.round(seconds * RATE) + (call % 7);
  const noise = hashedValues(callName(call), length);
  return noise.map((value, at) => {
    // Every few seconds, something else is heard.
    const part = (call * 5 + Math.floor(at / 4000)) % 11;
    // A triangle wave: exact everywhere.
    const tone = Math.abs(((at * (1 + part)) % 64) - 32) / 16 - 1;
    return ((part % 4) * value + (3 - (part % 4)) * tone) / 4;
  });
}

/**
 * Writes a tiny model, `base`, whose clips are sampled at 1 kHz, and a folder `calls`: the same bytes each
 * time. The script next to the fixtures reads them with transformers.
 */
export function writeWindowCalls(root: string): void {
  writePredictModel(root, 'base', { sampling_rate: RATE, bias: BIAS });
  for (let call = 0; call < CALLS; call += 1)
    addFiles(join(root, 'calls'), { [callName(call)]: pcm16(samplesOf(call), RATE) });
}

/** What transformers made of them. */
export const expected: {
  digest: string;
  calls: {
    /** Of the windows, in seconds. */
    starts: number[];
    mean_logits: number[];
    answers: Record<string, string>;
    scores: Record<string, number>;
  }[];
} = JSON.parse(readFileSync(new URL('../fixtures/windows/expected.json', import.meta.url), 'utf8'));
