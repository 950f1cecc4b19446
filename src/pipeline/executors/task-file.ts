import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shard } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { StageOutput, StageTask } from '../run/stage-task.js';

/**
 * The file of a task, which `etude exec-task` computes on any machine that sees the cache folder: everything
 * but the cache's content. It is `jobs/<fingerprint>/<attempt>/task.json` in the cache folder, and what
 * becomes of it is written next to it.
 */
export interface TaskFile {
  format: 1;
  fingerprint: string;
  task: StageTask;
  /** Of stages that use the engine: the id that is in the fingerprint. */
  engineId?: string;
  /** Number of cores that were asked for. */
  cpus?: number;
  /** Of a stage that works chunk by chunk, and on nothing else: a shard reads its own chunks alone. */
  readsOwnChunks?: boolean;
}

/** The same for one of a stage's shards: the rest is in the task file two folders above. */
export interface ShardFile {
  format: 1;
  shard: Shard;
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

/** The folder of the jobs of one fingerprint, or of one of its shards, relative to the cache folder. */
export function jobsFolder(fingerprint: string, shard?: Shard): string {
  return `jobs/${fingerprint}${shard === undefined ? '' : `/shards-${shard.count}/${shard.index}`}`;
}

/**
 * Reads the file of a task, or of a shard.
 *
 * @throws EtudeError for a file that is none
 */
export async function readTaskFile(file: string): Promise<TaskFile> {
  const value = await readJson(file);
  if (value.shard === undefined) return checked(value, file);
  const whole = checked(await readJson(join(file, '../../..', FILES.task)), file);
  return { ...whole, task: { ...whole.task, shard: value.shard } };
}

async function readJson(file: string): Promise<Partial<TaskFile & ShardFile>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new EtudeError('the task cannot be read', {
      where: { file },
      got: String((error as Error).message),
    });
  });
  try {
    return JSON.parse(text) as Partial<TaskFile & ShardFile>;
  } catch {
    return {};
  }
}

function checked(value: Partial<TaskFile>, file: string): TaskFile {
  const { format, task, fingerprint = '' } = value;
  if (format === 1 && typeof task?.cacheDir === 'string' && /^[0-9a-f]{64}$/.test(fingerprint))
    return value as TaskFile;
  throw new EtudeError('not a task', {
    where: { file },
    expected: 'the task.json of a job, made by the same version of Etude',
  });
}
