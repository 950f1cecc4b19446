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
export type { DeviceReport, EngineChoice, EngineName, EngineReport } from './engine/engine-type.js';
export type { DeviceChoice } from './engine/onnxruntime/device-names.js';
export type { AudioSamples, EncodedAudio } from './learning/data/column.js';
export type { DatasetReader, ReadOptions, Row } from './learning/data/dataset.js';
export type { AudioInput } from './learning/predict/audio-inputs.js';
export type { Prediction } from './learning/predict/prediction.js';
export type { LabelScore } from './learning/predict/scores.js';
export type { ObjectChoice } from './pipeline/bundle/manifest.js';
export type { GcReport } from './pipeline/cache/gc/collect-garbage.js';
export type { Provenance } from './pipeline/cache/types.js';
export type { Difference } from './pipeline/diff/difference.js';
export {
  defineScheduler,
  type Job,
  type JobResources,
  type JobStatus,
  type MakeScheduler,
  type Scheduler,
  SchedulerUnavailable,
} from './pipeline/executors/scheduler.js';
export type { Receipt, StageReceipt } from './pipeline/lock/receipt.js';
export type { LockFile } from './pipeline/lock/types.js';
export type { GraphFormat } from './pipeline/plan/graph/draw.js';
export type { Explanation } from './pipeline/plan/rerun-reasons/explain-stage.js';
export type { Plan, PlannedStage, Reason } from './pipeline/plan/types.js';
export type { StagesAsked } from './pipeline/recipe/choose-stages.js';
export type { FormatOptions } from './pipeline/recipe/format-problem.js';
export type { Pipeline, PipelineStage } from './pipeline/recipe/pipeline.js';
export type { Problem } from './pipeline/recipe/problem.js';
export type {
  MatrixResult,
  PlannedLine,
  RunEvent,
  StageOutcome,
  StageStatus,
} from './pipeline/run/events/run-events.js';
export type { OnChange, PlanRow, WatchEvent } from './pipeline/run/events/watch-events.js';
export type { RunFinished } from './pipeline/run/run-pipeline.js';
export type { RunRecord } from './pipeline/run/run-records.js';
export { StagePool, type StagePoolOptions } from './pipeline/run/stage-pool.js';
export type { Verification } from './pipeline/verify/verify-stage.js';
export type { StageArtifact } from './project/artifact.js';
export type { ClassifyOptions, LoadClassifierOptions, LoadedClassifier } from './project/classifier.js';
export type { Compared, Diff } from './project/diff.js';
export type { ExaminedTraining, ExamineOptions } from './project/doctor/examine-trainings.js';
export type { CheckName, Finding } from './project/doctor/finding.js';
export type { DoctorReport, HubReport } from './project/doctor/machine.js';
export type { ArgoOptions } from './project/export-argo.js';
export type { ExportDatasetOptions } from './project/export-dataset.js';
export type { OnnxOptions } from './project/export-onnx.js';
export type { ExportOptions } from './project/export-stage.js';
export type { GcOptions } from './project/gc.js';
export type { ListedStage } from './project/list-stages.js';
export type { LockChange } from './project/lock-after-run.js';
export { openProject, type Project, type ProjectOptions } from './project/project.js';
export { readAudio } from './project/read-audio.js';
export type { OpenOptions, Recipe } from './project/recipe.js';
export { RecipeError } from './project/recipe-error.js';
export type { Report, ReportOptions } from './project/report/report.js';
export type { ReproduceOptions, Reproduction } from './project/reproduce.js';
export type { Run, RunOptions, RunResult } from './project/run.js';
export type { RunningServer, ServeOptions } from './project/serve.js';
export type { Admission, AdmitOptions } from './project/share/admit.js';
export type { Bundled, BundleOptions } from './project/share/bundle.js';
export type { Checked } from './project/share/check-suspects.js';
export { listKeys, makeKey, type TrustedKey, trustKey } from './project/share/keys.js';
export type { Published, PublishOptions } from './project/share/publish/publish.js';
export type { Pulled, PullOptions } from './project/share/pull.js';
export type { Pushed, PushOptions } from './project/share/push.js';
export type { PushDatasetOptions } from './project/share/push-dataset.js';
export type { ModelPush, PushModelsOptions } from './project/share/push-model/push-after-run.js';
export type { PushModelOptions, WriteModelOptions } from './project/share/push-model/push-model.js';
export type { Fetched } from './project/share/remote.js';
export type { Unbundled, UnbundleOptions } from './project/share/unbundle.js';
export type { StageLog } from './project/stage-logs.js';
export type { Task } from './project/task-events.js';
export type { VerifyOptions } from './project/verify.js';
export type { Watch } from './project/watch/watch.js';
export { type WatchOptions, watchRecipe } from './project/watch/watch-recipe.js';
export type * from './stage/artifact.js';
export type * from './stage/stage-type.js';
export { EtudeError, type EtudeErrorOptions, type Where } from './util/errors.js';
