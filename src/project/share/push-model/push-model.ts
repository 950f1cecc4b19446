import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { repositoryNameProblem } from '../../../hub/repository-name.js';
import { hubSettings } from '../../../hub/settings.js';
import { planPipeline } from '../../../pipeline/plan/plan-stages.js';
import { findStage } from '../../../pipeline/recipe/find-stage.js';
import type { PipelineStage } from '../../../pipeline/recipe/pipeline.js';
import { EtudeError } from '../../../util/errors.js';
import { cachedArtifact, pinsOf } from '../../artifact.js';
import { licenseProblem } from '../../export-dataset.js';
import { fillFolder } from '../../output-folder.js';
import type { OpenedRecipe } from '../../project-types.js';
import { contentProblems } from '../publish/content-problems.js';
import { type PublishedFiles, textFile } from '../publish/files.js';
import { type Published, type PublishOptions, publish } from '../publish/publish.js';
import { targetProblems } from '../publish/target-problems.js';
import { throwAll } from '../publish/throw-all.js';
import { gatherFacts, type SaidOfModel, type Trained } from './gather-facts.js';
import { modelCard } from './model-card.js';
import { dtypesOf, modelFiles, recipeFiles } from './model-files.js';
import { type Target, targetOf } from './target.js';

export interface PushModelOptions extends PublishOptions, SaidOfModel {
  /**
   * The stage that exports the model as ONNX graphs, which are pushed, too. Default: one that the recipe has,
   * if its result is cached.
   */
  onnxStage?: string;
  /** Whether to make a report in HTML, without sounds and pictures of clips. Default true. */
  report?: boolean;
}

export interface WriteModelOptions extends Omit<PushModelOptions, keyof PublishOptions> {
  force?: boolean;
  signal?: AbortSignal;
}

/** See `Recipe.checkPush`. */
export async function checkPush(
  recipe: OpenedRecipe,
  stage: string,
  id: string | undefined,
  options: PushModelOptions,
): Promise<Target> {
  const settings = hubSettings();
  const target = await targetOf(trainStage(recipe, stage), id, options, settings);
  const repository = { type: 'model', id: target.id } as const;
  const asked = { ...options, ...target.options };
  const { problems } = await targetProblems({ repository, settings, signal: options.signal }, asked);
  throwAll(repository, [...problems, ...saidProblems(target.said)]);
  return target;
}

/** See `Recipe.pushModel`. */
export async function pushModel(
  recipe: OpenedRecipe,
  stage: string,
  id: string | undefined,
  options: PushModelOptions,
): Promise<Published> {
  const { warn = (text: string) => recipe.project.warn(text) } = options;
  const trained = await trainedModel(recipe, stage);
  const target = await checkPush(recipe, stage, id, options);
  const files = await filesToPush(recipe, trained, target.id, { ...options, ...target.said });
  const title = `Push ${trained.pipeline.name} with Etude`;
  const repository = { type: 'model', id: target.id } as const;
  return publish(repository, files, title, { ...options, ...target.options, warn });
}

/** See `Recipe.writeModel`. */
export async function writePushedModel(
  recipe: OpenedRecipe,
  stage: string,
  name: string | undefined,
  folder: string,
  options: WriteModelOptions,
): Promise<string[]> {
  const { force, signal } = options;
  const trained = await trainedModel(recipe, stage);
  const { id, said } = await targetOf(trained.stage, name, options, hubSettings());
  const files = await filesToPush(recipe, trained, id, { ...options, ...said });
  const repository = { type: 'model', id } as const;
  const problems = await contentProblems({ repository, settings: hubSettings() }, files, { ask: false });
  throwAll(repository, [repositoryNameProblem(id) ?? [], problems, saidProblems(said)].flat());
  await fillFolder(recipe.project.pathOf(folder), { force }, async (into) => {
    for (const [name, file] of files) {
      const path = join(into, name);
      await mkdir(dirname(path), { recursive: true });
      await pump(Readable.from(file.pieces()), createWriteStream(path), { signal });
    }
    return [...files.keys()];
  });
  return [...files.keys()];
}

