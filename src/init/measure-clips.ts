import { readShort } from '../files/regular-file.js';
import { clipFacts } from '../learning/audio/clip-facts.js';
import { containerOf } from '../learning/audio/decode/container.js';
import { EtudeError } from '../util/errors.js';

/** The most clips that are examined, spread over all; and the most that are decoded for that. */
const MOST_CLIPS = 1000;
const MOST_DECODED = 100;

/** The sampling rate of Wav2Vec2 checkpoints. */
const RATE = 16_000;
/** Longer clips make a training slow. */
const LONGEST_SECONDS = 10;
/** The share of clips that should not be truncated. */
const WHOLE = 0.95;

/** A clip's bytes, read on demand. */
export type ClipBytes = () => Promise<Uint8Array>;

/** A description of the clips. */
export interface ClipSummary {
  measured: number;
  /** The total number of clips. */
  of: number;
  /** How many of the examined clips could not be read. */
  unreadable: number;
  seconds: { min: number; median: number; max: number };
  /** Hz, most frequent first. */
  rates: number[];
  channels: number[];
  /** Samples at 16 kHz for `max_length`, which truncates few clips. */
  max_length: number;
  /** The share of clips that are longer than that. */
  cut: number;
}

/** Measures clips, or an evenly spread sample if there are many; `undefined` if none can be read. */
export async function measureClips(clips: readonly ClipBytes[]): Promise<ClipSummary | undefined> {
  const seconds: number[] = [];
  const rates = new Map<number, number>();
  const channels = new Map<number, number>();
  let decoded = 0;
  let unreadable = 0;
  const count = Math.min(clips.length, MOST_CLIPS);
  for (let i = 0; i < count; i++) {
    const at = Math.floor((i * clips.length) / count);
    try {
      const bytes = await clips[at]!();
      if (containerOf(bytes) !== 'wav' && ++decoded > MOST_DECODED) continue;
      const facts = await clipFacts(bytes, { name: `clip ${at}` });
      seconds.push(facts.seconds);
      rates.set(facts.sampling_rate, (rates.get(facts.sampling_rate) ?? 0) + 1);
      if (facts.channels !== undefined) channels.set(facts.channels, (channels.get(facts.channels) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      unreadable += 1;
    }
  }
  if (seconds.length === 0) return undefined;
  seconds.sort((a, b) => a - b);
  const wanted = Math.min(seconds[Math.ceil(seconds.length * WHOLE) - 1]!, LONGEST_SECONDS);
  const longest = Math.ceil(wanted * 2) / 2;
  return {
    measured: seconds.length,
    of: clips.length,
    unreadable,
    seconds: { min: seconds[0]!, median: seconds[seconds.length >> 1]!, max: seconds.at(-1)! },
    rates: byCount(rates),
    channels: byCount(channels),
    max_length: longest * RATE,
    cut: seconds.filter((each) => each > longest).length / seconds.length,
  };
}

/** A file's bytes. */
export function fileBytes(path: string): ClipBytes {
  return async () => {
    try {
      return await readShort(path);
    } catch (cause) {
      throw new EtudeError('a clip cannot be read', { where: { file: path }, cause });
    }
  };
}

function byCount(counts: ReadonlyMap<number, number>): number[] {
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
