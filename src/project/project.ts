import { join, resolve } from 'node:path';
import type { EngineChoice } from '../engine/engine-type.js';
import type { DeviceChoice } from '../engine/onnxruntime/device-names.js';
import type { ResolvedEngine } from '../engine/resolve-engine.js';
import { HubSession } from '../hub/session.js';
import type { GcReport } from '../pipeline/cache/gc/collect-garbage.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import { placeOf } from '../pipeline/recipe/place.js';
import type { Terms } from '../pipeline/remote/terms.js';
import type { RunRecord } from '../pipeline/run/records.js';
import type { Place } from '../stage/stage-type.js';
import type { LoadClassifierOptions, LoadedClassifier } from './classifier.js';
import type { Diff } from './diff.js';
import type { DoctorReport } from './doctor.js';
import type { GcOptions } from './gc.js';
import type { OpenedProject } from './opened.js';
import { cacheDirOf, projectCache } from './project-cache.js';
import { type OpenOptions, Recipe } from './recipe.js';
import { RecipeError } from './recipe-error.js';
import type { ReproduceOptions, Reproduction } from './reproduce.js';
import type { Unbundled, UnbundleOptions } from './share/unbundle.js';

export interface ProjectOptions {
  /** The folder that paths of recipes start from. Default: the working directory. */
  dir?: string;
  /** The cache folder. Default: `ETUDE_CACHE_DIR`, otherwise `.etude` in the project's folder. */
  cacheDir?: string;
  /** The engine that trains and evaluates. Default `auto`. */
  engine?: EngineChoice;
  /** Where the engine computes. Default: the CPU. */
  device?: DeviceChoice;
  /** Use results that were not computed here only where a trusted key has signed them. Default false. */
  requireSigned?: boolean;
  /** Called with what is in no result: a damaged cache entry, the Hub out of reach. Default: nothing. */
  warn?(text: string): void;
}

/**
 * Opens a project: a folder with recipes and a cache. Nothing is read or written before it is needed, nothing
 * is printed, and two projects in one process share nothing.
 *
 * @example
 * const project = openProject();
 * const recipe = await project.open('pipelines/minds14.yaml', { set: ['learning_rate=1e-4'] });
 * const run = await recipe.run();
 * for await (const event of run) console.log(event.type);
 * const { finished } = await run.result;
 * console.log(finished.status, finished.metrics.test_accuracy);
 */
export function openProject(options: ProjectOptions = {}): Project {
  return new Project(options);
}

/** See `openProject`. */
export class Project implements OpenedProject {
  /** What is known of the Hugging Face Hub. */
  readonly hub: HubSession;
  readonly #options: ProjectOptions;

  constructor(options: ProjectOptions) {
    this.#options = options;
    this.hub = new HubSession((text) => this.warn(text));
  }

