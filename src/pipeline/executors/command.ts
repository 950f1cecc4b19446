import { basename } from 'node:path';
import { EtudeError } from '../../util/errors.js';
import { type Call, call, complaint } from './call.js';
import type { CommandProfile } from './profiles/profile.js';
import { type Job, type JobStatus, type Scheduler, SchedulerUnavailable } from './scheduler.js';

const STATES: Record<string, JobStatus['state']> = {
  queued: 'queued',
  running: 'running',
  ended: 'ended',
  cancelled: 'cancelled',
  time_limit: 'time-limit',
  out_of_memory: 'out-of-memory',
  lost: 'lost',
};

/**
 * Any scheduler with commands that submit jobs, print their states and end them: PBS, LSF, SGE. No shell is
 * used.
 */
export class CommandScheduler implements Scheduler {
  readonly name: string;
  readonly #states = new Map<string, JobStatus['state']>();

  constructor(
    private readonly profile: CommandProfile,
    private readonly run: Call = call,
  ) {
    this.name = profile.name ?? basename(profile.submit[0] ?? '');
    for (const [ours, theirs] of Object.entries(profile.states ?? {}))
      for (const word of theirs) this.#states.set(word, STATES[ours]!);
  }

  async submit(job: Job): Promise<string> {
    const called = await this.run(filled(this.profile.submit, valuesOf(job)));
    const id = called.code === 0 ? new RegExp(this.profile.job_id, 'm').exec(called.stdout)?.[1] : undefined;
    if (id !== undefined && id.trim() !== '') return id.trim();
    throw new EtudeError(`${this.name} refused the job`, {
      expected: called.code === 0 ? `an id that matches ${this.profile.job_id}` : undefined,
      got: complaint(called),
    });
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const { status, status_line, unknown_job } = this.profile;
    const called = await this.run(withIds(status, ids));
    const line = new RegExp(status_line);
    const asked = new Set(ids);
    const found = new Map<string, JobStatus>();
    for (const text of called.stdout.split('\n')) {
      const { id = '', state = '', reason } = line.exec(text)?.groups ?? {};
      const known = asked.has(id) ? id : ids.find((each) => each.split('.')[0] === id.split('.')[0]);
      if (known === undefined || state === '') continue;
      found.set(known, { state: this.#states.get(state) ?? 'queued', ...(reason && { reason }) });
    }
    const isUnknown = new RegExp(unknown_job, 'i').test(called.stderr + called.stdout);
    if (called.code !== 0 && found.size === 0 && !isUnknown)
      throw new SchedulerUnavailable(complaint(called));
    return found;
  }

  async cancel(ids: readonly string[]): Promise<void> {
    await this.run(withIds(this.profile.cancel, ids));
  }
}

/** The words of a template; one with a value that is not given is left out. */
export function filled(template: readonly string[], values: Readonly<Record<string, unknown>>): string[] {
  return template.flatMap((word) => {
    let isGiven = true;
    const text = word.replaceAll(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) isGiven = false;
      return String(value ?? '');
    });
    return isGiven ? [text] : [];
  });
}

function withIds(template: readonly string[], ids: readonly string[]): string[] {
  return template.flatMap((word) =>
    word === '{ids}' ? ids : [word.replaceAll('{ids}', () => ids.join(','))],
  );
}

function valuesOf({ name, script, cwd, log, resources }: Job): Record<string, unknown> {
  const { cpus, memory, gpus, time, more } = resources;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  return {
    ...more,
    ...{ name, script, cwd, log, cpus, gpus },
    memory_mb: memory === undefined ? undefined : Math.ceil(memory / 2 ** 20),
    seconds: time,
    time:
      time === undefined
        ? undefined
        : `${Math.floor(time / 3600)}:${two((time / 60) % 60)}:${two(time % 60)}`,
  };
}
