import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../../files/fs-errors.js';
import { openSeal, readSealed, sealed } from '../../../files/sealed.js';
import type { TempFiles } from '../../../files/temp-files.js';
import type { ObjectRef } from '../../../stage/artifact.js';
import type { DerivedFrom } from '../../../stage/derivation.js';
import { isDigest } from '../entries.js';
import { packedPath } from '../packs/pack-file.js';
import type { Packs } from '../packs/packs.js';
import { type StatMemo, signatureOf } from '../stat-memo.js';

/** What must be known about a derived object to say whether it can be made. */
export interface RecordFacts {
  /** Size of the object in bytes. */
  size: number;
  /** What it is made from. */
  inputs: [digest: string, size: number][];
}

/**
 * How objects are made from others: `derived/ab/cdef….json`, small sealed files that name the object. A
 * damaged one counts as absent.
 */
export class DerivationRecords {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #packs: Packs;
  readonly #known: StatMemo<RecordFacts>;

  constructor(dir: string, temp: TempFiles, packs: Packs, known: StatMemo<RecordFacts>) {
    this.#dir = dir;
    this.#temp = temp;
    this.#packs = packs;
    this.#known = known;
  }

  /** Not synced: what a power cut leaves half-written breaks the seal, and the object is computed again. */
  async add({ digest, size }: ObjectRef, from: DerivedFrom): Promise<void> {
    await this.#temp.writeText(this.path(digest), sealed(JSON.stringify({ of: digest, size, ...from })));
  }

  async read(ref: ObjectRef): Promise<DerivedFrom | undefined> {
    const loose = await readSealed(this.path(ref.digest));
    const packed = loose.type === 'whole' ? undefined : this.#packs.read(packedPath('derived', ref.digest));
    const kept = packed === undefined ? loose : openSeal(packed.toString('utf8'));
    if (kept.type !== 'whole') return undefined;
    const { of, size, derivation, output } = kept.json as { of?: unknown; size?: unknown } & DerivedFrom;
    return of === ref.digest && size === ref.size ? { derivation, output } : undefined;
  }

  /** What an object is made from; `undefined` if there is no intact record of it. */
  async inputsOf(ref: ObjectRef): Promise<ObjectRef[] | undefined> {
    const record = this.find(ref.digest);
    if (record === undefined) return undefined;
    const { signature } = record;
    let facts = this.#known.get(ref.digest, signature);
    if (facts === undefined) {
      const from = await this.read(ref);
      if (from === undefined) return undefined;
      const inputs = Object.values(from.derivation.inputs).map(({ ref }) => ref);
      facts = { size: ref.size, inputs: inputs.map(({ digest, size }) => [digest, size]) };
      this.#known.set(ref.digest, signature, facts);
    }
    if (facts.size !== ref.size) return undefined;
    return facts.inputs.map(([digest, size]) => ({ digest, size }));
  }

  /** The record's size in bytes, and what identifies it as the one seen before. */
  find(digest: string): { size: number; signature: string } | undefined {
    const stats = statSync(this.path(digest), { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined) return { size: Number(stats.size), signature: signatureOf(stats) };
    const packed = this.#packs.find(packedPath('derived', digest));
    return packed && { size: packed.size, signature: `${packed.size}.${packed.pack.name}` };
  }

  async remove(digest: string): Promise<void> {
    await rm(this.path(digest), { force: true });
    await this.#packs.forget(packedPath('derived', digest));
  }

  /** Digests and paths of all records that have files of their own. */
  async all(): Promise<{ digest: string; path: string }[]> {
    const folders = (await ifExists(readdir(this.#dir))) ?? [];
    const names = await Promise.all(
      folders.map(async (folder) => {
        const files = (await ifExists(readdir(join(this.#dir, folder)))) ?? [];
        return files.map((file) => ({
          digest: folder + file.replace(/\.json$/, ''),
          path: join(this.#dir, folder, file),
        }));
      }),
    );
    return names.flat();
  }

  /** Forgets what was known about records that are gone. */
  forget(): void {
    this.#known.prune((digest) => this.find(digest) !== undefined);
  }

  path(digest: string): string {
    return join(this.#dir, digest.slice(0, 2), `${digest.slice(2)}.json`);
  }
}

/** Whether something that was read back is a valid value of a `StatMemo` of records. */
export function isRecordFacts(value: unknown): boolean {
  const { size, inputs } = (value ?? {}) as Partial<RecordFacts>;
  return (
    Number.isInteger(size) &&
    Array.isArray(inputs) &&
    inputs.every(
      (one: unknown) =>
        Array.isArray(one) && typeof one[0] === 'string' && isDigest(one[0]) && Number.isInteger(one[1]),
    )
  );
}
