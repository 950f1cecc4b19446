import type { StageOutput, StageTask } from '../run/stage-task.js';

/**
 * The file of a task, which `etude exec-task` computes on any machine that sees the cache folder: everything but
 * the cache's content. It is `jobs/<fingerprint>/<attempt>/task.json` in the cache folder, and what becomes of it
 * is written next to it.
 */
export interface TaskFile {
  format: 1;
  fingerprint: string;
  task: StageTask;
  /** Of stages that use the engine: the id that is in the fingerprint. */
  engineId?: string;
  /** Number of cores that were asked for. */
  cpus?: number;
}

/** `output.json`, written last: that it is there means that the task is done, whatever a scheduler says. */
export interface TaskResult {
  format: 1;
  output: StageOutput;
  /** How long it took, without the time in the queue. */
  seconds: number;
  host: string;
  /** If the process that computed it died: whether for want of memory. */
  died?: { memory: boolean };
}

/** A line of `events.ndjson`: what happens while it is computed. */
export type TaskEvent =
  | { type: 'started'; host: string; pid: number; cores: number }
  /** Another job is computing the same. */
  | { type: 'waiting'; host: string; pid: number }
  | { type: 'progress'; progress: unknown }
  | { type: 'log'; level: 'info' | 'warning'; text: string };

/** Names of the files in the folder of an attempt. */
export const FILES = {
  task: 'task.json',
  /** See `JobRecord`. */
  job: 'job.json',
  script: 'job.sh',
  log: 'log.txt',
  events: 'events.ndjson',
  /** Touched every few seconds by the job. */
  alive: 'alive',
  output: 'output.json',
  /** What `output.json` becomes once nobody needs it. */
  taken: 'taken.json',
} as const;

/** The folder of the jobs of one fingerprint, relative to the cache folder. */
export function jobsFolder(fingerprint: string): string {
  return `jobs/${fingerprint}`;
}
