import type { Chunk, Feature, ObjectRef } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stores.js';
import { type Column, decodeColumn, encodeColumn } from '../../data/column.js';
import type { ActivationCacheOptions } from './activation-cache-options.js';

/** At least this many rows of other datasets are kept; otherwise as many as are in use. */
const OTHERS = 4096;

const CLIPS: Feature = { _type: 'List', feature: { _type: 'Value', dtype: 'string' } };

/** Rows computed earlier, by the digests of their clips; the rows of a pack are stored in one object. */
export class CachedRows {
  readonly #objects: Objects;
  readonly #feature: Feature;
  readonly #packs: { clips: readonly string[]; ref: ObjectRef }[] = [];
  readonly #places = new Map<string, { pack: number; row: number }>();
  #open: { pack: number; column: Column } | undefined;

  constructor(objects: Objects, feature: Feature) {
    this.#objects = objects;
    this.#feature = feature;
  }

  /** Loads what `save` stored under that key. */
  async load({ objects, chunks }: ActivationCacheOptions, key: string): Promise<void> {
    const index = await chunks.get(key);
    if (index === undefined) return;
    const { clips: list, ...packs } = index.columns;
    const clips = decodeColumn(CLIPS, await objects.read(list!));
    for (let pack = 0; pack < clips.length; pack += 1) {
      const ref = packs[String(pack)];
      if (ref !== undefined) this.add(clips.get(pack) as string[], ref);
    }
  }

  /** Stores an index of the given packs, and of other packs with rows that the given ones lack. */
  async save(
    { objects, chunks }: ActivationCacheOptions,
    key: string,
    used: readonly Chunk[],
  ): Promise<void> {
    const inUse = new Set(used.map(({ columns }) => columns.states!.digest));
    const clipsInUse = new Set<string>();
    for (const { clips, ref } of this.#packs)
      if (inUse.has(ref.digest)) for (const clip of clips) clipsInUse.add(clip);
    const most = 2 * clipsInUse.size + OTHERS;
    let rows = 0;
    const seen = new Set<string>();
    const current = (one: { ref: ObjectRef }) => Number(!inUse.has(one.ref.digest));
    const kept = [...this.#packs]
      .sort((one, other) => current(one) - current(other))
      .filter(({ clips, ref }) => {
        const own = inUse.has(ref.digest) || clips.some((clip) => !clipsInUse.has(clip));
        if (!own || seen.has(ref.digest) || rows + clips.length > most) return false;
        seen.add(ref.digest);
        rows += clips.length;
        return true;
      });
    const list = await objects.put(
      encodeColumn(
        CLIPS,
        kept.map(({ clips }) => clips),
      ),
    );
    const packs = Object.fromEntries(kept.map(({ ref }, pack) => [String(pack), ref]));
    await chunks.set(key, { rows, columns: { clips: list, ...packs } });
  }

  add(clips: readonly string[], ref: ObjectRef): void {
    clips.forEach((clip, row) => {
      this.#places.set(clip, { pack: this.#packs.length, row });
    });
    this.#packs.push({ clips, ref });
  }

  has(clip: string): boolean {
    return this.#places.has(clip);
  }

  /** The activations of a clip, which must not be written to. */
  async get(clip: string): Promise<Float32Array> {
    const { pack, row } = this.#places.get(clip)!;
    if (this.#open?.pack !== pack) {
      const bytes = await this.#objects.read(this.#packs[pack]!.ref);
      this.#open = { pack, column: decodeColumn(this.#feature, bytes) };
    }
    return this.#open.column.get(row) as Float32Array;
  }
}
