import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EtudeError } from '../../../util/errors.js';
import { secondsOf } from '../../recipe/resources.js';
import { type Call, type Called, call, complaint } from '../call.js';
import { type Job, type JobStatus, type Scheduler, SchedulerUnavailable } from '../scheduler.js';
import { jobManifest } from './manifest.js';
import { cacheLabel, dnsName, LABELS } from './names.js';
import { judge, type Trouble } from './state.js';
import type { Item, KubernetesProfile } from './types.js';

/** What kubectl prints while the API server cannot be reached, is overloaded, or a quota is used up. */
const UNAVAILABLE =
  /unable to connect to the server|connection (refused|reset|timed out)|was refused - did you specify|no such host|i\/o timeout|tls handshake|http2: |unexpected eof|\beof$|context deadline exceeded|client\.timeout|server is currently unable|etcdserver|too many requests|\((internalerror|serviceunavailable|timeout|servertimeout|toomanyrequests)\)|exceeded quota|no route to host|network is unreachable/im;

/** How often it is asked why Jobs have no pods. */
const EVENTS_MS = 60_000;

/** Kubernetes, by kubectl: whatever authentication the user's kubectl has, Etude has. */
export class Kubernetes implements Scheduler {
  readonly name = 'kubernetes';
  readonly #profile: KubernetesProfile;
  readonly #cache: string;
  readonly #run: Call;
  readonly #now: () => number;
  /** Since when Jobs are in trouble, by our own clock. */
  readonly #since = new Map<string, number>();
  #noPods: { at: number; troubles: ReadonlyMap<string, Trouble> } = { at: -Infinity, troubles: new Map() };

  /**
   * @param cacheDir The cache folder, whose Jobs are asked for.
   */
  constructor(
    profile: KubernetesProfile,
    cacheDir: string,
    { run = call, now = () => performance.now() }: { run?: Call; now?(): number } = {},
  ) {
    this.#profile = profile;
    this.#cache = cacheLabel(cacheDir);
    this.#run = run;
    this.#now = now;
  }

