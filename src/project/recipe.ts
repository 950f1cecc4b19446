import type { ResolvedEngine } from '../engine/resolve-engine.js';
import type { DatasetReader } from '../learning/data/dataset.js';
import type { DiskCache } from '../pipeline/cache/open-cache.js';
import type { LockFile } from '../pipeline/lock/types.js';
import type { GraphFormat } from '../pipeline/plan/graph/draw.js';
import type { Explanation } from '../pipeline/plan/rerun-reasons/explain-stage.js';
import type { Plan } from '../pipeline/plan/types.js';
import type { StagesAsked } from '../pipeline/recipe/choose-stages.js';
import { withoutInspections } from '../pipeline/recipe/forget-inspections.js';
import type { LoadOptions } from '../pipeline/recipe/load-pipeline.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import type { Verification } from '../pipeline/verify/verify-stage.js';
import { EtudeError } from '../util/errors.js';
import type { StageArtifact } from './artifact.js';
import type { ExaminedTraining, ExamineOptions } from './doctor/examine-trainings.js';
import type { ArgoOptions } from './export-argo.js';
import type { ExportDatasetOptions } from './export-dataset.js';
import type { OnnxOptions } from './export-onnx.js';
import type { ExportOptions } from './export-stage.js';
import type { ListedStage } from './list-stages.js';
import type { OpenedProject, OpenedRecipe, Setting } from './project-types.js';
import type { Run, RunOptions } from './run.js';
import { SharedRecipe } from './shared-recipe.js';
import type { VerifyOptions } from './verify.js';

export interface OpenOptions extends Pick<LoadOptions, 'params' | 'set' | 'onPath'> {
  /**
   * The recipe is used once, right away: what opening it has found out about its data is reused. Default
   * false: every use looks again.
   */
  once?: boolean;
}

/** A recipe without mistakes, in its project. Made by `Project.open`. */
export class Recipe extends SharedRecipe implements OpenedRecipe {
  #cache: Promise<DiskCache> | undefined;

  constructor(
    readonly project: OpenedProject,
    /** Its stages, with their parameters after defaults and overrides. */
    readonly pipeline: Pipeline,
    /** Not mistakes, but worth knowing before anything runs: `stage: text`. */
    readonly warnings: readonly string[],
    /** What was set from outside. */
    readonly overrides: OpenOptions,
  ) {
    super();
  }

  /** Absolute path of the recipe. */
  get file(): string {
    return this.pipeline.file;
  }

  /** The cache of the recipe's project; opened once. */
  cache(): Promise<DiskCache> {
    this.#cache ??= this.project.openCache(this.pipeline.place);
    return this.#cache;
  }

  /** The recipe for a single use, which looks at its data once. */
  protected use(): Recipe {
    if (this.overrides.once) return this;
    const { project, pipeline, warnings, overrides } = this;
    const use = new Recipe(project, withoutInspections(pipeline), warnings, { ...overrides, once: true });
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
    const { planPipeline } = await import('../pipeline/plan/plan-stages.js');
    const { chooseStages } = await import('../pipeline/recipe/choose-stages.js');
    const use = this.use();
    const { pipeline, force } = chooseStages(use.pipeline, asked);
    const setting = await use.setting();
    const plan = await planPipeline({ ...setting, pipeline, force });
    await setting.cache.flush();
    return plan;
  }

  /**
   * The parts of a stage's fingerprint, and how they differ from past ones.
   *
   * @throws EtudeError for a stage that is not in the recipe.
   */
  async explain(stage: string): Promise<Explanation> {
    const { explainStage } = await import('../pipeline/plan/rerun-reasons/explain-stage.js');
    const { findStage } = await import('../pipeline/recipe/find-stage.js');
    const { id } = findStage(this.pipeline, stage);
    const setting = await this.use().setting();
    const explanation = await explainStage(id, setting);
    await setting.cache.flush();
    return explanation;
  }

  /**
   * Starts a run: computes what changed and takes the rest from the cache. Resolves once it is known that it
   * can start.
   *
   * @throws EtudeError if it cannot: an unknown stage, an engine that does not work, a lock that is out of
   * date.
   */
  async run(options: RunOptions = {}): Promise<Run> {
    const { startRun } = await import('./run.js');
    return startRun(this.use(), options);
  }

  /** Recomputes cached stages outside the cache, and compares the results. Changes nothing. */
  async verify(options: VerifyOptions = {}): Promise<Verification[]> {
    const { verifyRecipe } = await import('./verify.js');
    return verifyRecipe(this.use(), options);
  }

  /**
   * Finds out why trainings do not learn: checks what the cache has, and trains on 16 clips. Changes nothing
   * in the cache.
   *
   * @throws EtudeError if there is no such training.
   */
  async examine(options: ExamineOptions = {}): Promise<ExaminedTraining[]> {
    const { examineTrainings } = await import('./doctor/examine-trainings.js');
    return examineTrainings(this.use(), options);
  }

  /** The lock next to the recipe. Throws an EtudeError if there is none. */
  async lock(): Promise<LockFile> {
    const { lockOf } = await import('./refuse-drift.js');
    return lockOf(this.file);
  }

  /** The stages in running order, each with what the cache has of it. */
  async stages(): Promise<ListedStage[]> {
    const { listStages } = await import('./list-stages.js');
    return listStages(this.use());
  }

