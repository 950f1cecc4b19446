import { join, resolve } from 'node:path';
import type { EngineChoice } from '../engine/engine-type.js';
import type { DeviceChoice } from '../engine/onnxruntime/device-names.js';
import type { ResolvedEngine } from '../engine/resolve-engine.js';
import { HubSession } from '../hub/session.js';
import type { GcReport } from '../pipeline/cache/gc/collect-garbage.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import { placeOf } from '../pipeline/recipe/recipe-paths.js';
import type { Terms } from '../pipeline/remote/trust-terms.js';
import type { RunRecord } from '../pipeline/run/run-records.js';
import type { StagePool } from '../pipeline/run/stage-pool.js';
import type { Place } from '../stage/stage-type.js';
import type { LoadClassifierOptions, LoadedClassifier } from './classifier.js';
import type { Diff } from './diff.js';
import type { DoctorReport } from './doctor/machine.js';
import type { GcOptions } from './gc.js';
import { cacheDirOf, projectCache } from './project-cache.js';
import type { OpenedProject } from './project-types.js';
import { type OpenOptions, Recipe } from './recipe.js';
import { RecipeError } from './recipe-error.js';
import type { Report, ReportOptions } from './report/report.js';
import type { ReproduceOptions, Reproduction } from './reproduce.js';
import type { RunningServer, ServeOptions } from './serve.js';
import type { Unbundled, UnbundleOptions } from './share/unbundle.js';
import type { StageLog } from './stage-logs.js';

export interface ProjectOptions {
  /** The folder that recipes' paths are relative to. Default: the working directory. */
  dir?: string;
  /** The cache folder. Default: `ETUDE_CACHE_DIR`, otherwise `.etude` in the project's folder. */
  cacheDir?: string;
  /** The engine that trains and evaluates. Default `auto`. */
  engine?: EngineChoice;
  /** Where the engine computes. Default: the CPU. */
  device?: DeviceChoice;
  /** Use results that were not computed here only if a trusted key has signed them. Default false. */
  requireSigned?: boolean;
  /** Processes that compute stages, kept from run to run. Default: each run has others, which end with it. */
  pool?: StagePool;
  /**
   * Called with warnings that are part of no result: a damaged cache entry, the Hub out of reach. Default:
   * nothing.
   */
  warn?(text: string): void;
}

