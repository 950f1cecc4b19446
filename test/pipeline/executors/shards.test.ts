import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JobExecutor, type JobExecutorOptions } from '../../../src/pipeline/executors/job-executor.js';
import { readTaskFile, type TaskResult } from '../../../src/pipeline/executors/task-file.js';
import type { Executor, JobNote, StageWork, WorkListener } from '../../../src/pipeline/run/executor.js';
import type { StageTask } from '../../../src/pipeline/run/stage-task.js';
import { FakeScheduler, type Fate, finish, SUCCESS } from '../../support/fake-scheduler.js';
import { tempFolder } from '../../support/temp-folder.js';

const FINGERPRINT = 'cd'.repeat(32);
const never = new AbortController().signal;

const WRONG: TaskResult = { ...SUCCESS, output: { type: 'failed', message: 'a bad clip', options: {} } };

/** What a shard leaves: a chunk of its own. */
const made = (index: number): TaskResult => ({
  ...SUCCESS,
  seconds: 10 + index,
  output: {
    type: 'success',
    artifact: { kind: 'report', metrics: {}, files: {} },
    chunks: { [`key ${index}`]: { rows: 5, columns: {} } },
    rowsComputed: 5,
  },
});

/** A stage with ten parts that four jobs are to divide. */
function rig(
  fateOf: (shard: number, submission: number) => Fate,
  {
    shards = 4,
    arrays = true,
    ...parts
  }: Partial<JobExecutorOptions> & { shards?: number; arrays?: boolean } = {},
) {
  const dir = tempFolder('shards');
  const scheduler: FakeScheduler = new FakeScheduler(
    (job, number) => fateOf(shardOf(job.name, number), scheduler.calls.submit),
    arrays,
  );
  const options: JobExecutorOptions = {
    scheduler,
    cache: { dir, objects: { has: () => true } } as unknown as JobExecutorOptions['cache'],
    engineId: 'cpu',
    resourcesOf: () => ({ shards, more: {} }),
    setup: ['module load node'],
    etude: ['etude'],
    retries: 1,
    times: { pollMs: 4, mostMs: 20, lookMs: 2, graceMs: 30, patienceMs: 200, pauseMs: [2, 10] },
    onInterrupt: async () => 'cancel',
    warn: () => undefined,
    ...parts,
  };
  const notes: JobNote[] = [];
  const logs: string[] = [];
  const progress: [number, number | undefined][] = [];
  const listener: WorkListener = {
    signal: never,
    kill: never,
    onProgress: ({ done, total }) => progress.push([done, total]),
    onLog: (_, text) => logs.push(text),
    onJob: (note) => notes.push(note),
  };
  const put: StageTask[] = [];
  const here: Executor = {
    async run({ task }) {
      put.push(task);
      return { ...SUCCESS.output, seconds: 1, rowsComputed: 0 } as never;
    },
  };
  const type = { parts: () => 10, chunkwise: true };
  const task = { stage: 'speech', recipe: '/project/recipe.yaml', cacheDir: dir, inputs: { dataset: {} } };
  const work = { stage: { id: 'speech', type }, fingerprint: FINGERPRINT, task } as unknown as StageWork;
  const run = (more: Partial<WorkListener> = {}) =>
    new JobExecutor(options).run(work, { ...listener, ...more }, here);
  return { dir, scheduler, notes, logs, progress, put, work, run, settle: () => settle(options, work) };
}

function settle(options: JobExecutorOptions, work: StageWork): Promise<void> {
  return new JobExecutor(options).settled(work);
}

/** Of a job by itself, whose name has it; the element's own number otherwise. */
function shardOf(name: string, number: number): number {
  return Number(/-s(\d+)-/.exec(name)?.[1] ?? number);
}

