import type { Chunk, Feature } from '../../../stage/artifact.js';
import { digestOfJson } from '../../../util/canonical-json.js';
import { encodeColumn } from '../../data/column.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import type { ActivationCacheOptions } from './activation-cache-options.js';
import { CachedRows } from './cached-rows.js';
import type { FrozenClip } from './frozen-clip.js';
import { FrozenGraph } from './frozen-graph.js';
import { digestOf, type FrozenPart } from './frozen-part.js';

/** Bump when rows are computed or stored differently. */
const KEY_VERSION = 1;

/** Clips per pass through the frozen part. */
const CLIPS = 8;

/** At least this many rows are computed before they are stored. */
const WAVE = 2 * CLIPS;

/** A row: its clip, and the clip's digest. */
export interface PackRow {
  digest: string;
  clip(): Promise<FrozenClip>;
}

export interface PackRequest {
  part: FrozenPart;
  store: ActivationCacheOptions;
  dtype: 'float16' | 'float32';
  /** Others compute other packs at the same time: this does not say which rows there are. */
  isShard?: boolean;
  signal: AbortSignal;
  /** Called with the number of rows done. */
  progress(done: number): void;
}

/** Packs in the cache, and how many of their rows were just computed. */
export interface ComputedPacks {
  /** In the order asked for; the values are in column `states`, of type `feature`. */
  packs: Chunk[];
  feature: Feature;
  /** Digest of the frozen part. */
  frozen: string;
  computed: number;
}

/**
 * The output of a frozen part for clips, in packs, from the cache as far as possible. A pack is stored as
 * soon as its rows are computed; rows that other packs already have are taken from them. The engine must be
 * open.
 */
export async function computePacks(
  packs: readonly (readonly PackRow[])[],
  { part, store, dtype, isShard, signal, progress }: PackRequest,
): Promise<ComputedPacks> {
  const feature: Feature = { _type: 'List', feature: { _type: 'Value', dtype } };
  const { chunks, objects, code, engine } = store;
  const frozen = digestOf(part);
  const space = digestOfJson([KEY_VERSION, code, engine, frozen, dtype]);
  const keyOf = (pack: readonly PackRow[]) => digestOfJson([space, pack.map(({ digest }) => digest)]);
  const indexKey = digestOfJson([space, 'rows']);

  const results: (Chunk | undefined)[] = [];
  let done = 0;
  for (const [index, pack] of packs.entries()) {
    signal.throwIfAborted();
    results[index] = await chunks.get(keyOf(pack));
    if (results[index] !== undefined) done += pack.length;
  }
  progress(done);
  const missing = packs.flatMap((pack, index) => (results[index] === undefined ? [{ pack, index }] : []));
  if (missing.length === 0) return { packs: results as Chunk[], feature, frozen, computed: 0 };

  const known = new CachedRows(objects, feature);
  await known.load(store, indexKey);
  packs.forEach((pack, index) => {
    const states = results[index]?.columns.states;
    if (states !== undefined)
      known.add(
        pack.map(({ digest }) => digest),
        states,
      );
  });
  const graph = new FrozenGraph(part);
  let computed = 0;
  while (missing.length > 0) {
    const wave: typeof missing = [];
    const unknown = new Map<string, PackRow>();
    while (missing.length > 0 && unknown.size < WAVE) {
      const next = missing.shift()!;
      wave.push(next);
      for (const row of next.pack) if (!known.has(row.digest)) unknown.set(row.digest, row);
    }
    const values = await computeRows([...unknown.values()], graph, signal, (rows) => progress(done + rows));
    computed += values.size;
    for (const { pack, index } of wave) {
      const rows: Float32Array[] = [];
      for (const { digest } of pack) rows.push(values.get(digest) ?? (await known.get(digest)));
      const states = await objects.put(encodeColumn(feature, rows));
      results[index] = { rows: pack.length, columns: { states } };
      await chunks.set(keyOf(pack), results[index]);
      known.add(
        pack.map(({ digest }) => digest),
        states,
      );
      done += pack.length;
    }
    progress(done);
  }
  if (!isShard) await known.save(store, indexKey, results as Chunk[]);
  return { packs: results as Chunk[], feature, frozen, computed };
}

/** Computes rows, clips of the same length together. */
async function computeRows(
  rows: readonly PackRow[],
  graph: FrozenGraph,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<Map<string, Float32Array>> {
  const clips = await Promise.all(rows.map(async (row) => ({ ...row, clip: await row.clip() })));
  clips.sort((one, other) => one.clip.length - other.clip.length);
  const values = new Map<string, Float32Array>();
  for (let start = 0; start < clips.length; ) {
    // Not after the last: what is computed is stored before an abort takes effect.
    await yieldToEventLoop(signal);
    const { length } = clips[start]!.clip;
    let end = start;
    while (end < clips.length && end - start < CLIPS && clips[end]!.clip.length === length) end += 1;
    const together = clips.slice(start, end);
    const computed = graph.valuesOf(together.map(({ clip }) => clip));
    together.forEach(({ digest }, index) => {
      values.set(digest, computed[index]!);
    });
    start = end;
    progress(end);
  }
  return values;
}
