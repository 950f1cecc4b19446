import { EtudeError } from '../../util/errors.js';
import { type Call, type Called, call, complaint } from './call.js';
import {
  INDEX,
  type Job,
  type JobArray,
  type JobStatus,
  type Scheduler,
  SchedulerUnavailable,
} from './scheduler.js';

/** What a profile may give to a stage's jobs in addition. */
export interface SlurmMore {
  partition?: string;
  account?: string;
  qos?: string;
  /** More arguments of sbatch. */
  args?: readonly string[];
}

/** What Slurm's programs print while its controller does not answer, or has no room for a request. */
const UNAVAILABLE =
  /unable to contact slurm controller|socket timed out|connection (refused|timed out|reset)|zero bytes were transmitted|temporarily unable|temporarily unavailable|slurm_load_\w+ error: (unable|transport)|communication connection failure|no route to host|not responding/i;

/** Reasons of a pending job that nothing but a person can change. */
const HOPELESS =
  /^(BadConstraints|PartitionNodeLimit|PartitionTimeLimit|InvalidAccount|InvalidQOS|JobHeldUser|AccountNotAllowed|QOSNotAllowed)$/;

/**
 * How long before its time limit a job is asked to save its state, and which limits are too short for that.
 */
const WARNING_SECONDS = 60;
const SHORT_SECONDS = 300;

/** Slurm, by its command line. Accounting need not be switched on. */
export class Slurm implements Scheduler {
  readonly name = 'slurm';
  readonly arrays: Scheduler['arrays'] = {
    index: 'SLURM_ARRAY_TASK_ID',
    submit: (array) => this.submit(array),
    element: (id, index) => `${id}_${index}`,
  };
  #hasAccounting = true;

  constructor(private readonly run: Call = call) {}