test('the shards of a stage are one array, and what they made is put together here', async () => {
  const event = (done: number) =>
    ({ type: 'progress', progress: { done, total: 5, unit: 'clips' } }) as const;
  const { scheduler, run, put, notes, progress, dir } = rig((shard) => ({
    states: ['queued', 'running', 'ended'],
    events: [event(shard)],
    result: made(shard),
  }));
  const output = await run();
  assert.ok(output.type === 'success');
  assert.deepEqual([output.rowsComputed, output.seconds], [20, 14]);
  assert.deepEqual(Object.keys(put[0]!.chunks!).sort(), ['key 0', 'key 1', 'key 2', 'key 3']);
  assert.deepEqual([scheduler.calls.submit, [...scheduler.jobs.keys()]], [1, ['1_0', '1_1', '1_2', '1_3']]);
  assert.deepEqual(notes.at(-1)?.shards, { done: 4, count: 4 });
  assert.equal(notes.find(({ state }) => state === 'queued')?.job, '1');
  assert.equal(progress[0]?.[1], 20);
  // One script for all, which finds a task for each.
  const { script, log } = scheduler.jobs.get('1_2')!.job;
  assert.ok(log.endsWith('shards-4/2/1/log.txt'));
  const text = readFileSync(script, 'utf8');
  assert.match(
    text,
    /^#!\/bin\/bash\nmodule load node\nexec etude exec-task \S+shards-4\/"\$TASK"\/1\/task\.json\n$/,
  );
  const { task, readsOwnChunks } = await readTaskFile(
    join(dir, 'jobs', FINGERPRINT, 'shards-4/2/1/task.json'),
  );
  assert.deepEqual([task.shard, task.stage, readsOwnChunks], [{ index: 2, count: 4 }, 'speech', true]);
});

test('a shard that was lost is submitted again, and no other one', async () => {
  const { scheduler, run, logs } = rig((shard, submission) =>
    shard === 2 && submission === 1 ? { states: ['lost'] } : { result: made(shard) },
  );
  assert.equal((await run()).type, 'success');
  assert.deepEqual([...scheduler.jobs.keys()], ['1_0', '1_1', '1_2', '1_3', '5_2']);
  assert.deepEqual(logs, ['shard 2: job 1_2 of fake was lost with its node, or preempted: trying again']);
});

test('a shard that fails is named and ends the others; the next run computes what is missing', async () => {
  const { scheduler, run } = rig((shard, submission) => {
    if (submission > 1 || shard === 0) return { result: made(shard) };
    return shard === 1 ? { states: ['running', 'cancelled'], log: 'boom\n' } : { states: ['running'] };
  });
  await assert.rejects(run(), {
    message: 'shard 1: job 1_1 of fake was cancelled, and not by this run',
    got: 'boom',
    hint: /etude logs .*recipe\.yaml speech --shard 1/,
  });
  assert.equal(scheduler.calls.cancel, 1);
  assert.equal((await run()).type, 'success');
  assert.deepEqual([...scheduler.jobs.keys()].slice(4), ['5_1', '5_2', '5_3']);
});

test('a failure of a shard that came after the one that is reported is not found by the next run', async () => {
  const { scheduler, run } = rig((shard, submission) => {
    if (submission > 1) return { result: made(shard) };
    return { states: shard === 1 ? ['cancelled'] : ['running'] };
  });
  const { cancel } = scheduler;
  scheduler.cancel = async (ids) => {
    await cancel.call(scheduler, ids);
    for (const id of ids) finish(scheduler.jobs.get(id)!.job, WRONG);
  };
  await assert.rejects(run(), /shard 1: .* was cancelled, and not by this run/);
  assert.equal((await run()).type, 'success');
});

test('what a shard reports as a mistake is reported with its number', async () => {
  const { run } = rig((shard) => ({ result: shard === 3 ? WRONG : made(shard) }));
  assert.deepEqual(await run(), { type: 'failed', message: 'shard 3: a bad clip', options: {} });
});

