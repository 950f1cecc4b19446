import type { AudioFeature, Chunk, DatasetArtifact, Features, Split } from '../../../stage/artifact.js';
import { selectChunks } from '../../../stage/selected-chunks.js';
import { makeSplit, rowsOf } from '../../../stage/split-rows.js';
import type { StageContext } from '../../../stage/stage-type.js';
import type { WindowOptions } from '../../audio/clip-windows.js';
import { openAudioChunk } from '../audio-chunk.js';
import { decodeColumn, encodeColumn } from '../column.js';
import { digestOfClip } from '../digest-of-clip.js';
import { leaveOut } from '../unusable/leave-out.js';
import type { RowProblem } from '../unusable/problems-of-rows.js';
import type { OnError } from '../unusable/report-unusable.js';
import { type CutChunk, cutChunk } from './cut-chunk.js';
import { CLIP_COLUMN, ClipNames, START_COLUMN } from './window-columns.js';

export interface WindowRequest {
  context: Pick<StageContext, 'objects' | 'chunks' | 'code' | 'signal' | 'progress' | 'log'>;
  dataset: DatasetArtifact;
  /** The audio column. */
  column: string;
  /** The result's: those of the dataset, and of `window-columns`. */
  features: Features;
  options: WindowOptions;
  /** Those whose clips are cut. */
  splits: readonly string[];
  on_error: OnError;
}

export interface WindowResult {
  artifact: DatasetArtifact;
  rowsComputed: number;
  /** By split that was cut. */
  counts: Record<string, { clips: number; windows: number; withoutWindow: number }>;
}

/** Rows in place of the rows of a dataset: where the windows of each row are. */
interface Replaced {
  chunks: Chunk[];
  /** The first new row of each old one, and how many there are. */
  first: Uint32Array;
  count: Uint32Array;
}

/**
 * Cuts the clips of some splits into windows, a row for each: the windows of a clip follow each other in the
 * clip's place. Rows of other splits stay as they are.
 *
 * @throws EtudeError that names the clips that cannot be read (see `leaveOut`)
 */
export async function windowDataset(request: WindowRequest): Promise<WindowResult> {
  const { context, dataset, splits, on_error } = request;
  const { objects } = context;
  const named = (chosen: boolean) =>
    Object.fromEntries(Object.entries(dataset.splits).filter(([name]) => splits.includes(name) === chosen));
  const cut = { ...dataset, ...(await selectChunks({ ...dataset, splits: named(true) }, objects)) };
  const whole = { ...dataset, ...(await selectChunks({ ...dataset, splits: named(false) }, objects)) };
  const { results, rowsComputed } = await cutAll(request, cut.chunks);
  const usable = await leaveOut(cut, problemsOf(results), { on_error, unit: 'clip', context });
  const names = new ClipNames();
  const windows = await replaceRows(request, cut.chunks, results, names);
  const kept = await keepRows(request, whole.chunks, names);
  const start = windows.chunks.reduce((sum, { rows }) => sum + rows, 0);
  const counts: WindowResult['counts'] = {};
  const written: [string, Split][] = [];
  for (const name of Object.keys(dataset.splits)) {
    const isCut = splits.includes(name);
    const old = await rowsOf((isCut ? usable : whole).splits[name]!, objects);
    const rows: number[] = [];
    let withoutWindow = 0;
    for (const row of old) {
      if (!isCut) rows.push(start + row);
      else for (let i = 0; i < windows.count[row]!; i++) rows.push(windows.first[row]! + i);
      if (isCut && windows.count[row] === 0) withoutWindow++;
    }
    if (isCut) counts[name] = { clips: old.length, windows: rows.length, withoutWindow };
    written.push([name, await makeSplit(rows, objects)]);
  }
  const { skipped } = usable;
  const artifact: DatasetArtifact = {
    kind: 'dataset',
    features: request.features,
    chunks: [...windows.chunks, ...kept],
    splits: Object.fromEntries(written),
    ...(skipped && { skipped }),
  };
  return { artifact, rowsComputed, counts };
}

