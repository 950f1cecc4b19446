import type { AudioFeature, AudioSamples, EncodedAudio, Feature } from '../../index.js';
import { readAudio } from '../../project/read-audio.js';
import { formatBytes, formatNumber } from '../../terminal/format.js';
import { clean } from '../../terminal/line.js';
import { describeClass } from './feature-names.js';
import { levelText, waveform } from './waveform.js';

/** How many numbers of a long list are shown, followed by its length. */
const HEAD = 8;
/** Lists up to this length are printed in full. */
const WHOLE = 32;
const WAVEFORM_WIDTH = 16;

/** A value as a person reads it in a table. */
export async function describeValue(feature: Feature, value: unknown): Promise<string> {
  if (value === null || value === undefined) return '–';
  switch (feature._type) {
    case 'ClassLabel':
      return describeClass(feature.names, value as number);
    case 'Audio':
      return describeAudio(feature, value as EncodedAudio | AudioSamples);
    case 'List':
      return describeList(feature.feature, value as ArrayLike<unknown>);
    case 'Value':
      if (value instanceof Uint8Array) return formatBytes(value.length);
      return typeof value === 'number' ? formatNumber(value) : clean(String(value));
  }
}

async function describeList(feature: Feature, list: ArrayLike<unknown>): Promise<string> {
  const head = Array.from({ length: Math.min(3, list.length) }, (_, i) => list[i]);
  const shown = await Promise.all(head.map((item) => describeValue(feature, item)));
  return `[${shown.join(', ')}${list.length > 3 ? ', …' : ''}] ${list.length} long`;
}

async function describeAudio(feature: AudioFeature, value: EncodedAudio | AudioSamples): Promise<string> {
  const audio = await read(feature, value);
  if ('problem' in audio) return `cannot be decoded: ${clean(audio.problem)}`;
  const { samples, sampling_rate } = audio;
  const seconds = (samples.length / sampling_rate).toFixed(2);
  return `${seconds} s  ${sampling_rate} Hz  ${levelText(samples)}  ${waveform(samples, WAVEFORM_WIDTH)}  ${clean(value.path ?? '')}`.trimEnd();
}

type Readable = Awaited<ReturnType<typeof readAudio>> | { problem: string };

async function read(feature: AudioFeature, value: EncodedAudio | AudioSamples): Promise<Readable> {
  try {
    return await readAudio(feature, value);
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/**
 * A value for scripts: ClassLabel as its number (names are in the features), audio as path, sampling rate and
 * duration, bytes and long lists as their length (and the first values).
 */
export async function valueToJson(feature: Feature, value: unknown): Promise<unknown> {
  if (value === null || value === undefined) return null;
  if (feature._type === 'Audio') {
    const audio = await read(feature, value as EncodedAudio | AudioSamples);
    const { path } = value as EncodedAudio;
    if ('problem' in audio) return { path, problem: audio.problem };
    const { samples, sampling_rate } = audio;
    return { path, sampling_rate, num_samples: samples.length, duration: samples.length / sampling_rate };
  }
  if (value instanceof Uint8Array) return { bytes: value.length };
  if (feature._type === 'List') {
    const list = value as ArrayLike<unknown>;
    const items = Array.from({ length: list.length > WHOLE ? HEAD : list.length }, (_, i) => list[i]);
    const shown = await Promise.all(items.map((item) => valueToJson(feature.feature, item)));
    return list.length > WHOLE ? { length: list.length, head: shown } : shown;
  }
  return value;
}