  /**
   * What a stage produced, from the cache.
   *
   * @throws EtudeError if it has to be computed first.
   */
  async artifact(stage: string, options: { anyEngine?: boolean } = {}): Promise<StageArtifact> {
    const { cachedArtifact } = await import('./artifact.js');
    return cachedArtifact(this.use(), stage, options);
  }

  /**
   * Writes a stage's dataset as `save_to_disk` of Hugging Face datasets does, or as Parquet files with a
   * dataset card, as the Hub has it. Resolves to the rows of each split.
   *
   * @param folder New, empty, or an earlier export.
   * @throws EtudeError if the stage has to be computed first or produces no dataset, and for another folder.
   */
  async exportDataset(
    stage: string,
    folder: string,
    options: ExportDatasetOptions = {},
  ): Promise<Record<string, number>> {
    const { exportDataset } = await import('./export-dataset.js');
    return exportDataset(this.use(), stage, folder, options);
  }

  /** Writes a stage's model as `save_pretrained` does. Resolves to the names of its files. */
  async exportModel(stage: string, folder: string, options: ExportOptions = {}): Promise<string[]> {
    const { exportModel } = await import('./export-stage.js');
    return exportModel(this.use(), stage, folder, options);
  }

  /**
   * The recipe with one more stage, which exports the model of a stage as ONNX graphs: run it, then write
   * them with `exportModel`.
   *
   * @example
   * const { recipe: extended, stage } = await recipe.withOnnxExport('model', { dtype: ['fp32', 'q8'] });
   * await (await extended.run({ stages: [stage] })).result;
   * await extended.exportModel(stage, 'web');
   *
   * @param defaults Instead of the stage type's, for a stage that is added.
   */
  async withOnnxExport(
    stage: string,
    options: OnnxOptions = {},
    defaults: OnnxOptions = {},
  ): Promise<{ recipe: Recipe; stage: string }> {
    const { withOnnxExport } = await import('./export-onnx.js');
    const { project, warnings, overrides } = this;
    const made = await withOnnxExport(this.pipeline, stage, options, defaults);
    const recipe = new Recipe(project, made.pipeline, warnings, overrides);
    recipe.cache = () => this.cache();
    return { recipe, stage: made.stage };
  }

  /**
   * Writes a page that classifies audio in a browser, from a stage that exports a model, with all it needs:
   * any server of files will do. Resolves to the names of the files.
   *
   * @example
   * const { recipe: extended, stage } = await recipe.withOnnxExport('model', { dtype: ['q8'] });
   * await (await extended.run({ stages: [stage] })).result;
   * await extended.exportWeb(stage, 'site');
   */
  async exportWeb(stage: string, folder: string, options: ExportOptions = {}): Promise<string[]> {
    const { exportWeb } = await import('./export-web.js');
    return exportWeb(this.use(), stage, folder, options);
  }

  /**
   * Checks a folder before anything is computed for it. @throws EtudeError if an export would not replace it.
   */
  async checkOutput(folder: string, options: Pick<ExportOptions, 'force'> = {}): Promise<void> {
    const { checkOutput } = await import('./output-folder.js');
    return checkOutput(this.project.pathOf(folder), options);
  }

  /**
   * Writes the curves of trainings, the confusion matrices and metrics of evaluations, as far as they are
   * cached, in JSON, with a `dvc.yaml` that describes them to DVC. Resolves to the names of the files.
   *
   * @param folder New, empty, or an earlier export.
   * @throws EtudeError if nothing of that is cached, and for another folder.
   */
  async exportPlots(folder: string, options: ExportOptions = {}): Promise<string[]> {
    const { exportPlots } = await import('./export-plots.js');
    return exportPlots(this.use(), folder, options);
  }

  /**
   * The recipe as a Workflow of Argo in YAML, for pods with the image, the volumes and the resources of a
   * profile: one per stage that the profile gives away, and one for the rest.
   *
   * @throws EtudeError for a profile of another executor or with a `store`, and if the pods would not see the
   * cache folder or the recipe; RecipeError for mistakes in the profile.
   */
  async argoWorkflow(options: ArgoOptions): Promise<string> {
    const { argoText } = await import('./export-argo.js');
    return argoText(this.use(), options);
  }

  /** The stages and what flows between them, each with what a run would do, drawn. */
  async graph(format: GraphFormat = 'text'): Promise<string> {
    const { drawPipeline } = await import('../pipeline/plan/graph/draw.js');
    return drawPipeline(this.pipeline, format, await this.plan());
  }

  /** The recipe as YAML, with defaults and overrides, and references resolved. */
  async resolved(): Promise<string> {
    const { resolveRecipe } = await import('../pipeline/recipe/resolve-recipe.js');
    return resolveRecipe(this.pipeline);
  }

  /**
   * The dataset that a stage made, from the cache, to be read by rows and columns.
   *
   * @example
   * const clips = await recipe.dataset('speech');
   * for await (const row of clips.rows('train')) console.log(row.label);
   *
   * @throws EtudeError if it has to be computed first, or the stage makes no dataset.
   */
  async dataset(stage: string): Promise<DatasetReader> {
    const { readDataset } = await import('./read-dataset.js');
    const { artifact, objects } = await this.artifact(stage);
    if (artifact.kind === 'dataset') return readDataset(artifact, objects);
    const { stagesToName } = await import('./artifact.js');
    throw new EtudeError(`stage '${stage}' produces a ${artifact.kind}`, {
      expected: `a stage that produces a dataset: ${stagesToName(this.pipeline, 'dataset')}`,
    });
  }
}
