import { openDataset } from '../../learning/data/dataset.js';
import { throwProblem } from '../../learning/data/name-problems.js';
import { readEvaluation, type SplitEvaluation } from '../../learning/report/evaluation.js';
import { evaluates } from '../../learning/training/argument-checks.js';
import { checkColumns } from '../../learning/training/dataset-checks.js';
import type { Examples } from '../../learning/training/examples.js';
import { readLabel } from '../../learning/training/read-label.js';
import type { Entry } from '../../pipeline/cache/types.js';
import type { PipelineStage } from '../../pipeline/recipe/pipeline.js';
import type { DatasetArtifact } from '../../stage/artifact.js';
import type { TrainParams } from '../../stage/params.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { quoted } from '../../util/shell-word.js';
import type { OpenedRecipe } from '../project-types.js';
import { findHeard, type Heard, type Missing } from './heard.js';

/** Labels of the splits that a training reads; see `Examples`. */
export interface Labelled {
  names: readonly string[];
  train: Pick<Examples, 'split' | 'labels'>;
  evaluation?: Pick<Examples, 'split' | 'labels'>;
}

/** What the checks of a training know, all of it from the recipe and the cache. */
export interface TrainingFacts {
  /** Its id. */
  stage: string;
  params: TrainParams;
  /** Clips to train on, if known. */
  clips?: number;
  labelled: Labelled | Missing;
  heard: Heard | Missing;
  /** The dataset that is trained on, if it is cached. */
  input?: { stage: string; dataset: DatasetArtifact; objects: Objects };
  /** The cached evaluations of the model, of one class a clip. */
  evaluations: readonly SplitEvaluation[];
  /** What they measured, of any kind. */
  measured: readonly { split: string; metrics: Readonly<Record<string, number>> }[];
  /** The recipe, for commands. */
  shown: string;
  /** The command that computes a stage, or everything. */
  run(stage?: string): string;
}

/**
 * Collects them.
 *
 * @param entries What the cache has, by stage.
 * @param shown The recipe as the user named it.
 */
export async function collectFacts(
  training: PipelineStage,
  { pipeline }: Pick<OpenedRecipe, 'pipeline'>,
  { entries, objects, shown }: { entries: ReadonlyMap<string, Entry>; objects: Objects; shown: string },
): Promise<TrainingFacts> {
  const params = training.with as unknown as TrainParams;
  const input = Object.values(training.from)[0]!;
  const run = (stage?: string) =>
    ['etude run', quoted(shown), ...(stage === undefined ? [] : [quoted(stage)])].join(' ');
  const outline = pipeline.stages.find(({ id }) => id === input)?.outline;
  const artifact = entries.get(input)?.artifact;
  const splits = artifact?.kind === 'dataset' ? artifact.splits : {};
  const split = params.train_split;
  const clips = Object.hasOwn(splits, split)
    ? splits[split]!.num_rows
    : outline?.kind === 'dataset' && Object.hasOwn(outline.splits, split)
      ? outline.splits[split]
      : undefined;
  const heard = await findHeard(training, pipeline, { entries, objects, split });
  const evaluations: SplitEvaluation[] = [];
  const measured: { split: string; metrics: Record<string, number> }[] = [];
  for (const { id, from } of pipeline.stages) {
    const report = entries.get(id)?.artifact;
    if (report?.kind !== 'report' || !Object.values(from).includes(training.id)) continue;
    evaluations.push(...(await readEvaluation({ stage: id, artifact: report }, objects)));
    for (const [name, metrics] of Object.entries(report.metrics)) measured.push({ split: name, metrics });
  }
  return {
    stage: training.id,
    params,
    clips,
    labelled: await readLabels(entries.get(input), params, objects, {
      missing: `'${input}' is not in the cache`,
      advice: `Compute it with: ${run(input)}`,
    }),
    heard: 'missing' in heard ? { advice: `Compute the data with: ${run(input)}`, ...heard } : heard,
    input: artifact?.kind === 'dataset' ? { stage: input, dataset: artifact, objects } : undefined,
    evaluations,
    measured,
    shown: quoted(shown),
    run,
  };
}

/** The labels of the splits that a training reads. */
async function readLabels(
  entry: Entry | undefined,
  params: TrainParams,
  objects: Objects,
  missing: Missing,
): Promise<Labelled | Missing> {
  if (entry?.artifact.kind !== 'dataset') return missing;
  const reader = openDataset(entry.artifact, objects);
  const { label_column, problem_type, train_split, eval_split } = params;
  try {
    const names = checkColumns(reader.features, params, throwProblem) ?? ['value'];
    const read = async (split: string) => {
      const values = await reader.column(split, label_column);
      const options = { split, label_column, labels: names, problem_type };
      return { split, labels: values.flatMap((value, row) => readLabel(value, row, options)) };
    };
    return {
      names,
      train: await read(train_split),
      evaluation: evaluates(params) ? await read(eval_split) : undefined,
    };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    return { missing: error.message };
  }
}
