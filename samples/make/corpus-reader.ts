import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resample } from '../../src/learning/audio/resample.js';

/** `index.json` of a corpus that `corpus.py` made. */
export interface CorpusIndex {
  sampling_rate: number;
  samples_per_window: number;
  frames_per_window: number;
  phones: string[];
  words: string[];
  ignore: { phones: number; words: number };
  shards: { name: string; windows: number }[];
}

/** Windows of one shard: samples at 16 kHz as int16, targets a frame. */
export interface Shard {
  windows: number;
  audio: Int16Array;
  phones: Uint8Array;
  words: Uint16Array;
}

/** Hz, what the model hears. */
export const SAMPLING_RATE = 16_000;

export function readIndex(folder: string): CorpusIndex {
  return JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as CorpusIndex;
}

/** Reads a shard; its samples are decoded and resampled once, and kept next to it (`*.16k.i16`). */
export function readShard(folder: string, index: CorpusIndex, number: number): Shard {
  const { name, windows } = index.shards[number]!;
  const path = (kind: string) => join(folder, `${name}.${kind}`);
  const kept = path('16k.i16');
  if (!existsSync(kept)) {
    const codes = readFileSync(path('audio.u8'));
    writeFileSync(`${kept}.part`, new Uint8Array(resampleShard(codes, index, windows).buffer));
    renameSync(`${kept}.part`, kept);
  }
  const audio = readFileSync(kept);
  const words = readFileSync(path('words.u16'));
  return {
    windows,
    audio: new Int16Array(audio.buffer, audio.byteOffset, audio.byteLength / 2),
    phones: readFileSync(path('phones.u8')),
    words: new Uint16Array(words.buffer.slice(words.byteOffset, words.byteOffset + words.byteLength)),
  };
}

function resampleShard(codes: Uint8Array, index: CorpusIndex, windows: number): Int16Array {
  const { samples_per_window: size, sampling_rate: rate } = index;
  const length = (size * SAMPLING_RATE) / rate;
  const audio = new Int16Array(windows * length);
  const window = new Float32Array(size);
  for (let number = 0; number < windows; number++) {
    for (let i = 0; i < size; i++) window[i] = MU_LAW[codes[number * size + i]!]!;
    const samples = resample(window, rate, SAMPLING_RATE);
    for (let i = 0; i < length; i++) {
      audio[number * length + i] = Math.max(-32768, Math.min(32767, Math.round(samples[i]! * 32768)));
    }
  }
  return audio;
}

/** ITU-T G.711: the sample that each mu-law code stands for, within ±1. */
const MU_LAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
});

/** A window as the feature extractor gives it: mean 0, variance 1. */
export function normalise(audio: Int16Array, target: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < audio.length; i++) sum += audio[i]!;
  const mean = sum / audio.length;
  for (let i = 0; i < audio.length; i++) squares += (audio[i]! - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / audio.length + 1e-7 * 32768 ** 2);
  for (let i = 0; i < audio.length; i++) target[i] = (audio[i]! - mean) * scale;
}
