import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import PQueue from 'p-queue';
import { JobExecutor } from '../../../src/pipeline/executors/job-executor.js';
import {
  type Job,
  type JobStatus,
  type Scheduler,
  SchedulerUnavailable,
} from '../../../src/pipeline/executors/scheduler.js';
import type { StageWork, WorkListener } from '../../../src/pipeline/run/executor.js';
import { sha256 } from '../../../src/util/sha256.js';
import { tempFolder } from '../../support/temp-folder.js';

/** `ETUDE_SCALE=10000` for the whole of it. */
const STAGES = Number(process.env.ETUDE_SCALE ?? 1500);
const AT_ONCE = STAGES / 5;
const POLL_MS = 50;
const never = new AbortController().signal;

/** Numbers from 0 to 1, the same ones each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Simulated {
  job: Job;
  /** In questions for states, which are this scheduler's clock. */
  starts: number;
  ends: number;
  fate: 'done' | 'late' | 'twice' | 'lost' | 'vanishes' | 'time-limit';
  settled: boolean;
}

/**
 * A cluster with everything that goes wrong on one: answers that are lost, in both directions, jobs that are lost
 * with their node or forgotten, run twice, results that a file system shows late, and clocks that are wrong.
 */
class SimulatedCluster implements Scheduler {
  readonly name = 'simulated';
  readonly jobs = new Map<string, Simulated>();
  readonly byName = new Map<string, string>();
  readonly calls = { submit: 0, status: 0, find: 0, cancel: 0 };
  readonly counts: Record<string, number> = {};
  readonly #random = seeded(20);
  #now = 0;

  async submit(job: Job): Promise<string> {
    this.calls.submit++;
    if (this.#chance(0.03)) throw this.#count('submission refused for now');
    assert.equal(this.byName.has(job.name), false, 'submitted twice');
    const id = String(this.jobs.size + 1);
    const starts = this.#now + Math.floor(4 * this.#random());
    const ends = starts + 1 + Math.floor(4 * this.#random());
    this.jobs.set(id, { job, starts, ends, fate: this.#fate(), settled: false });
    this.byName.set(job.name, id);
    if (this.#chance(0.05)) throw this.#count('submission without an answer');
    return id;
  }

  async status(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    this.calls.status++;
    this.#now++;
    if (this.#chance(0.1)) throw this.#count('question without an answer');
    const states = new Map<string, JobStatus>();
    for (const id of ids) {
      const job = this.jobs.get(id)!;
      const state = this.#stateOf(job);
      if (state !== undefined) states.set(id, { state });
    }
    return states;
  }

  async find(name: string): Promise<string | undefined> {
    this.calls.find++;
    if (this.#chance(0.1)) throw this.#count('question without an answer');
    return this.byName.get(name);
  }

  async cancel(): Promise<void> {
    this.calls.cancel++;
  }

  #stateOf(job: Simulated): JobStatus['state'] | undefined {
    if (this.#now < job.starts) return 'queued';
    if (this.#now < job.ends) return 'running';
    if (!job.settled) this.#end(job);
    if (job.fate === 'vanishes') return undefined;
    return job.fate === 'lost' || job.fate === 'time-limit' ? job.fate : 'ended';
  }

  #end(job: Simulated): void {
    job.settled = true;
    this.#count(job.fate);
    // The clock of its machine is a day fast, or slow.
    const alive = join(dirname(job.job.log), 'alive');
    const at = new Date(Date.now() + (this.#chance(0.5) ? 1 : -1) * 86_400_000);
    writeFileSync(alive, '');
    utimesSync(alive, at, at);
    if (job.fate === 'late') setTimeout(() => leaveResult(job.job), 30);
    if (job.fate === 'done' || job.fate === 'twice') leaveResult(job.job);
    if (job.fate === 'twice') setTimeout(() => existsSync(dirname(alive)) && leaveResult(job.job), 5);
  }

  #fate(): Simulated['fate'] {
    const drawn = this.#random();
    if (drawn < 0.03) return 'lost';
    if (drawn < 0.05) return 'vanishes';
    if (drawn < 0.07) return 'time-limit';
    if (drawn < 0.17) return 'late';
    return drawn < 0.22 ? 'twice' : 'done';
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #count(what: string): SchedulerUnavailable {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    return new SchedulerUnavailable(what);
  }
}

/** As a job does: by rename. */
function leaveResult({ log, about }: Job): void {
  const file = join(dirname(log), 'output.json');
  const artifact = { kind: 'report', metrics: {}, files: {} };
  const output = { type: 'success', artifact, summary: about!.fingerprint };
  writeFileSync(`${file}.part`, JSON.stringify({ format: 1, output, seconds: 1, host: 'n' }));
  renameSync(`${file}.part`, file);
}

/** In memory where that is possible: every file of a job is written to the disk before it counts. */
function folderInMemory(): string {
  if (!existsSync('/dev/shm')) return tempFolder('scale');
  const folder = mkdtempSync('/dev/shm/etude-scale-');
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('thousands of stages on an unreliable cluster: each result once, no job lost, few questions', async (t) => {
  const scheduler = new SimulatedCluster();
  const executor = new JobExecutor({
    scheduler,
    cache: { dir: folderInMemory(), objects: { has: () => true } } as never,
    engineId: 'cpu',
    resourcesOf: () => ({ more: {} }),
    setup: [],
    etude: ['etude'],
    retries: 20,
    times: {
      ...{ pollMs: POLL_MS, mostMs: 2 * POLL_MS, lookMs: 100, graceMs: 1500, patienceMs: 1000 },
      pauseMs: [20, 100],
    },
    onInterrupt: async () => 'cancel',
    warn: () => undefined,
  });
  const quiet = () => undefined;
  const listener: WorkListener = {
    signal: never,
    kill: never,
    onProgress: quiet,
    onLog: quiet,
    onJob: quiet,
  };
  const queue = new PQueue({ concurrency: AT_ONCE });
  const began = performance.now();
  const results = await Promise.all(
    Array.from({ length: STAGES }, (_, i) =>
      queue.add(async () => {
        const fingerprint = sha256(Buffer.from(String(i)));
        const task = { stage: 'model', recipe: '/project/recipe.yaml' };
        const work = { stage: { id: 'model', type: {} }, fingerprint, task } as unknown as StageWork;
        const output = await executor.run(work, listener);
        await executor.settled(work);
        return output.type === 'success' && output.summary === fingerprint;
      }),
    ),
  );
  const { calls, counts, jobs } = scheduler;
  t.diagnostic(`${jobs.size} jobs, ${JSON.stringify(calls)}, ${JSON.stringify(counts)}`);
  assert.equal(results.filter(Boolean).length, STAGES);
  // Whatever was accepted was waited for, and another job followed only on one without a result.
  assert.ok([...jobs.values()].every(({ settled }) => settled));
  const { lost = 0, vanishes = 0, 'time-limit': late = 0 } = counts;
  assert.ok(Math.min(lost, vanishes, late) > STAGES / 100);
  assert.equal(jobs.size, STAGES + lost + vanishes + late);
  // One question at a time for all jobs, however many there are.
  assert.ok(
    calls.status <= Math.ceil((performance.now() - began) / POLL_MS) + 1,
    `${calls.status} questions`,
  );
  const unanswered = counts['submission without an answer']! + counts['submission refused for now']!;
  assert.equal(calls.submit, jobs.size + counts['submission refused for now']!);
  assert.ok(calls.find >= unanswered && calls.find <= 30 * unanswered, `${calls.find} questions for a name`);
  assert.equal(calls.cancel, 0);
});