  /** The folder that paths of recipes start from. Absolute. */
  get dir(): string {
    return resolve(this.#options.dir ?? '.');
  }

  /** Where relative paths in the project's folder lead. */
  get place(): Place {
    return placeOf(join(this.dir, 'recipe.yaml'), this.hub);
  }

  /** Hands a text to the project's `warn`. */
  warn(text: string): void {
    this.#options.warn?.(text);
  }

  /**
   * Opens the cache, making its folder where there is none.
   *
   * @param place Of a recipe; default: the project's own folder.
   * @param locked Digests of artifacts by fingerprint: a result from elsewhere with another one is not used.
   */
  async openCache(place: Place = this.place, locked?: Terms['locked']): Promise<DiskCache> {
    const { openCache } = await import('../pipeline/cache/open-cache.js');
    const { refuseBy } = await import('../pipeline/remote/terms.js');
    const { requiredKeys } = await import('./share/required-keys.js');
    const refuse = refuseBy({ locked, signers: await requiredKeys(this.#options) });
    return openCache(cacheDirOf(this.#options, place.projectDir), {
      warn: (text) => this.warn(text),
      refuse,
    });
  }

  /**
   * What the engine and device that were asked for mean here.
   *
   * @param options `check`: try a device that was named, and throw an EtudeError if it does not work.
   */
  async resolveEngine(options: { check?: boolean } = {}): Promise<ResolvedEngine> {
    const { resolveEngine } = await import('../engine/resolve-engine.js');
    const { engine = 'auto', device } = this.#options;
    return resolveEngine({ engine, device }, options);
  }

  /**
   * Reads and checks a recipe.
   *
   * @param file Path of the recipe, relative to `dir`.
   * @throws RecipeError with all problems.
   */
  async open(file: string, options: OpenOptions = {}): Promise<Recipe> {
    const { loadPipeline } = await import('../pipeline/recipe/load-pipeline.js');
    const { params, set, once, onPath } = options;
    const loaded = await loadPipeline(this.pathOf(file), { params, set, onPath, hub: this.hub });
    if ('problems' in loaded) throw new RecipeError(loaded.problems, loaded.warnings);
    return new Recipe(this, loaded.pipeline, loaded.warnings, { params, set, once });
  }

  /**
   * Computes what a recipe's lock describes, outside the cache, and compares. Revisions of the Hub mean the
   * commits that the lock has; the engine is the one that the lock names, unless the project asks for
   * another.
   *
   * @throws EtudeError if there is no lock, RecipeError if the recipe has problems.
   */
  async reproduce(file: string, options: ReproduceOptions = {}): Promise<Reproduction> {
    const { engineOfLock, resolveEngine } = await import('../engine/resolve-engine.js');
    const { lockOf } = await import('./refuse-drift.js');
    const { startReproduction } = await import('./reproduce.js');
    const lock = await lockOf(this.pathOf(file));
    // A project of its own: elsewhere in this one, revisions go on to mean what they say.
    const pinned = new Project(this.#options);
    for (const { repositories = [] } of Object.values(lock.stages))
      for (const { type, id, revision, commit } of repositories)
        pinned.hub.pin({ type, id }, revision, commit);
    const recipe = await pinned.open(file, { once: true });
    const { engine = 'auto', device } = this.#options;
    const asked = engine === 'auto' && device === undefined ? engineOfLock(lock.engine) : { engine, device };
    return startReproduction(recipe, lock, await resolveEngine(asked, { check: true }), options);
  }

  /**
   * Loads a trained model, to be called many times. The tensor engine is the process's: one classifier at a
   * time is open.
   *
   * @param model A train stage of a recipe (`recipe.yaml:stage`, or `recipe.yaml` where it trains one model)
   * whose result is in the cache, a model folder, or a model of the Hub.
   * @throws EtudeError if there is no such model, or it cannot be used.
   */
  async loadClassifier(model: string, options: LoadClassifierOptions = {}): Promise<LoadedClassifier> {
    const { loadClassifier } = await import('./classifier.js');
    return loadClassifier(this, model, { open: (file) => this.open(file, { once: true }), ...options });
  }

  /**
   * What differs between two recipes, runs or locks: stages, wires, parameters, data, code, results, metrics.
   *
   * @param a A recipe, a lock, or the id of a run, or its beginning.
   * @throws EtudeError for what is none of these, RecipeError for a recipe with problems.
   */
  async diff(a: string, b: string): Promise<Diff> {
    const { diffOf } = await import('./diff.js');
    return diffOf(this, [a, b], (recipe) => this.open(recipe, { once: true }));
  }

  /**
   * Unpacks a bundle. Its results are put in quarantine, where `Recipe.admit` checks them, or trusted.
   *
   * @throws EtudeError for a bundle that is damaged or hostile, and for files that are there and differ;
   *   nothing is unpacked then.
   */
  async unbundle(file: string, options: UnbundleOptions = {}): Promise<Unbundled> {
    const { unbundleFile } = await import('./share/unbundle.js');
    const dir = this.pathOf(options.dir ?? '.');
    const cacheDir = cacheDirOf(this.#options, resolve(dir));
    const warn = (text: string) => this.warn(text);
    return unbundleFile(this.pathOf(file), { ...options, dir, cacheDir, warn });
  }

  /**
   * Removes from the cache what was not used for long and no lock file names.
   *
   * @throws EtudeError if a lock file cannot be read; nothing is removed then.
   */
  async gc(options: GcOptions = {}): Promise<GcReport> {
    const { collectIn } = await import('./gc.js');
    const { projectDir } = this.place;
    const warn = (text: string) => this.warn(text);
    return collectIn(this.cacheFolder(options.recipe).dir, options, { projectDir, warn });
  }

  /** The machine, the engines and their devices, the cache, the Hub: what is there, and what is missing. */
  async doctor(options: { recipe?: string } = {}): Promise<DoctorReport> {
    const { examine } = await import('./doctor.js');
    return examine(this.cacheFolder(options.recipe));
  }

  /** Records of past runs, the newest first. */
  async runs(options: { recipe?: string } = {}): Promise<RunRecord[]> {
    const { listRuns } = await import('../pipeline/run/records.js');
    return listRuns(this.cacheFolder(options.recipe).dir);
  }

  /** The cache folder of the project, or of the one that a recipe belongs to, and why it is that one. */
  cacheFolder(recipe?: string): { dir: string; why: string } {
    const at = recipe === undefined ? { folder: this.dir } : { recipe: this.pathOf(recipe) };
    return projectCache(this.#options, at);
  }

  /** As it was given, where that leads there: messages refer to a file as the user did. */
  pathOf(path: string): string {
    return this.#options.dir === undefined ? path : resolve(this.dir, path);
  }
}
