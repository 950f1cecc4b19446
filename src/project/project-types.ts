import type { ResolvedEngine } from '../engine/resolve-engine.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import type { LoadOptions } from '../pipeline/recipe/load-pipeline.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import type { Terms } from '../pipeline/remote/trust-terms.js';
import type { StagePool } from '../pipeline/run/stage-pool.js';
import type { Place } from '../stage/stage-type.js';

/** A pipeline, and where and with what it is computed. */
export interface Setting {
  pipeline: Pipeline;
  cache: DiskCache;
  engineId: string;
}

/** What use cases need of a project. */
export interface OpenedProject {
  /** Resolves relative paths in the project's folder. */
  readonly place: Place;
  /** Processes that compute stages, if they are kept. */
  readonly pool?: StagePool;
  warn(text: string): void;
  /** A path given by the user, relative to the project's `dir`. */
  pathOf(path: string): string;
  openCache(place?: Place, locked?: Terms['locked'], dir?: string): Promise<DiskCache>;
  resolveEngine(options?: { check?: boolean }): Promise<ResolvedEngine>;
}

/** What use cases need of a recipe. */
export interface OpenedRecipe {
  readonly project: OpenedProject;
  readonly pipeline: Pipeline;
  readonly overrides: Pick<LoadOptions, 'params' | 'set'>;
  /** Absolute path. */
  readonly file: string;
  cache(): Promise<DiskCache>;
  setting(engine?: ResolvedEngine): Promise<Setting>;
}
