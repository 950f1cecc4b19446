import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, rm, utimes } from 'node:fs/promises';
import { copyHashed, piecesOf } from '../../files/copy-hashed.js';
import { codeOf, ifExists } from '../../files/fs-errors.js';
import { readAhead } from '../../files/read-ahead.js';
import { openRegular } from '../../files/regular-file.js';
import { sha256File } from '../../files/sha256-file.js';
import type { TempFiles } from '../../files/temp-files.js';
import type { ObjectRef } from '../../stage/artifact.js';
import type { DerivedFrom } from '../../stage/derivation.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import { count } from '../../util/words.js';
import { DamagedObjectError } from './damaged-object-error.js';
import type { DerivationRecords } from './derived/derivation-records.js';
import type { DerivedFiles } from './derived/derived-files.js';
import { DerivedObjects } from './derived/derived-objects.js';
import { type FileDigests, readError } from './file-digests.js';
import { objectPath, statOf } from './object-path.js';
import { packedPath } from './packs/pack-file.js';
import type { Found, Packs } from './packs/packs.js';
import { type StatMemo, signatureOf } from './stat-memo.js';
import type { CheckOptions } from './types.js';

/**
 * Garbage collection keeps recent objects; one that is used again becomes recent once it is older than this.
 */
const TOUCH_AFTER_MS = 15 * 60_000;

/** Bytes. Larger objects are hashed while they are written, not before. */
const HASHED_FIRST = 1 << 20;

/**
 * Immutable files under `objects/ab/cdef…`, named by the SHA-256 of their bytes. Safe for any number of
 * concurrent processes.
 */
export class ObjectStore implements Objects {
  readonly #dir: string;
  readonly #temp: TempFiles;
  readonly #files: FileDigests;
  /** Objects whose bytes were verified, valid while their files are unchanged. */
  readonly #verified: StatMemo<1>;
  /** Where small ones are together. */
  readonly #packs: Packs;
  /** Those that are not stored. */
  readonly derived: DerivedObjects;

  constructor(
    dir: string,
    temp: TempFiles,
    memos: { files: FileDigests; verified: StatMemo<1> },
    packs: Packs,
    derivations: { records: DerivationRecords; files: DerivedFiles },
  ) {
    this.#dir = dir;
    this.#temp = temp;
    this.#files = memos.files;
    this.#verified = memos.verified;
    this.#packs = packs;
    this.derived = new DerivedObjects(derivations.records, derivations.files, this);
  }

