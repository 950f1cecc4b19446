import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeError } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { Locks, type LockTimes } from '../../files/process-locks.js';
import { TempFiles } from '../../files/temp-files.js';
import type { ObjectRef } from '../../stage/artifact.js';
import { objectsOf } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { prepareCacheDir } from './cache-dir.js';
import { DiskChunkResults } from './chunk-results.js';
import { DiskCodeListings } from './code-listings.js';
import { DamagedObjectError } from './damaged-object-error.js';
import { DerivationRecords, isRecordFacts, type RecordFacts } from './derived/derivation-records.js';
import { clearDerivedFiles, DerivedFiles } from './derived/derived-files.js';
import { Entries, isDigest } from './entries.js';
import { FileDigests } from './file-digests.js';
import { ObjectStore } from './object-store.js';
import { Packs } from './packs/packs.js';
import { StatMemo } from './stat-memo.js';
import type { Cache, CheckOptions, Entry, KnownClosure, Lookup, ModuleFacts, Provenance } from './types.js';

export interface CacheOptions {
  /** Called, once each, about cache files that are damaged and therefore not used. */
  warn?(text: string): void;
  lockTimes?: Partial<LockTimes>;
  /**
   * Keeps the bytes of derived objects where the next process finds them, until the run ends: for stage
   * processes. Default: only for this process.
   */
  shareDerived?: boolean;
  /** How many small files are worth putting together. Default: 64. */
  gatherFrom?: number;
  /** Why a result from elsewhere does not count here; `undefined` for one that does. */
  refuse?: Refuse;
}

export type Refuse = (entry: Entry & { provenance: Provenance }) => string | undefined;

/**
 * Opens a cache folder, creating it if necessary. Throws an EtudeError for one of another format, or that
 * cannot be written.
 */
export async function openCache(dir: string, options: CacheOptions = {}): Promise<DiskCache> {
  await prepareCacheDir(dir);
  return new DiskCache(resolve(dir), options);
}

/**
 * A cache folder on disk. Everything is read on demand; nothing needs to be closed, but `flush` stores what
 * was learnt.
 */
export class DiskCache implements Cache {
  readonly dir: string;
  readonly objects: ObjectStore;
  readonly packs: Packs;
  readonly chunks: DiskChunkResults;
  readonly code: DiskCodeListings;
  readonly entries: Entries;
  readonly locks: Locks;
  readonly modules: StatMemo<ModuleFacts>;
  readonly closures: StatMemo<KnownClosure>;
  readonly verified: StatMemo<1>;
  readonly files: StatMemo<string>;
  readonly #digests: FileDigests;
  readonly #memos: StatMemo<unknown>[];
  readonly #refuse: Refuse;
  readonly #gatherFrom: number;
  readonly #temp: TempFiles;

  constructor(dir: string, options: CacheOptions) {
    this.dir = dir;
    this.#refuse = options.refuse ?? (() => undefined);
    this.#gatherFrom = options.gatherFrom ?? 64;
    const temp = new TempFiles(join(dir, 'tmp'));
    const warn = once(options.warn);
    const known = (name: string) => join(dir, 'known', `${name}.json`);
    this.modules = new StatMemo<ModuleFacts>(known('modules'), temp, {
      what: 'the modules of stage types',
      isValue: isModuleFacts,
      warn,
    });
    this.closures = new StatMemo<KnownClosure>(known('closures'), temp, {
      what: 'the code of stage types',
      isValue: isKnownClosure,
      warn,
    });
    this.verified = new StatMemo<1>(known('objects'), temp, {
      what: 'its objects',
      isValue: (value) => value === 1,
      warn,
    });
    this.files = new StatMemo<string>(known('files'), temp, {
      what: "the data's files",
      isValue: (value) => typeof value === 'string' && isDigest(value),
      warn,
    });
    const derived = new StatMemo<RecordFacts>(known('derived'), temp, {
      what: 'how its objects are made',
      isValue: isRecordFacts,
      warn,
    });
    const entries = new StatMemo<Entry>(known('entries'), temp, {
      what: 'its entries',
      isValue: (value) => typeof value === 'object' && value !== null,
      warn,
      // A long run writes it a few times, not each time it has one more; and it stays short enough to be
      // read.
      isWorth: (learnt, all) => learnt >= Math.max(100, all / 8) && all <= 50_000,
    });
    this.#memos = [
      this.modules,
      this.closures,
      this.verified,
      this.files,
      derived,
      entries,
    ] as StatMemo<unknown>[];
    this.#digests = new FileDigests(this.files);
    this.#temp = temp;
    this.packs = new Packs(join(dir, 'packs'), temp, this.verified);
    this.objects = new ObjectStore(
      join(dir, 'objects'),
      temp,
      { files: this.#digests, verified: this.verified },
      this.packs,
      {
        records: new DerivationRecords(join(dir, 'derived'), temp, this.packs, derived),
        files: new DerivedFiles(temp, options.shareDerived ? this.derivedDir : undefined),
      },
    );
    this.chunks = new DiskChunkResults(join(dir, 'chunks'), temp, this.objects, this.packs, warn);
    this.code = new DiskCodeListings(join(dir, 'code'), temp);
    this.entries = new Entries(join(dir, 'index'), temp, entries, warn);
    this.locks = new Locks(join(dir, 'locks'), temp, options.lockTimes);
  }

