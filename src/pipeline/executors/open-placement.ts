import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { schemasFolder } from '../../stage/find-stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { DiskCache } from '../cache/open-cache.js';
import { secondsOf } from '../recipe/resources.js';
import { openRemote } from '../remote/open-remote.js';
import type { Placement } from '../run/executor.js';
import { CommandScheduler } from './command.js';
import { HuggingFaceJobs, type HuggingFaceProfile } from './huggingface/huggingface.js';
import { JobExecutor, type JobTimes } from './job-executor.js';
import { isChosen, resourcesFor } from './job-resources.js';
import { setupLines } from './job-script.js';
import { checkVolumes } from './kubernetes/check-volumes.js';
import { Kubernetes } from './kubernetes/kubernetes.js';
import type { KubernetesProfile } from './kubernetes/types.js';
import type { CommandProfile, OpenedProfile, Profile } from './profiles/profile.js';
import type { Scheduler } from './scheduler.js';
import { Slurm } from './slurm.js';
import { StoreScheduler } from './store/store-scheduler.js';

export interface PlacementOptions {
  cache: Pick<DiskCache, 'dir' | 'objects'>;
  engineId: string;
  onInterrupt(): Promise<'leave' | 'cancel'>;
  warn(text: string): void;
}

/** Slurm gives a job that it ends half a minute, unless it is configured otherwise. */
const PATIENCE_MS = 60_000;

/**
 * What computes the stages of a recipe, by a profile; `undefined`: this machine, all of them.
 *
 * @throws EtudeError for a module that exports no scheduler
 */
export async function openPlacement(
  opened: OpenedProfile,
  options: PlacementOptions,
): Promise<Placement | undefined> {
  const { profile } = opened;
  const inner = await schedulerOf(opened, options.cache.dir);
  if (inner === undefined) return undefined;
  const { retries, retry_memory_factor, max_jobs, store } = profile;
  const { etude = ownCommand() } = profile;
  const stateInterval = secondsOf(profile.state_interval)!;
  const setup = setupLines(profile);
  const scheduler =
    store === undefined
      ? inner
      : new StoreScheduler(inner, {
          ...options,
          remote: openRemote(store),
          store,
          setup,
          etude,
          stateInterval,
        });
  const executor = new JobExecutor({
    ...options,
    scheduler,
    maxJobs: max_jobs,
    retries,
    memoryFactor: retry_memory_factor,
    resourcesOf: (stage) => resourcesFor(stage, profile),
    setup,
    etude,
    times: timesOf(profile),
    profile: opened.name,
  });
  return { executorOf: (stage) => (isChosen(stage, profile) ? executor : undefined), maxJobs: max_jobs };
}

async function schedulerOf(
  { profile, file }: OpenedProfile,
  cacheDir: string,
): Promise<Scheduler | undefined> {
  switch (profile.executor) {
    case 'local':
      return undefined;
    case 'slurm':
      return new Slurm();
    case 'kubernetes':
      if (profile.store === undefined) checkVolumes(profile as KubernetesProfile, cacheDir);
      return new Kubernetes(profile as KubernetesProfile, cacheDir);
    case 'huggingface':
      return new HuggingFaceJobs(profile as HuggingFaceProfile);
    case 'command':
      return new CommandScheduler(profile as CommandProfile);
    default:
      return fromModule(resolve(dirname(file), profile.executor), profile.options ?? {});
  }
}

async function fromModule(path: string, options: Readonly<Record<string, unknown>>): Promise<Scheduler> {
  const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  const made: unknown = typeof module.default === 'function' ? await module.default(options) : module.default;
  const { name, submit, status, cancel } = (made ?? {}) as Partial<Scheduler>;
  const isScheduler =
    typeof name === 'string' && [submit, status, cancel].every((each) => typeof each === 'function');
  if (isScheduler) return made as Scheduler;
  throw new EtudeError('the module exports no scheduler', {
    where: { file: path },
    expected: 'a default export with name, submit, status and cancel, or a function that makes one',
  });
}

function timesOf({ poll_interval, grace }: Profile): JobTimes {
  const pollMs = poll_interval * 1000;
  return {
    pollMs,
    mostMs: Math.max(pollMs, 30_000),
    lookMs: Math.min(1000, pollMs),
    graceMs: grace * 1000,
    patienceMs: PATIENCE_MS,
    pauseMs: [Math.min(2000, pollMs), 60_000],
  };
}

/** This Node with this Etude, which is the same path on all machines of a cluster. */
function ownCommand(): string[] {
  return [process.execPath, join(schemasFolder(), '..', 'dist', 'src', 'cli', 'main.cjs')];
}