test('a run that takes the place of one that has died finds its array with one question', async () => {
  for (const knowsIds of [true, false]) {
    const { scheduler, run, dir } = rig(() => ({ states: ['running'] }), {
      onInterrupt: async () => 'leave',
    });
    const stop = new AbortController();
    const first = run({ signal: stop.signal });
    while (scheduler.calls.status < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    stop.abort();
    await first;
    for (const shard of knowsIds ? [] : [0, 1, 2, 3]) {
      const file = join(dir, 'jobs', FINGERPRINT, `shards-4/${shard}/1/job.json`);
      const { id: _, ...record } = JSON.parse(readFileSync(file, 'utf8')) as { id?: string };
      writeFileSync(file, JSON.stringify(record));
    }
    for (const [id, entry] of scheduler.jobs) entry.fate = { result: made(Number(id.split('_')[1])) };
    assert.equal((await run()).type, 'success');
    assert.deepEqual([scheduler.calls.submit, scheduler.calls.find], [1, knowsIds ? 0 : 1]);
  }
});

test('a run with another number of shards goes on with those that there are', async () => {
  let shards = 4;
  const resourcesOf = () => ({ shards, more: {} });
  const { scheduler, run, settle } = rig((shard) => ({ states: ['running', 'lost'], result: made(shard) }), {
    resourcesOf,
  });
  const stop = new AbortController();
  const first = run({ signal: stop.signal, kill: stop.signal });
  while (scheduler.jobs.size === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  shards = 2;
  assert.equal((await run()).type, 'success');
  assert.equal(scheduler.jobs.size, 4);
  await first;
  // Once the result is stored, nothing of them is left to go on with.
  await settle();
  await run();
  assert.equal(scheduler.jobs.size, 6);
});

test('there are no more shards than parts, nor more jobs at a time than may be', async () => {
  const { scheduler, run } = rig((shard) => ({ result: made(shard) }), { shards: 64, arrays: false });
  assert.equal((await run()).type, 'success');
  assert.equal(scheduler.jobs.size, 10);
  let most = 0;
  const few = rig((shard) => ({ states: ['running', 'running', 'ended'], result: made(shard) }), {
    maxJobs: 2,
  });
  const { status } = few.scheduler;
  few.scheduler.status = (ids) => {
    most = Math.max(most, ids.length);
    return status.call(few.scheduler, ids);
  };
  assert.equal((await few.run()).type, 'success');
  assert.deepEqual([few.scheduler.jobs.size, most], [4, 2]);
});

test('a stage type that does not know its number of parts is an error, and no job', async () => {
  for (const parts of [Number.NaN, 1.5, -1, '3', undefined]) {
    const { scheduler, run, work } = rig(() => ({}));
    Object.assign(work.stage, { uses: './mine.js', type: { parts: () => parts } });
    await assert.rejects(run(), { message: /'parts' of stage type '\.\/mine\.js'/, got: String(parts) });
    assert.equal(scheduler.jobs.size, 0);
  }
});

test('a run that is stopped leaves all shards, or cancels them with one call', async () => {
  for (const choice of ['leave', 'cancel'] as const) {
    const stop = new AbortController();
    const { scheduler, run } = rig(() => ({ states: ['running'] }), { onInterrupt: async () => choice });
    const ended = run({ signal: stop.signal });
    while (scheduler.calls.status < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    stop.abort();
    const output = await ended;
    assert.ok(output.type === 'aborted');
    const left = /^job 1 of \w+ goes on: run again to watch it$/;
    assert.match(output.because!, choice === 'leave' ? left : /what was finished is kept/);
    assert.equal(scheduler.calls.cancel, choice === 'leave' ? 0 : 1);
  }
});

test('of shards that are jobs of their own, those that a stopped run leaves are named and counted', async () => {
  const stop = new AbortController();
  const { scheduler, run } = rig(() => ({ states: ['running'] }), {
    shards: 5,
    arrays: false,
    onInterrupt: async () => 'leave',
  });
  const ended = run({ signal: stop.signal });
  while (scheduler.jobs.size < 5 || scheduler.calls.status < 2)
    await new Promise((resolve) => setTimeout(resolve, 2));
  stop.abort();
  const output = await ended;
  assert.ok(output.type === 'aborted');
  assert.match(output.because!, /^jobs \d, \d, \d and 2 more of \w+ go on: run again to watch them$/);
});