async function cutAll(request: WindowRequest, chunks: readonly Chunk[]) {
  const { context, dataset, column, options } = request;
  const feature = dataset.features[column] as AudioFeature;
  const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
  const results: CutChunk[] = [];
  let rowsComputed = 0;
  let done = 0;
  for (const chunk of chunks) {
    context.signal.throwIfAborted();
    let rows = 0;
    const onRow = () => context.progress({ done: done + ++rows, total, unit: 'clips' });
    results.push(await cutChunk(chunk.columns[column]!, { context, feature, options }, onRow));
    rowsComputed += rows;
    done += chunk.rows;
  }
  context.progress({ done, total, unit: 'clips' });
  return { results, rowsComputed };
}

function problemsOf(results: readonly CutChunk[]): Map<number, RowProblem> {
  const rows = results.flatMap((result) => result.rows);
  return new Map(rows.flatMap((row, i) => ('problem' in row ? [[i, row.problem] as const] : [])));
}

/** Chunks of windows, with the other columns repeated. */
async function replaceRows(
  { context: { objects }, column, features }: WindowRequest,
  chunks: readonly Chunk[],
  results: readonly CutChunk[],
  names: ClipNames,
): Promise<Replaced> {
  const replaced: Chunk[] = [];
  const counts = results.flatMap(({ rows }) => rows.map((row) => ('starts' in row ? row.starts.length : 0)));
  for (const [i, chunk] of chunks.entries()) {
    const { rows, audio } = results[i]!;
    const clips = rows.flatMap((row, number) => {
      if ('problem' in row) return [];
      const clip = names.next(row.clip);
      return row.starts.map((start) => ({ number, clip, start }));
    });
    const columns = new Map<string, unknown[]>();
    for (const [name, feature] of Object.entries(features)) {
      if (name === column) continue;
      if (name === CLIP_COLUMN || name === START_COLUMN)
        columns.set(
          name,
          clips.map((each) => each[name]),
        );
      else {
        const values = decodeColumn(feature, await objects.read(chunk.columns[name]!));
        columns.set(
          name,
          clips.map(({ number }) => values.get(number)),
        );
      }
    }
    let start = 0;
    for (const { rows: size, ref } of audio) {
      const made: Chunk = { rows: size, columns: {} };
      for (const [name, feature] of Object.entries(features)) {
        const values = columns.get(name)?.slice(start, start + size);
        made.columns[name] = values === undefined ? ref : await objects.put(encodeColumn(feature, values));
      }
      replaced.push(made);
      start += size;
    }
  }
  const count = Uint32Array.from(counts);
  return { chunks: replaced, count, first: startsOf(count) };
}

function startsOf(counts: Uint32Array): Uint32Array {
  let next = 0;
  return counts.map((count) => {
    const first = next;
    next += count;
    return first;
  });
}

/** The same chunks, each row as one window. */
async function keepRows(
  { context: { objects, signal }, dataset, column, features }: WindowRequest,
  chunks: readonly Chunk[],
  names: ClipNames,
): Promise<Chunk[]> {
  const kept: Chunk[] = [];
  for (const chunk of chunks) {
    signal.throwIfAborted();
    const path = await objects.pathOf(chunk.columns[column]!);
    const { rows, close } = await openAudioChunk(path, dataset.features[column] as AudioFeature);
    const clips: (string | null)[] = [];
    try {
      for (const stored of rows) clips.push(stored === null ? null : names.next(await digestOfClip(stored)));
    } finally {
      await close();
    }
    const starts = clips.map((clip) => (clip === null ? null : 0));
    const put = (name: string, values: readonly unknown[]) =>
      objects.put(encodeColumn(features[name]!, values));
    const columns = {
      ...chunk.columns,
      [CLIP_COLUMN]: await put(CLIP_COLUMN, clips),
      [START_COLUMN]: await put(START_COLUMN, starts),
    };
    kept.push({ rows: chunk.rows, columns });
  }
  return kept;
}