  async put(
    bytes: Uint8Array | readonly Uint8Array[] | AsyncIterable<Uint8Array>,
    from?: DerivedFrom,
  ): Promise<ObjectRef> {
    // How many they are is not known: many, or they would not come one by one.
    if (Symbol.asyncIterator in bytes) return this.#store(bytes, Number.POSITIVE_INFINITY);
    const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (size > HASHED_FIRST && from === undefined) return this.#store(piecesOf(parts), size);
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    const ref = { digest: hash.digest('hex'), size };
    if (from !== undefined) {
      await this.derived.put(ref, parts, from);
      return ref;
    }
    if (await this.#reuse(ref)) return ref;
    await this.#write(ref, async (file) => {
      for (const part of parts) await file.writeFile(part);
    });
    return ref;
  }

  async putFile(path: string): Promise<ObjectRef> {
    try {
      const known = await this.#files.known(path);
      if (known !== undefined && (await this.#reuse(known))) return known;
      return await this.#copy(path);
    } catch (error) {
      throw error instanceof EtudeError ? error : readError(error, path);
    }
  }

  /**
   * Stores bytes that come from elsewhere if they match the name; otherwise throws `DamagedObjectError` as
   * soon as that is known, and keeps none of them.
   */
  async receive(ref: ObjectRef, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    let received = 0;
    await this.#write(ref, async (file) => {
      const onPiece = (piece: Uint8Array) => {
        received += piece.byteLength;
        if (received > ref.size)
          throw new DamagedObjectError(ref, `has more than ${count(ref.size, 'byte')}`);
      };
      const { digest, size } = await copyHashed(pieces, file, { onPiece });
      if (size < ref.size) throw new DamagedObjectError(ref, sizeProblem(size, ref));
      if (digest !== ref.digest) throw new DamagedObjectError(ref, 'wrong bytes');
    });
  }

  async read(ref: ObjectRef): Promise<Uint8Array> {
    // A link to itself counts as no file.
    const file = this.#stat(ref) && (await ifExists(openRegular(this.#path(ref))));
    if (file === undefined) return this.#readPacked(ref) ?? this.derived.read(ref);
    try {
      const before = signatureOf(await file.stat({ bigint: true }));
      const bytes = await file.readFile();
      const after = signatureOf(await file.stat({ bigint: true }));
      if (bytes.byteLength !== ref.size)
        throw new DamagedObjectError(ref, sizeProblem(bytes.byteLength, ref));
      // Valid only for the very file that was read: the name may refer to another one by now, or may have
      // before.
      if (before === after && this.#verified.get(ref.digest, after) !== undefined) return bytes;
      if (sha256(bytes) !== ref.digest) throw new DamagedObjectError(ref, 'wrong bytes');
      if (before === after) this.#verified.set(ref.digest, after, 1);
      return bytes;
    } finally {
      await file.close();
    }
  }

  async pathOf(ref: ObjectRef): Promise<string> {
    const problem = await this.check(ref);
    if (problem !== undefined) throw new DamagedObjectError(ref, problem);
    if (this.#packed(ref) !== undefined) return this.derived.lend(ref, await this.read(ref));
    return this.#stat(ref) === undefined ? this.derived.pathOf(ref) : this.#path(ref);
  }

  /**
   * What is wrong with an object, `undefined` if it is intact. Hashes it only if its file changed since it
   * was last verified, or if requested.
   */
  async check(ref: ObjectRef, options: CheckOptions = {}): Promise<string | undefined> {
    const { whole } = options;
    const key = `${ref.digest}.${ref.size}`;
    if (whole?.has(key)) return undefined;
    const problem = await this.#check(ref, options);
    if (problem === undefined) whole?.add(key);
    return problem;
  }

  async #check(ref: ObjectRef, options: CheckOptions): Promise<string | undefined> {
    // Synchronous on purpose: a thousand of these take a few milliseconds, through the thread pool ten times
    // that.
    if (!options.verify && this.#packed(ref, 'known') !== undefined) return undefined;
    const stats = this.#stat(ref);
    if (stats === undefined) {
      const isPacked = options.verify ? this.#readPacked(ref) : this.#packed(ref);
      return isPacked === undefined ? this.derived.check(ref, options) : undefined;
    }
    if (stats.size !== BigInt(ref.size)) return sizeProblem(Number(stats.size), ref);
    const signature = signatureOf(stats);
    if (!options.verify && this.#verified.get(ref.digest, signature) !== undefined) return undefined;
    const actual = await ifExists(sha256File(this.#path(ref)));
    if (actual === undefined) return 'missing';
    if (actual.digest !== ref.digest) {
      this.#verified.delete(ref.digest);
      return 'wrong bytes';
    }
    this.#verified.set(ref.digest, signature, 1);
    return undefined;
  }

  /** True if there is a file of the right size, or it is known how to make it; the bytes are not checked. */
  has(ref: ObjectRef): boolean {
    return this.#hasFile(ref) || this.derived.has(ref);
  }

  /** Takes over an object from another store, in the form in which that has it. */
  async takeFrom(other: ObjectStore, ref: ObjectRef): Promise<void> {
    if ((await this.check(ref)) === undefined) return;
    const from = other.#hasFile(ref) ? undefined : await other.derived.records.read(ref);
    if (from === undefined) return void (await this.putFile(await other.pathOf(ref)));
    for (const input of Object.values(from.derivation.inputs)) await this.takeFrom(other, input.ref);
    await this.derived.records.add(ref, from);
  }

  #hasFile(ref: ObjectRef): boolean {
    return this.#stat(ref)?.size === BigInt(ref.size) || this.#packed(ref) !== undefined;
  }

  /** True if there is an object's or a pack's file of that name at all. */
  exists(digest: string): boolean {
    return (
      statOf(objectPath(this.#dir, digest)) !== undefined ||
      this.#packs.all().some(({ name }) => name === digest)
    );
  }

  /** Removes a damaged object, so that nothing trusts it; an intact one stays. */
  async discard(ref: ObjectRef): Promise<void> {
    if ((await this.check(ref, { verify: true })) === undefined) return;
    this.#verified.delete(ref.digest);
    await rm(this.#path(ref), { force: true });
    await this.#packs.forget(packedPath('objects', ref.digest));
    if ((await this.derived.check(ref, { verify: true })) !== undefined) await this.derived.discard(ref);
  }

  /** Whether the object is already there, with the right bytes. */
  async #reuse(ref: ObjectRef): Promise<boolean> {
    if (!this.#hasFile(ref) || (await this.check(ref)) !== undefined) return false;
    const packed = this.#packed(ref);
    if (packed !== undefined) {
      this.#packs.touch(packed);
      return true;
    }
    const stats = this.#stat(ref);
    if (stats === undefined) return false;
    if (Date.now() - Number(stats.mtimeMs) < TOUCH_AFTER_MS) return true;
    try {
      await utimes(this.#path(ref), new Date(), new Date());
      this.#remember(ref);
      return this.#hasFile(ref);
    } catch (error) {
      // Either just collected (then it is written again), or another user's file in a shared cache (then it
      // is fine as it is).
      return codeOf(error) !== 'ENOENT';
    }
  }

  async #copy(path: string): Promise<ObjectRef> {
    const source = await openRegular(path);
    try {
      return await this.#store(readAhead(source), (await source.stat()).size);
    } finally {
      await source.close();
    }
  }

  /** Hashes while writing: if the object turns out to exist, the write was in vain, but took no longer. */
  async #store(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, size: number): Promise<ObjectRef> {
    let ref: ObjectRef = { digest: '', size: 0 };
    await this.#temp.write(
      async (file) => {
        ref = await copyHashed(pieces, file, { size });
        return (await this.#reuse(ref)) ? undefined : this.#path(ref);
      },
      { mode: 0o444, sync: true },
    );
    this.#remember(ref);
    return ref;
  }

  async #write(ref: ObjectRef, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    await this.#temp.write(
      async (file) => {
        await fill(file);
        return this.#path(ref);
      },
      { mode: 0o444, sync: true },
    );
    this.#remember(ref);
  }

  /** After this process wrote (and hashed) or touched an object: its current file is the verified one. */
  #remember(ref: ObjectRef): void {
    const stats = this.#stat(ref);
    if (stats?.size === BigInt(ref.size)) this.#verified.set(ref.digest, signatureOf(stats), 1);
  }

  /** Where an object is in a pack, if it is intact there. */
  #packed(ref: ObjectRef, how: 'find' | 'known' = 'find'): Found | undefined {
    const found = this.#packs[how](packedPath('objects', ref.digest));
    return found?.size === ref.size ? found : undefined;
  }

  #readPacked(ref: ObjectRef): Uint8Array | undefined {
    const bytes = this.#packs.read(packedPath('objects', ref.digest));
    return bytes?.byteLength === ref.size ? bytes : undefined;
  }

  #stat(ref: ObjectRef): BigIntStats | undefined {
    return statOf(this.#path(ref));
  }

  #path(ref: ObjectRef): string {
    return objectPath(this.#dir, ref.digest);
  }
}

function sizeProblem(bytes: number, ref: ObjectRef): string {
  return `has ${count(bytes, 'byte')} instead of ${ref.size}`;
}
