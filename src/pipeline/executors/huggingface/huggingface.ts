import { readFile } from 'node:fs/promises';
import { hubSettings } from '../../../hub/settings.js';
import { EtudeError, messageOf } from '../../../util/errors.js';
import { needPackage } from '../../remote/need-package.js';
import type { Profile } from '../profiles/profile.js';
import { type Job, type JobStatus, type Scheduler, SchedulerUnavailable } from '../scheduler.js';

/** What the executor `huggingface` has in a profile in addition. */
export interface HuggingFaceProfile extends Profile {
  namespace: string;
  image: string;
  flavor: string;
  env?: Readonly<Record<string, string>>;
  /** Names of environment variables of this machine, whose values the jobs get as secrets. */
  secrets: readonly string[];
}

type Hub = typeof import('@huggingface/hub');
type ApiJob = Awaited<ReturnType<Hub['getJob']>>;

/** The label with a job's name. */
const NAME = 'etude-job';
/** A request that has had no answer by then has none. */
const PATIENCE_MS = 30_000;
/** How long a job's log is listened to: that of a running job does not end. */
const LISTEN_MS = 5000;

/** Hugging Face Jobs, by the client of `@huggingface/hub`, with the user's own token. */
export class HuggingFaceJobs implements Scheduler {
  readonly name = 'huggingface';

  /** @throws EtudeError if the client or a secret is missing */
  constructor(
    private readonly profile: HuggingFaceProfile,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    needPackage('@huggingface/hub@2', 'executor: huggingface');
    const missing = profile.secrets.filter((name) => !env[name]);
    if (missing.length > 0)
      throw new EtudeError('secrets of the profile are not set here', {
        expected: `environment variables ${missing.join(', ')}`,
        hint: 'Their values are passed to the jobs as secrets, which the Hub encrypts, and written nowhere.',
      });
  }

  async submit(job: Job): Promise<string> {
    const { image, flavor, env = {}, secrets, setup = [] } = this.profile;
    const { more, time } = job.resources;
    const hasSetup = setup.length > 0;
    const command = hasSetup ? ['/bin/bash', '-c', await readFile(job.script, 'utf8')] : [...job.command];
    const made = await this.#ask((hub, common) =>
      hub.runJob({
        ...common,
        dockerImage: String(more.image ?? image),
        command,
        environment: { ...env },
        secrets: Object.fromEntries(secrets.map((name) => [name, this.env[name]!])),
        flavor: String(more.flavor ?? flavor) as ApiJob['flavor'],
        // Attempts are the run's, which first looks for a result.
        attempts: 1,
        labels: { [NAME]: job.name },
        ...(time !== undefined && { timeoutSeconds: time }),
      }),
    );
    return made.id;
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const asked = new Set(ids);
    const jobs = await this.#ask((hub, common) => hub.listJobs(common));
    return new Map(jobs.filter(({ id }) => asked.has(id)).map(({ id, status }) => [id, stateOf(status)]));
  }

  async cluster(): Promise<string> {
    return this.profile.namespace;
  }

  async find(name: string): Promise<string | undefined> {
    const jobs = await this.#ask((hub, common) => hub.listJobs(common));
    return jobs.find(({ labels }) => labels?.[NAME] === name)?.id;
  }

  /** One request for each: there is none for several. */
  async cancel(ids: readonly string[]): Promise<void> {
    for (const jobId of ids)
      await this.#ask((hub, common) => hub.cancelJob({ ...common, jobId })).catch((error: unknown) => {
        if (error instanceof SchedulerUnavailable) throw error;
      });
  }

  async logs(jobId: string): Promise<string> {
    const lines: string[] = [];
    const listening = AbortSignal.timeout(LISTEN_MS);
    const read = async (hub: Hub, common: Common) => {
      for await (const { message } of hub.streamJobLogs({ ...common, jobId, fetch: fetchUntil(listening) }))
        lines.push(`${message.replace(/\n$/, '')}\n`);
    };
    await this.#ask(read).catch((error: unknown) => {
      if (!listening.aborted) throw error;
    });
    return lines.join('');
  }

  async #ask<T>(call: (hub: Hub, common: Common) => Promise<T>): Promise<T> {
    const { endpoint, token } = hubSettings(this.env);
    if (token === undefined)
      throw new EtudeError('there is no token for the Hub', {
        hint: 'Set HF_TOKEN, or sign in with `hf auth login`. It must be allowed to run jobs.',
      });
    const hub = await import('@huggingface/hub');
    const common = {
      namespace: this.profile.namespace,
      hubUrl: endpoint,
      accessToken: token,
      fetch: fetchUntil(AbortSignal.timeout(PATIENCE_MS)),
    };
    try {
      return await call(hub, common);
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      const said = messageOf(error).replaceAll(token, '…');
      // Without a status there was no answer.
      if (statusCode === undefined || statusCode >= 500 || [408, 425, 429].includes(statusCode))
        throw new SchedulerUnavailable(said);
      throw new EtudeError('Hugging Face Jobs refused the request', { got: said, hint: HINTS[statusCode] });
    }
  }
}

type Common = { namespace: string; hubUrl: string; accessToken: string; fetch: typeof fetch };

const HINTS: Record<number, string> = {
  401: 'The token is not valid.',
  402: 'Jobs cost money: add credits or a payment method to the account.',
  403: 'The token may not run jobs in this namespace.',
  404: 'Is the namespace right?',
};

function fetchUntil(signal: AbortSignal): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal });
}

function stateOf({ stage, message }: ApiJob['status']): JobStatus {
  const reason = { reason: message?.trim() || stage.toLowerCase() };
  // The client's type does not have all that the Hub answers.
  switch (stage as string) {
    case 'RUNNING':
    case 'UPDATING':
      return { state: 'running' };
    case 'COMPLETED':
    case 'STOPPED':
      return { state: 'ended', ...reason };
    case 'CANCELED':
    case 'CANCELLED':
    case 'DELETED':
    case 'DELETING':
      return { state: 'cancelled', ...reason };
    case 'ERROR':
      if (/time ?out|timed out/i.test(reason.reason)) return { state: 'time-limit', ...reason };
      if (/out of memory|\boom/i.test(reason.reason)) return { state: 'out-of-memory', ...reason };
      return { state: 'ended', ...reason };
    default:
      return { state: 'queued', ...reason };
  }
}
