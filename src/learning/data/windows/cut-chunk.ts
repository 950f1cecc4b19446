import { createHash } from 'node:crypto';
import type { AudioFeature, Chunk, ObjectRef } from '../../../stage/artifact.js';
import type { StageContext } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { type WindowOptions, windowGrid, windowsOf } from '../../audio/clip-windows.js';
import { openAudioChunk, type StoredAudio } from '../audio-chunk.js';
import { encodeColumn } from '../column.js';
import { digestOfClip } from '../digest-of-clip.js';
import type { RowProblem } from '../unusable/problems-of-rows.js';
import { openClip } from './open-clip.js';

/** Bump when the way results are stored changes. */
const KEY_VERSION = 1;

/** The most in a chunk of windows. */
const MOST_ROWS = 64;
const MOST_BYTES = 8 * 1024 * 1024;

/** The role under which a result stores its `CutRow`s, as JSON. */
const ROWS = 'rows';

/** What a row of a chunk became: windows that start at these seconds, or none because of a problem. */
export type CutRow = { clip: string; starts: number[] } | { problem: RowProblem };

export interface CutChunk {
  rows: CutRow[];
  /** The windows' audio, in chunks of so many. */
  audio: { rows: number; ref: ObjectRef }[];
}

export interface CutOptions {
  context: Pick<StageContext, 'objects' | 'chunks' | 'code' | 'signal'>;
  feature: AudioFeature;
  options: WindowOptions;
}

/**
 * The windows of the clips of a chunk. The result is kept under a digest of its audio, the options and the
 * stage's code, so that it is not cut again when other chunks change.
 *
 * @param onRow called after each row that is cut this time
 */
export async function cutChunk(ref: ObjectRef, request: CutOptions, onRow: () => void): Promise<CutChunk> {
  const { context, feature, options } = request;
  const { objects, chunks, code } = context;
  const parts = { version: KEY_VERSION, code, options, feature, audio: ref.digest };
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const kept = await chunks.get(key);
  if (kept !== undefined) return readResult(kept, await objects.read(kept.columns[ROWS]!));
  const { rows, audio } = await cutRows(ref, request, onRow);
  const text = JSON.stringify({ rows, sizes: audio.map((each) => each.rows) });
  const columns: Chunk['columns'] = { [ROWS]: await objects.put(Buffer.from(text)) };
  audio.forEach((each, i) => {
    columns[i] = each.ref;
  });
  await chunks.set(key, { rows: rows.length, columns });
  return { rows, audio };
}

function readResult({ columns }: Chunk, bytes: Uint8Array): CutChunk {
  const { rows, sizes } = JSON.parse(Buffer.from(bytes).toString()) as { rows: CutRow[]; sizes: number[] };
  return { rows, audio: sizes.map((size, i) => ({ rows: size, ref: columns[i]! })) };
}

async function cutRows(
  ref: ObjectRef,
  { context, feature, options }: CutOptions,
  onRow: () => void,
): Promise<CutChunk> {
  const { objects, signal } = context;
  const audio: CutChunk['audio'] = [];
  let waiting: unknown[] = [];
  let bytes = 0;
  const store = async () => {
    if (waiting.length === 0) return;
    audio.push({ rows: waiting.length, ref: await objects.put(encodeColumn(feature, waiting)) });
    waiting = [];
    bytes = 0;
  };
  const add = async (window: unknown, size: number) => {
    signal.throwIfAborted();
    if (waiting.length >= MOST_ROWS || bytes + size > MOST_BYTES) await store();
    waiting.push(window);
    bytes += size;
  };
  const opened = await openAudioChunk(await objects.pathOf(ref), feature);
  const rows: CutRow[] = [];
  try {
    for (const stored of opened.rows) {
      rows.push(await cutRow(stored, feature, options, add));
      onRow();
    }
    await store();
  } finally {
    await opened.close();
  }
  return { rows, audio };
}

async function cutRow(
  stored: StoredAudio | null,
  feature: AudioFeature,
  options: WindowOptions,
  add: (window: unknown, size: number) => Promise<void>,
): Promise<CutRow> {
  try {
    if (stored === null) throw new EtudeError('there is no audio in this row');
    const clip = await openClip(stored, feature);
    const grid = windowGrid(options, clip.sampling_rate);
    const starts: number[] = [];
    for (const [start, end] of windowsOf(clip.samples, grid)) {
      const window = await clip.cut(start, end, options.remainder === 'pad' ? grid.length : end - start);
      await add(window, ('array' in window ? window.array : window.bytes!).byteLength);
      starts.push(start / clip.sampling_rate);
    }
    return { clip: await digestOfClip(stored), starts };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const { message, expected, got, hint } = error;
    return { problem: { message, expected, got, hint, file: stored?.path ?? undefined } };
  }
}
