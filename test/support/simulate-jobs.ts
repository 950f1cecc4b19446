import assert from 'node:assert/strict';
import { parentPort } from 'node:worker_threads';
import type { Clock } from '../../src/pipeline/executors/clock.js';
import { JobExecutor } from '../../src/pipeline/executors/job-executor.js';
import type { Scheduler } from '../../src/pipeline/executors/scheduler.js';
import type { StageWork, WorkListener } from '../../src/pipeline/run/executor.js';
import { sha256 } from '../../src/util/sha256.js';
import { type Fate, SimulatedCluster, seeded } from './simulated-cluster.js';
import { SimulatedJobs } from './simulated-jobs.js';
import { VirtualClock } from './virtual-clock.js';

/** What is simulated. */
export interface Scenario {
  stages: number;
  /** Number of stages that are submitted or watched at the same time. */
  atOnce: number;
  /** How often the submitting process is killed, each time within two minutes. */
  kills: number;
  pollMs: number;
  seed: number;
}

export interface Simulation {
  ms: number;
  jobs: number;
  ends: Record<Fate, number>;
  calls: SimulatedCluster['calls'];
  faults: SimulatedCluster['faults'];
}

const never = new AbortController().signal;
const quiet = () => undefined;
const listener: WorkListener = { signal: never, kill: never, onProgress: quiet, onLog: quiet, onJob: quiet };

/** A process that submits jobs and watches them, until it is killed: nothing reaches it any more. */
class Submitting {
  readonly executor: JobExecutor;
  #isDead = false;

  constructor(cluster: SimulatedCluster, folders: SimulatedJobs, clock: Clock, pollMs: number) {
    const mine: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => this.#alive(clock.sleep(ms, signal)),
    };
    const scheduler: Scheduler = {
      name: cluster.name,
      submit: (job) => this.#alive(cluster.submit(job)),
      status: (ids) => this.#alive(cluster.status(ids)),
      find: (name) => this.#alive(cluster.find(name)),
      cancel: () => this.#alive(cluster.cancel()),
    };
    this.executor = new JobExecutor({
      scheduler,
      cache: { dir: '/nowhere', objects: { has: () => true } } as never,
      engineId: 'cpu',
      resourcesOf: () => ({ more: {} }),
      setup: [],
      etude: ['etude'],
      retries: 20,
      times: {
        ...{ pollMs, mostMs: 30_000, lookMs: 10_000, graceMs: 60_000, patienceMs: 60_000 },
        pauseMs: [2000, 60_000],
      },
      onInterrupt: async () => 'cancel',
      warn: quiet,
      folderOf: (fingerprint) => folders.folderOf(fingerprint),
      clock: mine,
    });
  }

  kill(): void {
    this.#isDead = true;
  }

  async #alive<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } finally {
      if (this.#isDead) await new Promise(quiet);
    }
  }
}

function workOf(number: number): StageWork {
  const fingerprint = sha256(Buffer.from(String(number)));
  const task = { stage: 'model', recipe: '/project/recipe.yaml' };
  return { stage: { id: 'model', type: {} }, fingerprint, task } as unknown as StageWork;
}

/** Computes all stages, by one process after another, and checks each result. */
async function simulate({ stages, atOnce, kills, pollMs, seed }: Scenario): Promise<Simulation> {
  const clock = new VirtualClock();
  const random = seeded(seed);
  const folders = new SimulatedJobs(clock);
  const cluster = new SimulatedCluster(clock, folders, random);
  const left = new Set(Array.from({ length: stages }, (_, number) => number));
  for (let killed = 0; left.size > 0; killed++) {
    const submitting = new Submitting(cluster, folders, clock, pollMs);
    const waiting = left.values();
    const each = async () => {
      for (const number of waiting) {
        const work = workOf(number);
        const output = await submitting.executor.run(work, listener);
        assert.ok(output.type === 'success' && output.summary === work.fingerprint);
        assert.ok(left.delete(number), 'computed twice');
        await submitting.executor.settled(work);
      }
    };
    const all = Array.from({ length: atOnce }, each);
    const end = killed < kills ? clock.sleep(120_000 * random()) : new Promise(quiet);
    await Promise.race([Promise.all(all), end]);
    submitting.kill();
  }
  const { calls, faults, jobs, ends } = cluster;
  return { ms: clock.now(), jobs: jobs.size, ends, calls, faults };
}

// In a thread of its own: the test runner follows each promise of a test, which takes longer than all else.
parentPort?.on('message', async (scenario: Scenario) => parentPort!.postMessage(await simulate(scenario)));
