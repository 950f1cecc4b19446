import { utimes, writeFile } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Shard } from '../../stage/stage-type.js';
import { writeLine } from '../../terminal/output.js';
import { terminalLine } from '../../terminal/terminal-text.js';
import { EtudeError } from '../../util/errors.js';
import { openCache } from '../cache/open-cache.js';
import { failure } from '../run/compute-stage.js';
import { runStageProcess, type StageListener } from '../run/one-shot-process.js';
import type { StageOutput } from '../run/stage-task.js';
import { ProcessDied } from '../run/start-stage-process.js';
import { JobFolder, writeWhole } from './job-folder.js';
import { Journal } from './journal.js';
import { FILES, readTaskFile, type TaskFile, type TaskResult } from './task-file.js';

/** How often a job shows that it is alive. */
const ALIVE_MS = 5000;

export interface ExecOptions extends Pick<StageListener, 'signal' | 'kill'> {
  /** The id of the engine here, for a task that uses one. */
  engineIdOf(task: TaskFile['task']): Promise<string>;
  /** Called with each line of its events, for whoever sees no more than its log. */
  onEvent?(line: string): void;
}

/**
 * Computes the task in a file (see `TaskFile`) and writes its result next to it. Resolves to how it ended;
 * what is already there is not computed again, and of two jobs with the same fingerprint one waits for the
 * other.
 *
 * @throws EtudeError for a file that is none, or a result that cannot be written
 */
export async function execTask(file: string, options: ExecOptions): Promise<StageOutput['type']> {
  const folder = dirname(file);
  const { task, fingerprint, engineId, cpus } = await readTaskFile(file);
  const journal = new Journal(join(folder, FILES.events), options.onEvent);
  const output = join(folder, FILES.output);
  const alive = setInterval(() => void touch(join(folder, FILES.alive)), ALIVE_MS);
  try {
    await touch(join(folder, FILES.alive));
    const cache = await openCache(task.cacheDir);
    const { shard } = task;
    const name = `job-${fingerprint}${shard === undefined ? '' : `-${shard.index}-${shard.count}`}`;
    const lock = await cache.lock(name, {
      runId: name,
      signal: options.signal,
      onWait: ({ pid, host }) => journal.add({ type: 'waiting', pid, host }),
    });
    try {
      const known = await finished(task.cacheDir, fingerprint, shard);
      const result = known ?? (await compute());
      await journal.close();
      await writeWhole(output, JSON.stringify(result));
      return result.output.type;
    } finally {
      await lock.release();
    }
  } finally {
    clearInterval(alive);
  }

  async function compute(): Promise<TaskResult> {
    const cores = task.cores === 1 ? 1 : (cpus ?? grantedCores() ?? availableParallelism());
    const host = hostname();
    journal.add({ type: 'started', host, pid: process.pid, cores });
    const { shard } = task;
    const part = shard === undefined ? '' : `, shard ${shard.index} of ${shard.count},`;
    say(
      `computing stage '${task.stage}'${part} on ${host} with ${cores === 1 ? '1 core' : `${cores} cores`}`,
    );
    const began = performance.now();
    let died: TaskResult['died'];
    const work = async (): Promise<StageOutput> => {
      const here = engineId === undefined ? undefined : await options.engineIdOf(task);
      if (here !== engineId)
        throw new EtudeError('the engine of this machine is another one', {
          expected: engineId,
          got: `${here} on ${host}`,
          hint: 'Results of two engines differ. Install the same on both, or choose one with --engine and --device.',
        });
      return runStageProcess(
        { ...task, cores },
        {
          ...options,
          folder: join(folder, 'process'),
          onProgress: (progress) => journal.progress(progress),
          onLog: (level, text) => {
            journal.add({ type: 'log', level, text });
            say(level === 'warning' ? `! ${text}` : text);
          },
        },
      );
    };
    const output = await work().catch((error: unknown) => {
      if (error instanceof ProcessDied) died = { memory: error.ofMemory };
      return failure(error);
    });
    if (output.type === 'failed' && /\bout of memory$/.test(output.message)) died ??= { memory: true };
    const seconds = (performance.now() - began) / 1000;
    if (output.type === 'failed') say(`failed: ${output.message}`);
    else say(`${output.type === 'success' ? 'done' : output.type} after ${seconds.toFixed(1)} s`);
    return { format: 1, output, seconds, host, ...(died && { died }) };
  }
}

/** The result of an earlier job with the same fingerprint that nobody has taken yet. */
async function finished(
  cacheDir: string,
  fingerprint: string,
  shard?: Shard,
): Promise<TaskResult | undefined> {
  for (const attempt of await new JobFolder(cacheDir, fingerprint, shard).attempts()) {
    const result = await attempt.result();
    if (result?.output.type === 'success') return result;
  }
  return undefined;
}

/** Cores that the scheduler has granted, which the system's own number may ignore: Slurm, PBS, SGE, LSF. */
function grantedCores(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const { SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, NCPUS, NSLOTS, LSB_DJOB_NUMPROC } = env;
  const given = [SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, NCPUS, NSLOTS, LSB_DJOB_NUMPROC].map(Number);
  return given.find((cores) => Number.isSafeInteger(cores) && cores > 0);
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => writeFile(file, '').catch(() => undefined));
}

/** For the log of the job. */
export function say(text: string): void {
  writeLine(process.stdout, terminalLine(text));
}
