import type { Chunk, DatasetArtifact, ListFeature, ObjectRef, States } from '../../../stage/artifact.js';
import { selectChunks } from '../../../stage/selected-chunks.js';
import { isOwn, type Shard } from '../../../stage/shard.js';
import { rowsOf } from '../../../stage/split-rows.js';
import { EtudeError } from '../../../util/errors.js';
import type { Padding } from '../../audio/padding.js';
import type { ClipName } from '../../data/clip-names.js';
import { decodeColumn, encodeColumn } from '../../data/column.js';
import { openDataset } from '../../data/dataset.js';
import type { Model } from '../../model/model.js';
import { numbersOf, openExamples } from '../examples.js';
import type { ActivationCacheOptions } from './activation-cache-options.js';
import { cacheableDepth } from './cacheable-depth.js';
import { computePacks, type PackRow } from './cached-activations.js';
import { clipPreparer, digestOfClip } from './frozen-clip.js';
import { partOf } from './hidden-states-column.js';

/** Bytes of decoded samples kept in memory: they are read in order. */
const CACHE_BYTES = 2 ** 27;

export interface EmbedOptions {
  model: Model;
  /** Type of the new column. */
  feature: ListFeature & { states: States; feature: { _type: 'Value'; dtype: 'float16' | 'float32' } };
  input_column: string;
  padding: Padding;
  clipName: ClipName;
  store: ActivationCacheOptions;
  /** Computes the chunks of this shard alone, and returns none. */
  shard?: Shard;
  signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** A dataset's chunks, each with its hidden states. */
export interface Embedded {
  chunks: (Chunk & { states: ObjectRef })[];
  splits: DatasetArtifact['splits'];
  feature: ListFeature;
  /** The number of rows just computed. */
  computed: number;
}

/**
 * Hidden states of all clips that are in a split, chunk by chunk. The engine must be open.
 *
 * @throws EtudeError naming the rows that cannot be used, or if states would depend on a batch's padding.
 */
export async function embedDataset(dataset: DatasetArtifact, options: EmbedOptions): Promise<Embedded> {
  const { model, feature, input_column, padding, clipName, store, shard, signal } = options;
  const { chunks, splits } = await selectChunks(dataset, store.objects);
  const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
  const all = { num_rows: total, ranges: [[0, total]] as [number, number][] };
  const reader = openDataset({ ...dataset, chunks, splits: { ...splits } }, store.objects, {
    cacheBytes: CACHE_BYTES,
  });
  const lengths = new Array<number>(total);
  let validLengths: number[] | undefined;
  const seen = new Set<number>();
  for (const [split, rows] of Object.entries(splits)) {
    if (rows.num_rows === 0) continue;
    const settings = { split, input_column, labels: [], config: model.config, padding, clipName };
    const examples = await openExamples(reader, settings);
    for (const [row, number] of (await rowsOf(rows, store.objects)).entries()) {
      seen.add(number);
      lengths[number] = examples.lengths[row]!;
      if (examples.validLengths === undefined) continue;
      validLengths ??= new Array<number>(total);
      validLengths[number] = examples.validLengths[row]!;
    }
  }
  const used = [...seen];
  const known = {
    padding,
    lengths: used.map((row) => lengths[row]!),
    validLengths: validLengths && used.map((row) => validLengths![row]!),
  };
  const part = partOf(feature.states, model);
  const { because } = cacheableDepth(part.entry, known, { ...model.config, use_weighted_layer_sum: false });
  if (because !== undefined) throw dependent(because);

  const samples = openDataset({ ...dataset, chunks, splits: { all } }, store.objects, {
    cacheBytes: CACHE_BYTES,
  });
  const prepare = clipPreparer(part, { ...known, lengths, validLengths });
  const packs: PackRow[][] = [];
  const places: number[][] = [];
  let first = 0;
  const ownChunks = new Set(dataset.chunks.filter((_, i) => isOwn(shard, i)));
  for (const chunk of chunks) {
    const { rows } = chunk;
    const start = first;
    first += rows;
    if (!ownChunks.has(chunk)) continue;
    const rowsInSplits = Array.from({ length: rows }, (_, row) => start + row).filter((row) => seen.has(row));
    const pack: PackRow[] = [];
    for (const row of rowsInSplits) {
      const clip = async () => {
        const values = await samples.value('all', input_column, row);
        // `openExamples` has checked it.
        return prepare(row, numbersOf(values, model.config)!);
      };
      pack.push({ digest: digestOfClip(await clip()), clip });
    }
    packs.push(pack);
    places.push(rowsInSplits.map((row) => row - start));
    signal.throwIfAborted();
  }
  const { dtype } = feature.feature;
  const own = places.reduce((sum, rows) => sum + rows.length, 0);
  const kept = await computePacks(packs, {
    part,
    store,
    dtype,
    isShard: shard !== undefined,
    signal,
    progress: (done) => options.progress(done, own),
  });
  const embedded: Embedded['chunks'] = [];
  for (const [index, chunk] of shard === undefined ? chunks.entries() : []) {
    const { states } = kept.packs[index]!.columns;
    // Rows that are in no split are empty.
    const whole = places[index]!.length === chunk.rows;
    embedded.push({ ...chunk, states: whole ? states! : await spread(states!, places[index]!, chunk.rows) });
  }
  return {
    chunks: embedded,
    splits: shard === undefined ? splits : {},
    feature: { ...feature, states: { ...feature.states, frozen: kept.frozen } },
    computed: kept.computed,
  };

  async function spread(states: ObjectRef, rows: readonly number[], count: number): Promise<ObjectRef> {
    const column = decodeColumn(kept.feature, await store.objects.read(states));
    const values = new Array<unknown>(count).fill(null);
    rows.forEach((row, index) => {
      values[row] = column.get(index);
    });
    return store.objects.put(encodeColumn(kept.feature, values));
  }
}

function dependent(because: string): EtudeError {
  return new EtudeError('the hidden states of a clip depend on the other clips of its batch', {
    got: because,
    hint: 'Give all clips the same length (map-preprocess with padding: max_length), or, for models with feat_extract_norm layer, attention masks.',
  });
}