/**
 * Opens a project: a folder with recipes and a cache. Everything is read and written on demand, nothing is
 * printed, and two projects in one process share nothing.
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
  /** What is known about the Hugging Face Hub. */
  readonly hub: HubSession;
  readonly #options: ProjectOptions;

  constructor(options: ProjectOptions) {
    this.#options = options;
    this.hub = new HubSession((text) => this.warn(text));
  }

  /** The folder that recipes' paths are relative to. Absolute. */
  get dir(): string {
    return resolve(this.#options.dir ?? '.');
  }

  get pool(): StagePool | undefined {
    return this.#options.pool;
  }

  /** Resolves relative paths in the project's folder. */
  get place(): Place {
    return placeOf(join(this.dir, 'recipe.yaml'), this.hub);
  }

  /** Passes a text to the project's `warn`. */
  warn(text: string): void {
    this.#options.warn?.(text);
  }

  /**
   * Opens the cache, creating its folder if necessary.
   *
   * @param place A recipe's place; default: the project's own folder.
   * @param locked Digests of artifacts by fingerprint: a result from elsewhere with another digest is not
   * used.
   * @param dir The folder, unless the project has another one. Default: that of the place.
   */
  async openCache(place: Place = this.place, locked?: Terms['locked'], dir?: string): Promise<DiskCache> {
    const { openCache } = await import('../pipeline/cache/open-cache.js');
    const { refuseBy } = await import('../pipeline/remote/trust-terms.js');
    const { requiredKeys } = await import('./share/required-keys.js');
    const refuse = refuseBy({ locked, signers: await requiredKeys(this.#options) });
    const { cacheDir = dir } = this.#options;
    return openCache(cacheDirOf({ ...this.#options, cacheDir }, place.projectDir), {
      warn: (text) => this.warn(text),
      refuse,
    });
  }

  /**
   * Resolves the requested engine and device.
   *
   * @param options `check`: try a named device, and throw an EtudeError if it does not work.
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
    if ('problems' in loaded) throw new RecipeError(loaded.problems, loaded.warnings, loaded.stages);
    return new Recipe(this, loaded.pipeline, loaded.warnings, { params, set, once });
  }

  /**
   * Computes what a recipe's lock describes, outside the cache, and compares the results. Hub revisions mean
   * the commits in the lock; the engine is the one that the lock names, unless the project asks for another.
   *
   * @throws EtudeError if there is no lock, RecipeError if the recipe has problems.
   */
  async reproduce(file: string, options: ReproduceOptions = {}): Promise<Reproduction> {
    const { engineOfLock, resolveEngine } = await import('../engine/resolve-engine.js');
    const { lockOf } = await import('./refuse-drift.js');
    const { startReproduction } = await import('./reproduce.js');
    const lock = await lockOf(this.pathOf(file));
    // A separate project: elsewhere in this one, revisions keep their usual meaning.
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
   * Loads a trained model, to be called many times. The process has only one tensor engine: one classifier at
   * a time can be open.
   *
   * @param model A train stage of a recipe (`recipe.yaml:stage`, or `recipe.yaml` if it trains only one
   * model) whose result is in the cache, a model folder, or a model on the Hub.
   * @throws EtudeError if there is no such model, or it cannot be used.
   */
  async loadClassifier(model: string, options: LoadClassifierOptions = {}): Promise<LoadedClassifier> {
    const { loadClassifier } = await import('./classifier.js');
    return loadClassifier(this, model, { open: (file) => this.open(file, { once: true }), ...options });
  }

  /**
   * Serves a trained model over HTTP, as Hugging Face's inference API does, from a process of its own.
   *
   * @param model As `loadClassifier` takes it.
   * @throws EtudeError if there is no such model, it cannot be used, or the address is in use.
   */
  async serve(model: string, options: ServeOptions = {}): Promise<RunningServer> {
    const { serveModel } = await import('./serve.js');
    return serveModel(this, model, { open: (file) => this.open(file, { once: true }), ...options });
  }

  /**
   * What differs between two recipes, runs or locks: stages, connections, parameters, data, code, results,
   * metrics.
   *
   * @param a A recipe, a lock, or the id of a run, or its beginning.
   * @throws EtudeError for anything else, RecipeError for a recipe with problems.
   */
  async diff(a: string, b: string): Promise<Diff> {
    const { diffOf } = await import('./diff.js');
    return diffOf(this, [a, b], (recipe) => this.open(recipe, { once: true }));
  }

  /**
   * A report of recipes and runs as one HTML file, made from what is in the cache: results, training,
   * provenance. Several are shown side by side.
   *
   * @param named Recipes, and ids of runs, or their beginnings; or a recipe and one of its stages with a
   * dataset.
   * @throws EtudeError if there is nothing in the cache to report, RecipeError for a recipe with problems.
   */
  async report(
    named: readonly string[],
    options: ReportOptions & Pick<OpenOptions, 'set' | 'params'> = {},
  ): Promise<Report> {
    const { reportOf } = await import('./report/report.js');
    const { set, params, ...rest } = options;
    return reportOf(this, named, (recipe) => this.open(recipe, { set, params, once: true }), rest);
  }

  /**
   * Unpacks a bundle. Its results are put in quarantine, where `Recipe.admit` checks them, or trusted.
   *
   * @throws EtudeError for a bundle that is damaged or hostile, and for existing files that differ; nothing
   * is unpacked then.
   */
  async unbundle(file: string, options: UnbundleOptions = {}): Promise<Unbundled> {
    const { unbundleFile } = await import('./share/unbundle.js');
    const dir = this.pathOf(options.dir ?? '.');
    const cacheDir = cacheDirOf(this.#options, resolve(dir));
    const warn = (text: string) => this.warn(text);
    return unbundleFile(this.pathOf(file), { ...options, dir, cacheDir, warn });
  }

  /**
   * Removes from the cache what has not been used for long and no lock file names.
   *
   * @throws EtudeError if a lock file cannot be read; nothing is removed then.
   */
  async gc(options: GcOptions = {}): Promise<GcReport> {
    const { collectIn } = await import('./gc.js');
    const { projectDir } = this.place;
    const warn = (text: string) => this.warn(text);
    return collectIn(this.cacheFolder(options.recipe).dir, options, { projectDir, warn });
  }

  /**
   * The machine, the engines and their devices, the cache, the Hub: what is available, and what is missing.
   */
  async doctor(options: { recipe?: string } = {}): Promise<DoctorReport> {
    const { examine } = await import('./doctor/machine.js');
    return examine(this.cacheFolder(options.recipe));
  }

  /** Records of past runs, the newest first. */
  async runs(options: { recipe?: string } = {}): Promise<RunRecord[]> {
    const { listRuns } = await import('../pipeline/run/run-records.js');
    return listRuns(this.cacheFolder(options.recipe).dir);
  }

  /**
   * What a stage printed and logged: in a run, or in the last run of a recipe that computed it.
   *
   * @param name A recipe, or the id of a run, or its beginning.
   * @param options `shard`: of several jobs that divide the stage, the number of one, from 0.
   * @throws EtudeError if no run has computed it.
   */
  async logs(name: string, stage: string, options: { shard?: number } = {}): Promise<StageLog> {
    const { stageLog } = await import('./stage-logs.js');
    return stageLog(this, name, stage, options);
  }

  /** The cache folder of the project, or of a recipe's project, and why it is that one. */
  cacheFolder(recipe?: string): { dir: string; why: string } {
    const at = recipe === undefined ? { folder: this.dir } : { recipe: this.pathOf(recipe) };
    return projectCache(this.#options, at);
  }

  /** As it was given, if that leads there: messages refer to a file as the user did. */
  pathOf(path: string): string {
    return this.#options.dir === undefined ? path : resolve(this.dir, path);
  }
}
