import type { Chunk, DatasetArtifact } from '../../../stage/artifact.js';
import { openDataset } from '../../data/dataset.js';
import { frameCount, receptiveField } from '../../model/config.js';
import { type BatchSource, describer } from '../batches.js';
import { areEqual } from '../collate.js';
import type { Examples } from '../examples.js';
import { type ComputedPacks, computePacks, type PackRequest, type PackRow } from './cached-activations.js';
import { clipPreparer, digestOfClip } from './frozen-clip.js';
import { FrozenGraph } from './frozen-graph.js';
import type { FrozenPart } from './frozen-part.js';

/** Rows per pack, on average. */
const PACK = 12;

/** Bytes of packs kept in memory: rows are read in random order. */
const CACHE_BYTES = 2 ** 31;

/** The activations of a row, which must not be written to. */
export type ActivationRows = (row: number) => Promise<Float32Array>;

/**
 * The output of a frozen part for the clips of some splits, computed once per clip and cached: rows by split,
 * and how many were just computed. Packs depend on the clips, not their order: another split of the same
 * clips has the same packs.
 */
export async function cacheActivations(
  splits: readonly Examples[],
  request: Omit<PackRequest, 'dtype' | 'progress'>,
  progress: (done: number, total: number) => void,
): Promise<{ rows: ActivationRows[]; computed: number }> {
  const clips = new Map<string, PackRow>();
  const digests: string[][] = [];
  for (const examples of splits) {
    const prepare = clipPreparer(request.part, examples);
    const own: string[] = [];
    for (let row = 0; row < examples.size; row += 1) {
      request.signal.throwIfAborted();
      const clip = async () => prepare(row, await examples.samples(row));
      const digest = digestOfClip(await clip());
      clips.set(digest, { digest, clip });
      own.push(digest);
    }
    digests.push(own);
  }
  const packs = packsOf([...clips.values()]);
  const kept = await computePacks(packs, {
    ...request,
    dtype: 'float32',
    progress: (done) => progress(done, clips.size),
  });
  const read = reader(packs, kept, request);
  return { rows: digests.map((own) => (row) => read(own[row]!)), computed: kept.computed };
}

/**
 * Groups rows into packs by the first bits of their digests: a new row changes only the pack it falls into.
 */
function packsOf(rows: readonly PackRow[]): PackRow[][] {
  const bits = Math.max(0, Math.ceil(Math.log2(rows.length / PACK)));
  const packs = new Map<number, PackRow[]>();
  for (const row of rows) {
    const head = Buffer.from(row.digest.slice(0, 8), 'base64url').readUInt32BE(0);
    const pack = Math.floor(head / 2 ** (32 - bits));
    const own = packs.get(pack);
    if (own === undefined) packs.set(pack, [row]);
    else own.push(row);
  }
  const order = (one: { digest: string }, other: { digest: string }) => (one.digest < other.digest ? -1 : 1);
  return [...packs.entries()].sort(([one], [other]) => one - other).map(([, pack]) => pack.sort(order));
}

function reader(
  packs: readonly (readonly PackRow[])[],
  { packs: chunks, feature }: ComputedPacks,
  { store }: Pick<PackRequest, 'store'>,
): (digest: string) => Promise<Float32Array> {
  const numbers = new Map<string, number>();
  for (const { digest } of packs.flat()) numbers.set(digest, numbers.size);
  const all = { num_rows: numbers.size, ranges: [[0, numbers.size]] as [number, number][] };
  const artifact: DatasetArtifact = {
    kind: 'dataset',
    features: { states: feature },
    chunks: chunks as Chunk[],
    splits: { all },
  };
  const dataset = openDataset(artifact, store.objects, { cacheBytes: CACHE_BYTES });
  return async (digest) => (await dataset.value('all', 'states', numbers.get(digest)!)) as Float32Array;
}

/**
 * Batches of cached activations, padded like batches of samples, so that dropout and SpecAugment draw the
 * same above the frozen part. A feature frame that lies entirely in the padding is the same for every clip.
 */
export function activationBatches(examples: Examples, part: FrozenPart, rows: ActivationRows): BatchSource {
  const { entry, model } = part;
  const { config } = model;
  const describe = describer(examples, config);
  const silence = entry.at === 'features' ? silenceOf(examples, part) : undefined;
  return async (batch) => {
    const values = await Promise.all(Array.from(batch, rows));
    const { width, ...rest } = describe(batch);
    if (entry.at === 'means') {
      const size = values[0]!.length;
      const data = new Float32Array(values.length * size);
      values.forEach((value, index) => {
        data.set(value, index * size);
      });
      const layers = size / config.hidden_size;
      const shape: [number, number] | [number, number, number] = config.use_weighted_layer_sum
        ? [values.length, layers, config.hidden_size]
        : [values.length, size];
      return { inputs: { data, shape, entry }, labels: rest.labels };
    }
    const frames = frameCount(config, width);
    const channels = entry.at === 'features' ? config.conv_dim.at(-1)! : config.hidden_size;
    const valid = frameCount(config, rest.length?.[0] ?? width);
    const data = new Float32Array(values.length * frames * channels);
    values.forEach((value, index) => {
      const start = index * frames * channels;
      const kept = value.subarray(0, valid * channels);
      data.set(kept, start);
      if (silence === undefined) return;
      for (let at = kept.length; at < valid * channels; at += channels) data.set(silence, start + at);
    });
    return { inputs: { data, shape: [values.length, frames, channels], entry }, ...rest };
  };
}

/** The features of a frame of padding; undefined if no clip is padded. */
function silenceOf({ lengths }: Examples, part: FrozenPart): Float32Array | undefined {
  if (areEqual(lengths)) return undefined;
  const length = receptiveField(part.model.config);
  return new FrozenGraph(part).valuesOf([{ samples: new Float32Array(length), length, frames: 1 }])[0];
}