  async lookup(fingerprint: string, options: CheckOptions = {}): Promise<Lookup> {
    const entry = await this.entries.find(fingerprint);
    if (entry === undefined) return { type: 'miss' };
    const refused = this.refusal(entry);
    if (refused !== undefined) return { type: 'miss', refused };
    const objects: { ref: ObjectRef; problem: string }[] = [];
    for (const ref of objectsOf(entry.artifact)) {
      const problem = await this.objects.check(ref, options);
      if (problem !== undefined) objects.push({ ref, problem });
    }
    return objects.length === 0 ? { type: 'hit', entry } : { type: 'damaged', entry, objects };
  }

  /** Why an entry does not count here, if it came from elsewhere. */
  refusal({ provenance, ...entry }: Entry): string | undefined {
    return provenance && this.#refuse({ ...entry, provenance });
  }

  async commit(entry: Entry): Promise<void> {
    for (const ref of objectsOf(entry.artifact)) {
      if (!this.objects.has(ref))
        throw new DamagedObjectError(ref, 'missing or truncated at the end of its stage');
    }
    await this.entries.add(entry);
  }

  async repair(objects: readonly ObjectRef[]): Promise<void> {
    for (const ref of objects) await this.objects.discard(ref);
  }

  entriesOf(uses: string): Promise<readonly Entry[]> {
    return this.entries.ofType(uses);
  }

  digestFile(path: string): Promise<ObjectRef> {
    return this.#digests.digest(path);
  }

  async flush(): Promise<void> {
    if (!this.#memos.some((memo) => memo.dirty)) return;
    try {
      // One process at a time, so that none overwrites what another has just learnt.
      const lock = await this.locks.take('known', { runId: 'flush' });
      try {
        for (const memo of this.#memos) await memo.flush();
      } finally {
        await lock.release();
      }
    } catch (error) {
      // A full disk or a read-only cache: what was learnt is lost, but no result is.
      if (!(error instanceof EtudeError)) throw error;
    }
  }

  storedBytes(): number {
    return this.verified.bytes();
  }

  lock(...[key, options]: Parameters<Cache['lock']>): ReturnType<Cache['lock']> {
    return this.locks.take(key, options);
  }

  async clearDerived(): Promise<void> {
    // Other processes here may need them; the last one removes them.
    if ((await this.locks.living()).length === 0) await clearDerivedFiles(this.derivedDir, this.#temp);
  }

  async gather(): Promise<void> {
    const { gatherSmallFiles } = await import('./packs/gather.js');
    await gatherSmallFiles(this, this.#gatherFrom);
    await this.flush();
  }

  /** Where stage processes keep the bytes of derived objects. */
  get derivedDir(): string {
    return join(this.dir, 'working');
  }

  async scratch(fingerprint: string): Promise<string> {
    const folder = join(this.dir, 'scratch', fingerprint);
    await makeFolder(folder).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    return folder;
  }

  async removeScratch(fingerprint: string): Promise<void> {
    await rm(join(this.dir, 'scratch', fingerprint), { recursive: true, force: true });
  }
}

/** A warning is given once, however often its cause occurs. */
function once(warn: (text: string) => void = () => undefined): (text: string) => void {
  const given = new Set<string>();
  return (text) => {
    if (given.has(text)) return;
    given.add(text);
    warn(text);
  };
}

function isModuleFacts(value: unknown): boolean {
  const { digest, imports } = (value ?? {}) as Partial<ModuleFacts>;
  return isText(digest) && isDigest(digest) && Array.isArray(imports) && imports.every(isText);
}

function isKnownClosure(value: unknown): boolean {
  const { digest, root, looked, seen } = (value ?? {}) as Partial<KnownClosure>;
  const texts = [digest, root, seen].every(isText) && Array.isArray(looked) && looked.every(isText);
  return texts && isDigest(digest!);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