function trainStage({ pipeline }: OpenedRecipe, id: string): PipelineStage {
  const stage = findStage(pipeline, id);
  if (stage.uses !== 'train')
    throw new EtudeError(`stage '${id}' trains no model`, {
      expected: 'a stage of type train',
      got: stage.uses,
    });
  return stage;
}

/** What is wrong with what the one who pushes says of a model. */
function saidProblems({ license, language = [] }: SaidOfModel): EtudeError[] {
  const problems = [licenseProblem(license) ?? []].flat();
  for (const code of language)
    if (!/^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$/.test(code))
      problems.push(
        new EtudeError(`'${code}' is not a language`, { expected: 'an ISO 639 code such as en' }),
      );
  return problems;
}

/** A training whose result is cached, and what else the cache has of its recipe. */
async function trainedModel(recipe: OpenedRecipe, id: string): Promise<Trained> {
  const stage = trainStage(recipe, id);
  const { artifact } = await cachedArtifact(recipe, id);
  if (artifact.kind !== 'model') throw new Error('a training produces a model');
  const setting = await recipe.setting();
  const { pipeline, cache } = setting;
  const { stages } = await planPipeline(setting);
  const hits = stages.filter((each) => each.type === 'hit');
  const entries = new Map(hits.map((each) => [each.stage.id, each.entry]));
  return { pipeline, stage, artifact, entries, repositories: pinsOf(stages), cache };
}

async function filesToPush(
  recipe: OpenedRecipe,
  trained: Trained,
  id: string,
  options: Omit<PushModelOptions, keyof PublishOptions>,
): Promise<PublishedFiles> {
  const { stage, artifact, entries, cache } = trained;
  const { onnxStage = exportOf(trained) } = options;
  const graphs = onnxStage === undefined ? undefined : entries.get(onnxStage)?.artifact;
  if (options.onnxStage !== undefined && graphs?.kind !== 'model')
    throw new EtudeError(`stage '${options.onnxStage}' has no result in the cache`);
  const exported = graphs?.kind === 'model' ? graphs : undefined;
  const own = await recipeFiles(recipe, stage.id, entries.get(stage.id)!);
  const report = options.report === false ? undefined : await reportOf(trained);
  const facts = {
    ...(await gatherFacts(trained, id, options)),
    onnx: await dtypesOf(cache, exported),
    reproduce: { ...own.reproduce, report: report !== undefined },
  };
  return new Map([
    ['README.md', textFile(modelCard(facts))],
    ...modelFiles(cache, artifact, exported),
    ...own.files,
    ...(report === undefined ? [] : [['report.html', textFile(report)] as const]),
  ]);
}

/** The recipe's own stage that exports a model. */
function exportOf({ pipeline, stage, entries }: Trained): string | undefined {
  return pipeline.stages.find(
    ({ id, uses, from }) => uses === 'export-onnx' && from.model === stage.id && entries.has(id),
  )?.id;
}

/** What `etude report` shows of the training and its evaluations, without clips, machines and times. */
async function reportOf({ pipeline, stage, artifact, entries, cache }: Trained): Promise<string> {
  const { makeReport } = await import('../../../learning/report/make-report.js');
  const evaluations = pipeline.stages.flatMap(({ id, uses, from }) => {
    const result = entries.get(id)?.artifact;
    const isOf = uses === 'evaluate' && from.model === stage.id;
    return isOf && result?.kind === 'report' ? [{ stage: id, artifact: result }] : [];
  });
  const { name } = pipeline;
  const models = [{ stage: stage.id, artifact }];
  const run = { name, group: name, evaluations, models, datasets: [], objects: cache.objects };
  return makeReport([run], { title: name, audio: 'none' });
}
