import type { AudioFeature } from '../../../stage/artifact.js';
import type { ClipSource, Objects } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { decodeAudio } from '../../audio/decode/decode-audio.js';
import { resample } from '../../audio/resample.js';
import type { AudioSamples, EncodedAudio } from '../../data/column.js';
import { type DatasetReader, openDataset } from '../../data/dataset.js';
import { CLIP_COLUMN, hasWindows, START_COLUMN } from '../../data/windows/window-columns.js';

/** Of a longer clip, only the beginning is in a report. */
const MOST_SECONDS = 20;
/** A report has no higher rate, in Hz: it is that of the models, too. */
const MOST_RATE = 16_000;

/** A clip for a report. */
export interface ReadClip {
  path?: string;
  /** Mono, at most `MOST_SECONDS` of them. */
  samples: Float32Array;
  /** Hz, at most `MOST_RATE`. */
  sampling_rate: number;
  /** Of the whole clip. */
  seconds: number;
  /** Hz, of the clip in the data. */
  original_rate: number;
  /** The bytes of its file, if it is one, and all of it is here. */
  file?: Uint8Array;
  /** Where a window begins in its clip, in seconds. */
  start?: number;
}

/** Reads clips of a dataset. */
export interface ClipReader {
  /** The file of a row's clip, as in the data. */
  nameOf(split: string, row: number): Promise<string | undefined>;
  /**
   * The clip of a row.
   *
   * @param whole If the row is a window: the clip that it was cut from, as far as its windows cover it.
   * @returns `undefined` if there is none, or it cannot be decoded.
   */
  read(split: string, row: number, whole?: boolean): Promise<ReadClip | undefined>;
}

/** See `ClipReader`. */
export function clipReader({ dataset, column }: ClipSource, objects: Objects): ClipReader {
  const reader = openDataset(dataset, objects);
  const feature = dataset.features[column] as AudioFeature;
  const valueAt = async (split: string, row: number) =>
    (await reader.value(split, column, row)) as EncodedAudio | AudioSamples | null;
  const windows = hasWindows(dataset.features) ? windowsBy(reader) : undefined;
  return {
    nameOf: async (split, row) => (await valueAt(split, row))?.path ?? undefined,
    async read(split, row, whole = false) {
      try {
        const heard = await decode(await valueAt(split, row), feature);
        if (heard === undefined || windows === undefined) return heard && shortened(heard);
        if (!whole) return shortened({ ...heard, start: (await windows(split)).starts[row]! });
        const { rows, starts } = await windows(split);
        const parts: { samples: Float32Array; start: number }[] = [];
        for (const window of rows.get(row) ?? [row]) {
          const part = await decode(await valueAt(split, window), feature);
          if (part !== undefined) parts.push({ samples: part.samples, start: starts[window]! });
        }
        return shortened({ ...heard, samples: joined(parts, heard.sampling_rate), file: undefined });
      } catch (error) {
        if (error instanceof EtudeError) return undefined;
        throw error;
      }
    },
  };
}

type Heard = Omit<ReadClip, 'seconds' | 'original_rate'>;

async function decode(
  value: EncodedAudio | AudioSamples | null,
  { sampling_rate }: AudioFeature,
): Promise<Heard | undefined> {
  if (value === null) return undefined;
  const path = value.path ?? undefined;
  if ('array' in value) return { path, samples: value.array, sampling_rate: sampling_rate! };
  if (value.bytes === null) return undefined;
  return { path, file: value.bytes, ...(await decodeAudio(value.bytes, { name: path ?? 'clip' })) };
}

function shortened(heard: Heard): ReadClip {
  const { samples, sampling_rate, file } = heard;
  const most = MOST_SECONDS * sampling_rate;
  const rate = Math.min(MOST_RATE, sampling_rate);
  return {
    ...heard,
    samples: resample(samples.subarray(0, most), sampling_rate, rate),
    sampling_rate: rate,
    seconds: samples.length / sampling_rate,
    original_rate: sampling_rate,
    file: samples.length > most ? undefined : file,
  };
}

/** Windows where they were in their clip, as far as the report has it. */
function joined(parts: readonly { samples: Float32Array; start: number }[], rate: number): Float32Array {
  const placed = parts.map(({ samples, start }) => ({ samples, at: Math.round(start * rate) }));
  const clip = new Float32Array(Math.max(...placed.map(({ samples, at }) => at + samples.length)));
  for (const { samples, at } of placed) clip.set(samples, at);
  return clip;
}

/** For each split: where its windows begin, and the rows of the clip of each row. */
function windowsBy(reader: DatasetReader) {
  const known = new Map<string, Promise<{ starts: number[]; rows: Map<number, number[]> }>>();
  const find = async (split: string) => {
    const starts = (await reader.column(split, START_COLUMN)) as number[];
    const byClip = new Map<unknown, number[]>();
    const rows = new Map<number, number[]>();
    for (const [row, clip] of (await reader.column(split, CLIP_COLUMN)).entries()) {
      const own = byClip.get(clip) ?? [];
      byClip.set(clip, own);
      own.push(row);
      rows.set(row, own);
    }
    return { starts, rows };
  };
  return (split: string) => {
    const found = known.get(split) ?? find(split);
    known.set(split, found);
    return found;
  };
}
