/**
 * Etude for programs: what the command line does, without printing, exiting or global state.
 *
 * @example
 * import { openProject } from 'etude-audio';
 *
 * const project = openProject();
 * const recipe = await project.open('pipelines/quickstart.yaml');
 * const run = await recipe.run();
 * for await (const event of run) if (event.type === 'stage-finished') console.log(event.id, event.status);
 * const { finished } = await run.result;
 * console.log(finished.status, finished.metrics.test_accuracy);
 */
export type { DatasetReader, ReadOptions, Row } from './learning/data/dataset.js';
export type { Prediction } from './learning/predict/prediction.js';
export type { LabelScore } from './learning/predict/scores.js';
export type { Receipt } from './pipeline/lock/receipt.js';
export type { LockFile } from './pipeline/lock/types.js';
export type { Explanation } from './pipeline/plan/explain.js';
export type { Because, Plan, PlannedStage } from './pipeline/plan/types.js';
export type { StagesAsked } from './pipeline/recipe/choose-stages.js';
export type { Pipeline, PipelineStage } from './pipeline/recipe/pipeline.js';
export type { Problem } from './pipeline/recipe/problem.js';
export type {
  MatrixResult,
  PlannedLine,
  RunEvent,
  StageOutcome,
  StageStatus,
} from './pipeline/run/events.js';
export type { RunRecord } from './pipeline/run/records.js';
export type { RunFinished } from './pipeline/run/run-pipeline.js';
export type { Verification } from './pipeline/verify/verify-stage.js';
export type { StageArtifact } from './project/artifact.js';
export type { ClassifyOptions, LoadClassifierOptions, LoadedClassifier } from './project/classifier.js';
export type { LockChange } from './project/lock-after-run.js';
export { openProject, type Project, type ProjectOptions } from './project/project.js';
export type { Recipe } from './project/recipe.js';
export { RecipeError } from './project/recipe-error.js';
export type { ReproduceOptions, Reproduction } from './project/reproduce.js';
export type { Run, RunOptions, RunResult } from './project/run.js';
export type { Task } from './project/task.js';
export type { VerifyOptions } from './project/verify.js';
export type * from './stage/artifact.js';
export type * from './stage/stage-type.js';
export { EtudeError, type EtudeErrorOptions, type Where } from './util/errors.js';