  async submit(job: Job): Promise<string> {
    const { setup = [] } = this.#profile;
    const command =
      setup.length === 0 ? job.command : ['/bin/bash', '-c', await readFile(job.script, 'utf8')];
    const manifest = jobManifest(job, { profile: this.#profile, cache: this.#cache, command });
    const file = join(dirname(job.script), 'kubernetes.json');
    await writeFile(file, JSON.stringify(manifest, null, 2));
    const called = await this.#kubectl('create', '--filename', file, '--output=name');
    // The answer to an earlier attempt was lost: nobody else has this name.
    if (called.code === 0 || /\(AlreadyExists\)/.test(called.stderr)) return dnsName(job.name);
    if (isUnavailable(called)) throw new SchedulerUnavailable(complaint(called));
    throw new EtudeError('Kubernetes refused the job', { got: complaint(called), hint: hintFor(called) });
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const selector = `${LABELS.cache}=${this.#cache}`;
    const items = await this.#list('jobs,pods', '--selector', selector);
    const pods = new Map<string, Item[]>();
    const jobs = new Map<string, Item>();
    for (const item of items) {
      const name = item.metadata?.labels?.[LABELS.job];
      if (name === undefined) continue;
      if (item.kind === 'Job') jobs.set(name, item);
      else pods.set(name, [...(pods.get(name) ?? []), item]);
    }
    const found = new Map<string, JobStatus>();
    for (const id of ids) {
      const job = jobs.get(id);
      if (job === undefined) continue;
      const { status, trouble } = judge(job, pods.get(id) ?? []);
      const hasPod = pods.has(id) || status.state !== 'queued' || status.reason !== undefined;
      const what = hasPod ? trouble : (await this.#troubleWithoutPods()).get(id);
      found.set(id, this.#after(id, what, status));
    }
    for (const id of this.#since.keys()) if (!found.has(id)) this.#since.delete(id);
    return found;
  }

  /** A trouble that does not pass is waited for a while; then the job is hopeless. */
  #after(id: string, trouble: Trouble | undefined, status: JobStatus): JobStatus {
    if (trouble === undefined || trouble.mayPass) {
      this.#since.delete(id);
      return trouble === undefined ? status : { ...status, reason: trouble.reason };
    }
    const since = this.#since.get(id) ?? this.#now();
    this.#since.set(id, since);
    const waited = this.#now() - since;
    const isHopeless = waited >= 1000 * secondsOf(this.#profile.hopeless_after)!;
    return { state: isHopeless ? 'hopeless' : 'queued', reason: trouble.reason };
  }

  /** Why pods could not be made: only events say so. */
  async #troubleWithoutPods(): Promise<ReadonlyMap<string, Trouble>> {
    if (this.#now() - this.#noPods.at < EVENTS_MS) return this.#noPods.troubles;
    const selector = 'reason=FailedCreate,involvedObject.kind=Job';
    const events = (await this.#list('events', '--field-selector', selector)) as {
      involvedObject?: { name?: string };
      message?: string;
    }[];
    const troubles = new Map<string, Trouble>();
    for (const { involvedObject, message = '' } of events)
      if (involvedObject?.name !== undefined)
        troubles.set(involvedObject.name, {
          reason: `FailedCreate: ${message}`,
          mayPass: /exceeded quota/.test(message),
        });
    this.#noPods = { at: this.#now(), troubles };
    return troubles;
  }

  async cancel(ids: readonly string[]): Promise<void> {
    // In the foreground: the Job is there until its pods have saved their state.
    const flags = ['--ignore-not-found', '--cascade=foreground', '--wait=false'];
    const called = await this.#kubectl('delete', 'jobs', ...ids, ...flags);
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
  }

  /** The address of its API server, and the namespace. */
  async cluster(): Promise<string | undefined> {
    const called = await this.#kubectl('config', 'view', '--minify', '--output=json');
    if (called.code !== 0) return undefined;
    const { clusters, contexts } = JSON.parse(called.stdout) as KubeConfig;
    const namespace = this.#profile.namespace ?? contexts?.[0]?.context?.namespace ?? 'default';
    return `${clusters?.[0]?.cluster?.server ?? ''} ${namespace}`.trim();
  }

  async find(name: string): Promise<string | undefined> {
    const id = dnsName(name);
    const called = await this.#kubectl('get', 'job', id, '--ignore-not-found', '--output=name');
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
    return called.stdout.trim() === '' ? undefined : id;
  }

  async logs(id: string): Promise<string> {
    const called = await this.#kubectl('logs', `job/${id}`);
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
    return called.stdout;
  }

  async #list(kinds: string, ...args: string[]): Promise<Item[]> {
    const called = await this.#kubectl('get', kinds, ...args, '--output=json');
    if (called.code !== 0) throw new SchedulerUnavailable(complaint(called));
    try {
      return (JSON.parse(called.stdout) as { items: Item[] }).items;
    } catch {
      throw new SchedulerUnavailable(`kubectl printed no JSON: ${complaint(called)}`);
    }
  }

  #kubectl(verb: string, ...args: string[]): Promise<Called> {
    const { kubectl, namespace, context } = this.#profile;
    return this.#run([
      ...kubectl,
      verb,
      ...args,
      ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
      ...(context === undefined ? [] : [`--context=${context}`]),
      '--request-timeout=30s',
    ]);
  }
}

interface KubeConfig {
  clusters?: { cluster?: { server?: string } }[];
  contexts?: { context?: { namespace?: string } }[];
}

function isUnavailable({ stderr }: Called): boolean {
  return UNAVAILABLE.test(stderr);
}

function hintFor({ stderr }: Called): string | undefined {
  if (/\(Forbidden\)/.test(stderr)) return 'kubectl auth can-i create jobs shows what you may do.';
  if (/namespaces? "[^"]*" not found/.test(stderr)) return 'kubectl get namespaces lists them.';
  if (/\(Unauthorized\)|must be logged in/.test(stderr)) return 'kubectl auth whoami shows who you are.';
  return undefined;
}
