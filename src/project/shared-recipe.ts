import type { StagesAsked } from '../pipeline/recipe/choose-stages.js';
import type { Pipeline } from '../pipeline/recipe/pipeline.js';
import type { OpenedRecipe } from './project-types.js';
import type { Admission, AdmitOptions } from './share/admit.js';
import type { Bundled, BundleOptions } from './share/bundle.js';
import type { Published } from './share/publish/publish.js';
import type { Pulled, PullOptions } from './share/pull.js';
import type { Pushed, PushOptions } from './share/push.js';
import type { PushDatasetOptions } from './share/push-dataset.js';
import type { ModelPush, PushModelsOptions } from './share/push-model/push-after-run.js';
import type { PushModelOptions, WriteModelOptions } from './share/push-model/push-model.js';

/** What is shared of a recipe: with people who have Etude, and with all who use the Hub. */
export abstract class SharedRecipe {
  abstract readonly pipeline: Pipeline;

  /** The recipe for a single use. */
  protected abstract use(): OpenedRecipe;

  /** Packs the recipe, what belongs to it and, optionally, its results into one file. */
  async bundle(options: BundleOptions = {}): Promise<Bundled> {
    const { bundleRecipe } = await import('./share/bundle.js');
    return bundleRecipe(this.use(), options);
  }

  /**
   * Checks the results of bundles for this recipe: recomputes every stage, some in part, and uses all of them
   * from then on if they are equal.
   */
  async admit(options: AdmitOptions = {}): Promise<Admission> {
    const { admitResults } = await import('./share/admit.js');
    return admitResults(this.use(), options);
  }

  /** Uploads the recipe's cached results to a remote cache. */
  async push(options: PushOptions = {}): Promise<Pushed> {
    const { pushResults } = await import('./share/push.js');
    return pushResults(this.use(), options);
  }

  /** Fetches those of the recipe's results that a remote cache has, and the local one lacks. */
  async pull(options: PullOptions = {}): Promise<Pulled> {
    const { pullResults } = await import('./share/pull.js');
    return pullResults(this.use(), options);
  }

  /**
   * Makes a stage's dataset the content of a repository on the Hub, in one commit: Parquet files and a
   * dataset card, as `exportDataset` writes them. Makes no commit if all that is there.
   *
   * @param id `owner/name`.
   * @throws EtudeError with everything that is in the way; nothing has been changed on the Hub then.
   */
  async pushDataset(stage: string, id: string, options: PushDatasetOptions = {}): Promise<Published> {
    const { pushDataset } = await import('./share/push-dataset.js');
    return pushDataset(this.use(), stage, id, options);
  }

  /**
   * Makes a trained model the content of a repository on the Hub, in one commit: its files, graphs if the
   * recipe exports some, a model card, the recipe with its lock, and a report. Makes no commit if all that is
   * there.
   *
   * @param id `owner/name`; default: `hub_model_id` of the training.
   * @throws EtudeError with everything that is in the way; nothing has been changed on the Hub then.
   */
  async pushModel(stage: string, id?: string, options: PushModelOptions = {}): Promise<Published> {
    const { pushModel } = await import('./share/push-model/push-model.js');
    return pushModel(this.use(), stage, id, options);
  }

  /**
   * Checks whether `pushModel` may push, before anything is computed for it.
   *
   * @throws EtudeError with all problems.
   */
  async checkPush(stage: string, id?: string, options: PushModelOptions = {}): Promise<void> {
    const { checkPush } = await import('./share/push-model/push-model.js');
    await checkPush(this.use(), stage, id, options);
  }

  /** Writes what `pushModel` would push into a folder. Resolves to the names of the files. */
  async writeModel(
    stage: string,
    id: string | undefined,
    folder: string,
    options: WriteModelOptions = {},
  ): Promise<string[]> {
    const { writePushedModel } = await import('./share/push-model/push-model.js');
    return writePushedModel(this.use(), stage, id, folder, options);
  }

  /**
   * Checks, before anything runs, whether the models of trainings with `push_to_hub` can be pushed, as far as
   * that can be known. Does nothing without such trainings.
   *
   * @throws EtudeError with all problems.
   */
  async checkPushes(asked: StagesAsked = {}): Promise<void> {
    if (!this.#pushes()) return;
    const { checkPushes } = await import('./share/push-model/push-after-run.js');
    return checkPushes(this.pipeline, asked);
  }

  /** Whether a training says that its model is to be pushed. */
  #pushes(): boolean {
    return this.pipeline.stages.some((stage) => stage.uses === 'train' && stage.with.push_to_hub === true);
  }

  /**
   * Pushes the models of trainings with `push_to_hub`, after a run. A failure is part of the result: the
   * models are in the cache.
   *
   * @param asked The stages that were run; default: all.
   */
  async pushModels(asked: StagesAsked = {}, options: PushModelsOptions = {}): Promise<ModelPush[]> {
    if (!this.#pushes()) return [];
    const { pushAfterRun } = await import('./share/push-model/push-after-run.js');
    return pushAfterRun(this.use(), asked, options);
  }
}
