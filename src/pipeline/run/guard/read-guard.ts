import { createHash } from 'node:crypto';
import fs, { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { EtudeError } from '../../../util/errors.js';
import { isRacy, signatureOf } from '../../cache/stat-memo.js';
import type { FileMemo } from '../../cache/types.js';

/** A file whose content is in the fingerprint. */
export interface GuardedFile {
  /** Absolute. */
  path: string;
  /** Its bytes: their SHA-256, or the file's signature when they were found correct. */
  content: { digest: string } | { signature: string };
  /** How messages name it. */
  shown: string;
}

/** Node's originals: those that others import are watched, and would lead back here. */
const { openSync, readSync, closeSync } = fs;

/**
 * Resolution of the clock for a file system's time stamps: most are finer than a second, some are not.
 * Milliseconds.
 */
const FINE_STEP_MS = 20;
const COARSE_STEP_MS = 2000;

/**
 * Watches the reading of files whose content is in a fingerprint. Before the first byte of a file is read,
 * its bytes match the fingerprint (by hash, or by the file's size, times and inode), and after the last one
 * its times are unchanged: what was read in between is what was fingerprinted, even if an edit was reverted
 * meanwhile.
 */
export class ReadGuard {
  readonly #files: ReadonlyMap<string, GuardedFile>;
  /** By real path; created when something is read under an unknown name. */
  #real: ReadonlyMap<string, GuardedFile> | undefined;
  readonly #memo: FileMemo<string>;
  /** Signatures under which the bytes were found correct. */
  readonly #right = new Map<GuardedFile, string>();
  /** Files that are currently open, and how often. */
  readonly #open = new Map<GuardedFile, number>();
  readonly #changed = new Map<GuardedFile, true>();

  constructor(files: Iterable<GuardedFile>, memo: FileMemo<string>) {
    this.#memo = memo;
    this.#files = new Map([...files].map((file) => [file.path, file]));
  }

  /** The guarded file at an absolute path, if it is one. */
  find(path: string): GuardedFile | undefined {
    return this.#files.get(path);
  }

  /** The same for a path that may lead there through links. */
  findLinked(path: string): GuardedFile | undefined {
    this.#real ??= new Map([...this.#files.values()].map((file) => [realPath(file.path) ?? file.path, file]));
    return this.#files.get(path) ?? this.#real.get(realPath(path) ?? path);
  }

  /**
   * Must be called before a file is opened. Throws an EtudeError if its bytes differ from the fingerprint's.
   */
  begin(file: GuardedFile): void {
    const stats = statSync(file.path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) throw this.#change(file);
    const signature = signatureOf(stats);
    if (this.#right.get(file) !== signature) {
      // Read before, and changed since.
      if (this.#open.has(file) || !this.#isRight(file, stats)) throw this.#change(file);
      this.#right.set(file, signature);
    }
    this.#open.set(file, (this.#open.get(file) ?? 0) + 1);
  }

  /**
   * Must be called when a file has been read. Throws an EtudeError if it changed meanwhile: what was read
   * must not be used.
   */
  end(file: GuardedFile): void {
    const left = (this.#open.get(file) ?? 1) - 1;
    if (left === 0) this.#open.delete(file);
    else this.#open.set(file, left);
    if (this.#hasChanged(file)) throw this.#change(file);
  }

  /**
   * The files that did not match the fingerprint while they were read; must be called when everything has
   * been read.
   */
  changed(): string[] {
    for (const file of this.#open.keys()) if (this.#hasChanged(file)) this.#change(file);
    return [...this.#changed.keys()].map(({ shown }) => shown);
  }

  #hasChanged(file: GuardedFile): boolean {
    const stats = statSync(file.path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined || signatureOf(stats) !== this.#right.get(file);
  }

  #isRight(file: GuardedFile, stats: BigIntStats): boolean {
    const signature = signatureOf(stats);
    const { content } = file;
    if ('signature' in content) return content.signature === signature;
    const known = this.#memo.get(file.path, signature);
    if (known !== undefined) return known === content.digest;
    waitForNextStep(stats);
    const digest = hashNow(file.path);
    const after = statSync(file.path, { bigint: true, throwIfNoEntry: false });
    if (after === undefined || signatureOf(after) !== signature) return false;
    if (!isRacy(after)) this.#memo.set(file.path, signature, digest);
    return digest === content.digest;
  }

  #change(file: GuardedFile): EtudeError {
    this.#changed.set(file, true);
    return new EtudeError('the file changed since the run was planned', { where: { file: file.path } });
  }
}

/**
 * A change right after the last one may leave the same time stamp: hashing such a new file waits until that
 * is impossible.
 */
function waitForNextStep({ ctimeNs, ctimeMs }: BigIntStats): void {
  const step = ctimeNs % 1_000_000_000n === 0n ? COARSE_STEP_MS : FINE_STEP_MS;
  const left = step - (Date.now() - Number(ctimeMs));
  if (left > 0 && left <= step) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
}

/** SHA-256 of a file, computed synchronously: the next reader to open it gets the bytes that were hashed. */
function hashNow(path: string): string {
  const file = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(1 << 20);
    for (let read = 1; read > 0; ) {
      read = readSync(file, piece, 0, piece.length, null);
      hash.update(piece.subarray(0, read));
    }
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
