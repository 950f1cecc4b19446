import type { Lock, LockHolder } from '../../files/process-locks.js';
import type { Artifact, ObjectRef } from '../../stage/artifact.js';
import type { ChunkResults, Objects } from '../../stage/stage-type.js';
import type { Json } from '../../util/json.js';

/**
 * The readable parts of a fingerprint: the hash of their canonical JSON is the key, and "why does it run
 * again" is a diff of two of them.
 */
export interface FingerprintParts {
  /** Version of this format. */
  format: 1;
  /** Name of the stage type. */
  uses: string;
  /** `with` after defaults, without the parameters that refer to files. */
  params: Record<string, Json>;
  /**
   * Files by parameter: file name -> digest (or, for a long list, a single digest of it with the number of
   * files).
   */
  sources: Record<string, Json>;
  /** Input name -> digest of the input artifact's content. */
  inputs: Record<string, string>;
  /** Digest of the stage's code closure. */
  code: string;
  /** Versions of the libraries (and the engine) that affect the result. */
  libraries: Record<string, string>;
}

/** A Hub repository that a parameter named, and the commit of its revision. */
export interface PinnedRepository {
  param: string;
  type: 'model' | 'dataset';
  id: string;
  /** As requested. */
  revision: string;
  commit: string;
}

/**
 * Where a result came from if it was not computed here. It is this cache's own note: an outside entry's claim
 * is dropped, and shared entries do not include it.
 */
export interface Provenance {
  type: 'remote' | 'bundle';
  /** The remote as it was named, or the bundle's id in quarantine. */
  name: string;
  /**
   * From keys that were trusted when it came: the public key as people share it, and its signature in base64.
   */
  signatures?: { key: string; signature: string }[];
}

/** How much a stage has to do, as far as known; past times are scaled by it. */
export interface Work {
  /** Rows that it processes, each as often as it does so. */
  rows?: number;
  /** Bytes per row of its data. */
  rowBytes?: number;
  /** Bytes of its source files, and of a model that it uses. */
  bytes?: number;
}

/** One entry of the fingerprint index: what a stage produced, and what explanations and predictions need. */
export interface Entry {
  fingerprint: string;
  parts: FingerprintParts;
  artifact: Artifact;
  /** SHA-256 of the artifact's canonical JSON, which downstream fingerprints contain. */
  artifactDigest: string;
  /** For explanations and predictions; not part of the result. */
  pipeline: string;
  stage: string;
  seconds: number;
  rowsComputed?: number;
  summary?: string;
  /** The stage's warnings, shown again on every hit. One line of text each; not part of the result. */
  warnings?: string[];
  /** Relative amount of work, from the stage type's `cost`. */
  cost: number;
  /** How much there was to do. Specific to this machine: it is not taken over from elsewhere. */
  work?: Work;
  /** ISO 8601. */
  created: string;
  /** Where files on the Hub came from when this was computed; not part of the result either. */
  repositories?: PinnedRepository[];
  /** Absent if it was computed here. */
  provenance?: Provenance;
}

/** The result of looking up a fingerprint. */
export type Lookup =
  | { type: 'hit'; entry: Entry }
  /** `refused`: there is one from elsewhere that does not count here, and why. */
  | { type: 'miss'; refused?: string }
  /** There was an entry, but some of its objects are missing or have the wrong bytes. */
  | { type: 'damaged'; entry: Entry; objects: { ref: ObjectRef; problem: string }[] };

/** What a stage's code closure needs to know about one module file, valid while the file is unchanged. */
export interface ModuleFacts {
  /** Digest of what the module does: comments and layout do not count. */
  digest: string;
  /** What it imports, as written. */
  imports: string[];
}

/** The digest of a code closure, valid while every file that was looked at to find it is unchanged. */
export interface KnownClosure {
  digest: string;
  /** What the paths of all these files begin with, and how each goes on. Some of them do not exist. */
  root: string;
  looked: string[];
  /** Digest of the files' signatures. */
  seen: string;
}

/** The contents of a code closure, to determine which part of it changed. */
export interface CodeListing {
  /** File, relative to the stage type's module -> digest. */
  files: Record<string, string>;
  /** Package -> version. */
  packages: Record<string, string>;
}

/** Listings by digest of the closure. A lost one only makes explanations shorter. */
export interface CodeListings {
  get(digest: string): Promise<CodeListing | undefined>;
  add(digest: string, listing: CodeListing): Promise<void>;
}

/** Facts about files, valid while their signature (size, mtime, ctime, inode) is unchanged. */
export interface FileMemo<T> {
  get(path: string, signature: string): T | undefined;
  set(path: string, signature: string, value: T): void;
}

/** How objects are looked at. */
export interface CheckOptions {
  /** Hashes them, however recently they were verified. */
  verify?: boolean;
  /**
   * Those that were found whole a moment ago, which are not looked at again; filled. Stages that are planned
   * together have most of their objects in common.
   */
  whole?: Set<string>;
}

/** A cache folder, opened. */
export interface Cache {
  readonly dir: string;
  readonly objects: Objects;
  readonly chunks: ChunkResults;
  /**
   * Checks the sizes of all objects, and the hash of each one whose file changed since it was last verified
   * (of all with `verify`).
   */
  lookup(fingerprint: string, options?: CheckOptions): Promise<Lookup>;
  /** Makes the entry visible, last of all, by rename. */
  commit(entry: Entry): Promise<void>;
  /** All entries of a stage type, newest first (their `artifact` included). */
  entriesOf(uses: string): Promise<readonly Entry[]>;
  /**
   * SHA-256 of a user's file, cached by (size, mtimeNs, ctimeNs, inode); a file with a racy mtime is read
   * again.
   */
  digestFile(path: string): Promise<ObjectRef>;
  /** What is known about the modules of stage types. */
  readonly modules: FileMemo<ModuleFacts>;
  /** What is known about all code of each, by its module's path; each file is looked at. */
  readonly closures: FileMemo<KnownClosure>;
  readonly code: CodeListings;
  /** Removes damaged objects (intact ones stay), so that nothing trusts them before they are recomputed. */
  repair(objects: readonly ObjectRef[]): Promise<void>;
  /** Removes the bytes of derived objects once no run needs them. */
  clearDerived(): Promise<void>;
  /** Puts small files together in few large ones, once no run needs their paths. */
  gather(): Promise<void>;
  /**
   * Bytes of all stored objects, as far as is remembered: nothing is looked at. What `gc --max-size` limits.
   */
  storedBytes(): number;
  /** Writes what was learnt of files (one atomic write). */
  flush(): Promise<void>;
  /**
   * Takes the lock of a fingerprint, waiting for a living holder (`onWait` is called with it), taking over
   * from a dead one.
   */
  lock(
    fingerprint: string,
    options: { runId: string; signal?: AbortSignal; onWait?(holder: LockHolder): void },
  ): Promise<Lock>;
  /** The scratch folder of a fingerprint (created if absent). */
  scratch(fingerprint: string): Promise<string>;
  removeScratch(fingerprint: string): Promise<void>;
}
