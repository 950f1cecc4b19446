import type { PipelineStage } from '../recipe/pipeline.js';
import type { StageListener } from './one-shot-process.js';
import type { StageOutput, StageTask } from './stage-task.js';

/** One stage to compute, and the fingerprint under which its result will be stored. */
export interface StageWork {
  stage: PipelineStage;
  fingerprint: string;
  task: StageTask;
}

/** What is known about the job that computes a stage elsewhere. */
export interface JobNote {
  /** The executor: `slurm`. */
  executor: string;
  state: 'submitting' | 'queued' | 'running';
  /** The scheduler's id of the job, once it has one. */
  job?: string;
  /** From 1: how often it was submitted. */
  attempt: number;
  /** Why it is still in the queue, in the scheduler's words. */
  reason?: string;
  /** Where its log is, relative to the cache folder. */
  folder: string;
  /** If several jobs divide the stage: how many have ended, and of how many. */
  shards?: { done: number; count: number };
}

export interface WorkListener extends StageListener {
  /** Called with every change of the job's state. */
  onJob(note: JobNote): void;
}

/** Computes stages: in processes of this machine, or as jobs of a scheduler. */
export interface Executor {
  /**
   * Computes a stage. Rejects with an EtudeError if what computes it dies, or cannot be started.
   *
   * @param here Computes on this machine what is not worth a job.
   */
  run(work: StageWork, listener: WorkListener, here?: Executor): Promise<StageOutput>;
  /** Called once the result is stored, or has turned out to be unusable: it is not needed any more. */
  settled?(work: StageWork): Promise<void>;
}

/** Which stages are computed elsewhere. */
export interface Placement {
  /** What computes a stage; `undefined`: a process of this machine. */
  executorOf(stage: PipelineStage): Executor | undefined;
  /** Number of stages that may be elsewhere at the same time. */
  maxJobs: number;
}
