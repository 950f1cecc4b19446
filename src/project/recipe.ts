import type { ResolvedEngine } from '../engine/resolve-engine.js';
import type { DatasetReader } from '../learning/data/dataset.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import type { LockFile } from '../pipeline/lock/types.js';
import type { Explanation } from '../pipeline/plan/explain.js';
import type { Plan } from '../pipeline/plan/types.js';
import type { StagesAsked } from '../pipeline/recipe/choose-stages.js';
import type { LoadOptions } from '../pipeline/recipe/load-pipeline.js';
import { lookingAnew } from '../pipeline/recipe/looking-anew.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import type { Verification } from '../pipeline/verify/verify-stage.js';
import { EtudeError } from '../util/errors.js';
import type { StageArtifact } from './artifact.js';
import type { OpenedProject, OpenedRecipe, Setting } from './opened.js';
import type { Run, RunOptions } from './run.js';
import type { VerifyOptions } from './verify.js';

export interface OpenOptions extends Pick<LoadOptions, 'params' | 'set'> {
  /**
   * The recipe is used once, right away: what opening it has found of its data is not looked for again.
   * Default false: whatever is asked of it looks anew.
   */
  once?: boolean;
}

/** A recipe without mistakes, in its project. Made by `Project.open`. */
export class Recipe implements OpenedRecipe {
  #cache: Promise<DiskCache> | undefined;

  constructor(
    readonly project: OpenedProject,
    /** Its stages, with their parameters after defaults and overrides. */
    readonly pipeline: Pipeline,
    /** What is not a mistake, but should be known before anything runs: `stage: text`. */
    readonly warnings: readonly string[],
    /** What was set from outside. */
    readonly overrides: OpenOptions,
  ) {}

  /** Absolute path of the recipe. */
  get file(): string {
    return this.pipeline.file;
  }

  /** The cache of the recipe's project; opened once. */
  cache(): Promise<DiskCache> {
    this.#cache ??= this.project.openCache(this.pipeline.place);
    return this.#cache;
  }

  /** The recipe for one use, which looks once at its data. */
  #use(): Recipe {
    if (this.overrides.once) return this;
    const { project, pipeline, warnings, overrides } = this;
    const use = new Recipe(project, lookingAnew(pipeline), warnings, { ...overrides, once: true });
    use.cache = () => this.cache();
    return use;
  }

  /** What planning needs. The engine is the project's, unless one is given. */
  async setting(engine?: ResolvedEngine): Promise<Setting> {
    const cache = await this.cache();
    const { id } = engine ?? (await this.project.resolveEngine());
    return { pipeline: this.pipeline, cache, engineId: id };
  }

  /**
   * What a run would do, why, and how long it would take.
   *
   * @param asked The stages to plan for; default: all.
   * @throws EtudeError for a stage that is not in the recipe.
   */
  async plan(asked: StagesAsked = {}): Promise<Plan> {
    const { planPipeline } = await import('../pipeline/plan/plan.js');
    const { chooseStages } = await import('../pipeline/recipe/choose-stages.js');
    const use = this.#use();
    const { pipeline, force } = chooseStages(use.pipeline, asked);
    const setting = await use.setting();
    const plan = await planPipeline({ ...setting, pipeline, force });
    await setting.cache.flush();
    return plan;
  }

  /**
   * What a stage's fingerprint is made of, and how it differs from past ones.
   *
   * @throws EtudeError for a stage that is not in the recipe.
   */
  async explain(stage: string): Promise<Explanation> {
    const { explainStage } = await import('../pipeline/plan/explain.js');
    const { findStage } = await import('../pipeline/recipe/find-stage.js');
    const { id } = findStage(this.pipeline, stage);
    const setting = await this.#use().setting();
    const explanation = await explainStage(id, setting);
    await setting.cache.flush();
    return explanation;
  }

  /**
   * Starts a run: computes what changed and takes the rest from the cache. Resolves once it is known that it
   * can start.
   *
   * @throws EtudeError where it cannot: an unknown stage, an engine that does not work, a lock that does not
   *   hold.
   */
  async run(options: RunOptions = {}): Promise<Run> {
    const { startRun } = await import('./run.js');
    return startRun(this.#use(), options);
  }

  /** Computes cached stages again beside the cache, and compares. Changes nothing. */
  async verify(options: VerifyOptions = {}): Promise<Verification[]> {
    const { verifyRecipe } = await import('./verify.js');
    return verifyRecipe(this.#use(), options);
  }

  /** The lock beside the recipe. Throws an EtudeError where there is none. */
  async lock(): Promise<LockFile> {
    const { lockOf } = await import('./refuse-drift.js');
    return lockOf(this.file);
  }

  /**
   * What a stage made, from the cache.
   *
   * @throws EtudeError where it has to be computed first.
   */
  async artifact(stage: string, options: { anyEngine?: boolean } = {}): Promise<StageArtifact> {
    const { cachedArtifact } = await import('./artifact.js');
    return cachedArtifact(this.#use(), stage, options);
  }

  /**
   * The dataset that a stage made, from the cache, to be read by rows and columns.
   *
   * @example
   * const clips = await recipe.dataset('speech');
   * for await (const row of clips.rows('train')) console.log(row.label);
   *
   * @throws EtudeError where it has to be computed first, or the stage makes no dataset.
   */
  async dataset(stage: string): Promise<DatasetReader> {
    const { openDataset } = await import('../learning/data/dataset.js');
    const { artifact, objects } = await this.artifact(stage);
    if (artifact.kind === 'dataset') return openDataset(artifact, objects);
    throw new EtudeError(`stage '${stage}' makes a ${artifact.kind}`, {
      expected: 'a stage that makes a dataset',
    });
  }
}