  async submit(job: Job | JobArray): Promise<string> {
    const called = await this.run(['sbatch', ...sbatchArguments(job), job.script]);
    if (called.code !== 0) {
      if (isUnavailable(called)) throw new SchedulerUnavailable(complaint(called));
      throw new EtudeError('Slurm refused the job', { got: complaint(called), hint: hintFor(called) });
    }
    // `1234`, or `1234;cluster`.
    const id = /^\s*(\d+)(;|\s|$)/m.exec(called.stdout)?.[1];
    if (id === undefined) throw new SchedulerUnavailable(`sbatch answered ${JSON.stringify(called.stdout)}`);
    return id;
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const called = await this.run([
      ...['squeue', '--noheader', '--states=all', '--array', '--format=%i|%T|%r'],
      `--jobs=${ids.join(',')}`,
    ]);
    const found = new Map<string, JobStatus>();
    // It complains about an id that it does not know any more if that is the only one.
    if (called.code !== 0 && !/invalid job id/i.test(called.stderr))
      throw new SchedulerUnavailable(complaint(called));
    for (const line of called.stdout.split('\n')) {
      const [id = '', state = '', ...reason] = line.trim().split('|');
      if (state !== '') found.set(id, statusOf(state, reason.join('|')));
    }
    const unknown = ids.filter((id) => !found.has(id));
    if (unknown.length > 0) for (const [id, status] of await this.#accounted(unknown)) found.set(id, status);
    return found;
  }

  /** What the accounting has of jobs that the controller has forgotten, if there is one. */
  async #accounted(ids: readonly string[]): Promise<[string, JobStatus][]> {
    if (!this.#hasAccounting) return [];
    const called = await this.run([
      ...['sacct', '--noheader', '--parsable2', '--allocations', '--format=JobID,State'],
      `--jobs=${ids.join(',')}`,
    ]).catch(() => undefined);
    if (called === undefined || called.code !== 0) {
      this.#hasAccounting = called !== undefined && isUnavailable(called);
      return [];
    }
    return called.stdout.split('\n').flatMap((line) => {
      // `CANCELLED by 1000`
      const [id = '', state = ''] = line.trim().split('|');
      return state === '' ? [] : [[id, statusOf(state.split(' ')[0]!, 'None')]];
    });
  }

  async cancel(ids: readonly string[]): Promise<void> {
    const called = await this.run(['scancel', ...ids]);
    if (called.code !== 0 && isUnavailable(called)) throw new SchedulerUnavailable(complaint(called));
  }

  async cluster(): Promise<string | undefined> {
    const called = await this.run(['scontrol', 'show', 'config']);
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
    return /^ClusterName\s*=\s*(\S+)/m.exec(called.stdout)?.[1];
  }

  async find(name: string): Promise<string | undefined> {
    const called = await this.run(['squeue', '--noheader', '--states=all', '--format=%i', `--name=${name}`]);
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
    // `1234`, or of an array `1234_[0-3]`.
    return /^\s*(\d+)(_|\s*$)/m.exec(called.stdout)?.[1];
  }
}

function isUnavailable({ stderr }: Called): boolean {
  return UNAVAILABLE.test(stderr);
}

/** The arguments of sbatch, without the script. */
export function sbatchArguments({ name, cwd, log, resources, ...rest }: Job | JobArray): string[] {
  const { cpus, memory, gpus, time } = resources;
  const { partition, account, qos, args = [] } = resources.more as SlurmMore;
  // The signal's time is accurate to a minute. Short limits rely on what Slurm sends at the limit itself.
  const warns = time === undefined || time > SHORT_SECONDS;
  return [
    ...['--parsable', `--job-name=${name}`, `--output=${slurmPath(log)}`, '--open-mode=append'],
    ...[`--chdir=${cwd}`, '--nodes=1', '--ntasks=1'],
    ...('indices' in rest ? [`--array=${ranges(rest.indices)}`] : []),
    ...(warns ? [`--signal=B:TERM@${WARNING_SECONDS}`] : []),
    ...(cpus === undefined ? [] : [`--cpus-per-task=${cpus}`]),
    ...(memory === undefined ? [] : [`--mem=${Math.ceil(memory / 1024)}K`]),
    ...(gpus === undefined || gpus === 0 ? [] : [`--gpus=${gpus}`]),
    // Minutes, at least one.
    ...(time === undefined ? [] : [`--time=${Math.max(1, Math.ceil(time / 60))}`]),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...args,
  ];
}

/** Slurm replaces `%j` and the like in names of files, and `%a` with the number of an array's element. */
function slurmPath(path: string): string {
  return path.replaceAll('%', '%%').replaceAll(INDEX, '%a');
}

/** `0-3,7`, of ascending numbers. */
function ranges(numbers: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function statusOf(state: string, why: string): JobStatus {
  const reason = why === '' || why === 'None' ? undefined : why;
  const words = (fallback: string) => ({ reason: reason ?? fallback });
  switch (state) {
    case 'PENDING':
    case 'REQUEUED':
    case 'REQUEUE_HOLD':
    case 'SPECIAL_EXIT':
    case 'RESV_DEL_HOLD':
      return { state: reason !== undefined && HOPELESS.test(reason) ? 'hopeless' : 'queued', reason };
    case 'CONFIGURING':
      return { state: 'queued', ...words('the node is being prepared') };
    case 'RUNNING':
    case 'COMPLETING':
    case 'SUSPENDED':
    case 'STOPPED':
    case 'SIGNALING':
    case 'STAGE_OUT':
    case 'RESIZING':
      return { state: 'running' };
    case 'CANCELLED':
    case 'REVOKED':
      return { state: 'cancelled', ...words(state) };
    case 'TIMEOUT':
    case 'DEADLINE':
      return { state: 'time-limit', ...words(state) };
    case 'OUT_OF_MEMORY':
      return { state: 'out-of-memory', ...words(state) };
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'PREEMPTED':
      return { state: 'lost', reason: state };
    default:
      return { state: 'ended', ...words(state) };
  }
}

function hintFor({ stderr }: Called): string | undefined {
  if (/invalid partition/i.test(stderr)) return 'sinfo lists the partitions.';
  if (/invalid job array/i.test(stderr))
    return 'Ask for fewer shards: scontrol show config has MaxArraySize, above all numbers in an array.';
  if (/invalid account|account.*combination/i.test(stderr))
    return 'sacctmgr show associations user=$USER lists the accounts.';
  return undefined;
}
