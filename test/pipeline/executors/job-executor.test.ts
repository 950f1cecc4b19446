import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { JobExecutor, type JobExecutorOptions } from '../../../src/pipeline/executors/job-executor.js';
import type { JobRecord } from '../../../src/pipeline/executors/job-folder.js';
import { SchedulerUnavailable } from '../../../src/pipeline/executors/scheduler.js';
import type { JobNote, StageWork, WorkListener } from '../../../src/pipeline/run/executor.js';
import { EtudeError } from '../../../src/util/errors.js';
import { FakeScheduler, type Fate, finish, SUCCESS } from '../../support/fake-scheduler.js';
import { tempFolder } from '../../support/temp-folder.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const TIMES = { pollMs: 4, mostMs: 20, lookMs: 2, graceMs: 30, patienceMs: 200 };

function rig(
  fates: Fate[] | ((number: number) => Fate),
  parts: Partial<JobExecutorOptions> = {},
  has = () => true,
) {
  const scheduler = new FakeScheduler((_, number) =>
    typeof fates === 'function' ? fates(number) : (fates[number - 1] ?? {}),
  );
  const dir = tempFolder('jobs');
  const warnings: string[] = [];
  const options: JobExecutorOptions = {
    scheduler,
    cache: { dir, objects: { has } } as unknown as JobExecutorOptions['cache'],
    engineId: 'cpu',
    resourcesOf: () => ({ memory: 1000, more: {} }),
    setup: [],
    etude: ['etude'],
    retries: 1,
    times: { ...TIMES, pauseMs: [2, 10] },
    onInterrupt: async () => 'cancel',
    warn: (text) => warnings.push(text),
    clock: new VirtualClock(),
    ...parts,
  };
  return {
    scheduler,
    dir,
    warnings,
    executor: new JobExecutor(options),
    again: () => new JobExecutor(options),
  };
}

function work(number = 1): StageWork {
  const fingerprint = String(number).padStart(64, '0');
  const task = { stage: 'model', recipe: '/project/recipe.yaml' };
  return { stage: { id: 'model', type: {} }, fingerprint, task } as unknown as StageWork;
}

function listener(parts: Partial<WorkListener> = {}) {
  const notes: JobNote[] = [];
  const logs: string[] = [];
  const progress: number[] = [];
  const never = new AbortController().signal;
  const heard: WorkListener = {
    signal: never,
    kill: never,
    onProgress: ({ done }) => progress.push(done),
    onLog: (_, text) => logs.push(text),
    onJob: (note) => notes.push(note),
    ...parts,
  };
  return { heard, notes, logs, progress };
}

const step = (number: number) =>
  ({
    type: 'progress',
    progress: { done: number, unit: 'clips', training: { step: number, max_steps: 100, loss: 1 } },
  }) as const;

test('a job is queued, runs, reports its progress, and its files are the result', async () => {
  const { heard, notes, logs, progress } = listener();
  const { executor, scheduler, dir } = rig([
    {
      states: ['queued', 'running', 'ended'],
      events: [{ type: 'log', level: 'info', text: 'hello' }, step(5)],
      result: SUCCESS,
    },
  ]);
  const output = await executor.run(work(), heard);
  assert.deepEqual(output, { ...SUCCESS.output, seconds: 12 });
  assert.deepEqual(notes.map(({ state, job }) => `${state} ${job}`).slice(0, 2), [
    'submitting undefined',
    'queued 1',
  ]);
  assert.deepEqual([logs, progress], [['hello'], [5]]);
  const { job } = scheduler.jobs.get('1')!;
  assert.match(job.name, /^etude-model-00000000-1-[0-9a-f]{6}$/);
  const task = JSON.parse(readFileSync(job.command.at(-1)!, 'utf8')) as { task: unknown };
  assert.deepEqual(task.task, work().task);
  assert.ok(job.log.startsWith(join(dir, 'jobs')));
});

test('a submission whose answer was lost is found by its name', async () => {
  const { executor, scheduler, warnings } = rig([{ unanswered: true, result: SUCCESS }]);
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
  assert.equal(scheduler.jobs.size, 1);
  assert.equal(warnings.length, 1);
});

test('a refusal is final, and the next run submits anew', async () => {
  const { executor, scheduler } = rig((number) =>
    number === 1 && scheduler.calls.submit === 1
      ? { refused: new EtudeError('no such partition') }
      : { result: SUCCESS },
  );
  await assert.rejects(executor.run(work(), listener().heard), /no such partition/);
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
});

test('another run finds the job of one that has died, with or without its id', async () => {
  for (const knowsId of [true, false]) {
    const { executor, again, scheduler, dir } = rig([{ states: ['running'] }]);
    const stuck = new AbortController();
    const first = executor.run(work(), listener({ kill: stuck.signal, signal: stuck.signal }).heard);
    const file = join(dir, 'jobs', work().fingerprint, '1/job.json');
    const record = () => JSON.parse(readFileSync(file, 'utf8')) as { id?: string };
    while (!existsSync(file) || record().id === undefined)
      await new Promise((resolve) => setTimeout(resolve, 2));
    if (!knowsId) writeFileSync(file, JSON.stringify({ ...record(), id: undefined }));
    scheduler.jobs.get('1')!.fate = { result: SUCCESS };
    const second = await again().run(work(), listener().heard);
    assert.equal(second.type, 'success');
    assert.equal(scheduler.jobs.size, 1);
    await first;
  }
});

test('a result that was left while nobody watched is taken without a question', async () => {
  const { executor, scheduler, dir } = rig([]);
  const folder = join(dir, 'jobs', work().fingerprint, '1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'job.json'),
    JSON.stringify({ format: 1, executor: 'fake', name: 'x', id: '7' }),
  );
  writeFileSync(join(folder, 'output.json'), JSON.stringify(SUCCESS));
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
  assert.deepEqual(scheduler.calls, { submit: 0, status: 0, cancel: 0, find: 0 });
  await executor.settled(work());
  assert.ok(existsSync(join(folder, 'taken.json')));
});

test('the job of another scheduler is not asked about, for its id means another job here', async () => {
  const { executor, scheduler, dir } = rig([{ result: SUCCESS }]);
  const folder = join(dir, 'jobs', work().fingerprint, '1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'job.json'),
    JSON.stringify({ format: 1, executor: 'other', name: 'x', id: '1' }),
  );
  const { heard, logs } = listener();
  assert.equal((await executor.run(work(), heard)).type, 'success');
  assert.deepEqual(
    [...scheduler.jobs.values()].map(({ job }) => job.name.split('-').slice(-2)[0]),
    ['2'],
  );
  assert.match(logs[0]!, /job 1 of other is not watched/);
});

test("the job of another of a scheduler's clusters is not asked about, either", async () => {
  for (const [cluster, jobs] of [
    ['here', 0],
    [undefined, 0],
    ['there', 1],
  ] as const) {
    const { executor, scheduler, dir } = rig([{ result: SUCCESS }]);
    let answers = 0;
    const unavailable = new SchedulerUnavailable('no answer');
    Object.assign(scheduler, {
      cluster: async () => (answers++ === 0 ? Promise.reject(unavailable) : 'here'),
    });
    const folder = join(dir, 'jobs', work().fingerprint, '1');
    mkdirSync(folder, { recursive: true });
    const record = { format: 1, executor: 'fake', name: 'x', id: '1', cluster };
    writeFileSync(join(folder, 'job.json'), JSON.stringify(record));
    const other = { job: { log: join(folder, 'log.txt') }, fate: { result: SUCCESS }, asked: 0 };
    if (jobs === 0) scheduler.jobs.set('1', { ...other, cancelled: false } as never);
    const { heard, logs } = listener();
    assert.equal((await executor.run(work(), heard)).type, 'success');
    assert.equal(scheduler.calls.submit, jobs);
    if (jobs === 0) continue;
    assert.deepEqual(logs, ["job 1 of fake (there) is not watched any more: this run's is here"]);
    const made = JSON.parse(readFileSync(join(folder, '../2/job.json'), 'utf8')) as JobRecord;
    assert.equal(made.cluster, 'here');
  }
});

test('a job that is being ended is waited for: only then is it known why', async () => {
  const stopped = { ...SUCCESS, output: { type: 'aborted' } } as const;
  const states = [...Array.from({ length: 12 }, () => 'running' as const), 'cancelled' as const];
  const { executor, scheduler, dir } = rig(() => {
    finish({ log: join(dir, 'jobs', work().fingerprint, '1/log.txt') }, stopped);
    return { states };
  });
  const run = executor.run(work(), listener().heard);
  await assert.rejects(run, /was cancelled, and not by this run/);
  assert.equal(scheduler.jobs.size, 1);
});

test('a job that has disappeared is tried again, and then reported with its last lines', async () => {
  const { executor, scheduler } = rig(() => ({
    states: ['running', 'gone'],
    log: 'one\n\netude-event: {}\ntwo\n',
  }));
  await assert.rejects(executor.run(work(), listener().heard), {
    message: 'job 2 of fake has disappeared without a result, after 2 attempts',
    got: 'one\n           two',
    hint: /etude logs .*recipe\.yaml model/,
  });
  assert.equal(scheduler.jobs.size, 2);
  const { executor: lucky, scheduler: saying } = rig([{ states: ['lost'] }, { result: SUCCESS }]);
  const { status } = saying;
  saying.status = async (ids) => {
    const said = await status.call(saying, ids);
    return new Map([...said].map(([id, each]) => [id, { ...each, reason: 'NODE_FAIL' }]));
  };
  const { heard, logs, notes } = listener();
  assert.equal((await lucky.run(work(), heard)).type, 'success');
  assert.deepEqual(logs, ['job 1 of fake was lost with its node, or preempted: trying again']);
  // What has ended is not shown as waiting in the queue, for the reason that it ended.
  assert.ok(notes.every(({ attempt, reason }) => attempt > 1 || reason === undefined));
});

test('a training that its time limit stops goes on for as long as it gets further', async () => {
  const stopped = { ...SUCCESS, output: { type: 'aborted' } } as const;
  const { executor, scheduler } = rig((number) =>
    number < 5
      ? { states: ['time-limit'], events: [step(number * 10)], result: stopped }
      : { result: SUCCESS },
  );
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
  assert.equal(scheduler.jobs.size, 5);
  const { executor: stuck } = rig(() => ({ states: ['time-limit'], events: [step(10)], result: stopped }));
  await assert.rejects(stuck.run(work(), listener().heard), /reached its time limit, after 2 attempts/);
});

test('more memory after a job ran out of it, if the profile says so', async () => {
  const died = {
    ...SUCCESS,
    output: { type: 'failed', message: 'out of memory', options: {} },
    died: { memory: true },
  };
  const fates = [
    { result: died as typeof SUCCESS },
    { states: ['out-of-memory' as const] },
    { states: ['ended' as const], log: 'error: Exceeded job memory limit' },
    { result: SUCCESS },
  ];
  const { executor, scheduler } = rig(fates, { retries: 3, memoryFactor: 2 });
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
  assert.deepEqual(
    [...scheduler.jobs.values()].map(({ job }) => job.resources.memory),
    [1000, 2000, 4000, 8000],
  );
  const { executor: plain } = rig(fates);
  await assert.rejects(plain.run(work(), listener().heard), {
    message: 'job 1 of fake ran out of memory',
    hint: /retry_memory_factor/,
  });
});

test('a job that somebody else has cancelled is not tried again', async () => {
  const { executor, scheduler } = rig([{ states: ['running', 'cancelled'] }]);
  await assert.rejects(executor.run(work(), listener().heard), /was cancelled, and not by this run/);
  const { executor: hopeless, scheduler: other } = rig([{ states: ['hopeless'] }]);
  await assert.rejects(hopeless.run(work(), listener().heard), /can never start/);
  assert.deepEqual([scheduler.jobs.size, other.calls.cancel], [1, 1]);
});

test('a cancelled run cancels its jobs, all at once, or leaves them', async () => {
  for (const choice of ['cancel', 'leave'] as const) {
    const stop = new AbortController();
    const { executor, scheduler } = rig(() => ({ states: ['running'] }), { onInterrupt: async () => choice });
    const runs = [1, 2, 3].map((number) =>
      executor.run(work(number), listener({ signal: stop.signal }).heard),
    );
    while (scheduler.calls.status < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    stop.abort();
    const outputs = await Promise.all(runs);
    assert.deepEqual(new Set(outputs.map(({ type }) => type)), new Set(['aborted']));
    assert.equal(scheduler.calls.cancel, choice === 'cancel' ? 1 : 0);
    const because = outputs.map((output) => (output.type === 'aborted' ? output.because : ''));
    assert.match(because[0]!, choice === 'leave' ? /goes on: run again/ : /what was finished is kept/);
  }
});

test('a scheduler that does not answer is asked again, with one warning', async () => {
  const { executor, scheduler, warnings } = rig(() => {
    scheduler.isDown = true;
    return { result: SUCCESS };
  });
  const run = executor.run(work(), listener().heard);
  while (scheduler.calls.status < 6) await new Promise((resolve) => setTimeout(resolve, 1));
  scheduler.isDown = false;
  assert.equal((await run).type, 'success');
  assert.equal(warnings.filter((text) => text.includes('does not answer')).length, 1);
  assert.ok(warnings.includes('fake answers again'));
});

test('a result whose objects are gone is computed again', async () => {
  let there = false;
  const files = { 'report.json': { digest: 'a'.repeat(64), size: 1 } };
  const lost = { ...SUCCESS, output: { type: 'success', artifact: { kind: 'report', files } } };
  const fate = (number: number) => {
    there = number === 2;
    return { result: lost as unknown as typeof SUCCESS };
  };
  const { executor, scheduler } = rig(fate, {}, () => there);
  assert.equal((await executor.run(work(), listener().heard)).type, 'success');
  assert.equal(scheduler.jobs.size, 2);
});

test('a result that is damaged is computed again', async () => {
  for (const result of [
    null,
    {},
    { output: { type: 'success' } },
    { output: { type: 'success', chunks: 1 } },
  ]) {
    const { executor, scheduler } = rig([{ result: result as never }, { result: SUCCESS }]);
    assert.equal((await executor.run(work(), listener().heard)).type, 'success');
    assert.equal(scheduler.jobs.size, 2);
  }
});

test('many jobs are watched with one question at a time, and each is there once', async () => {
  const { executor, scheduler } = rig((number) => ({
    states: ['queued', 'running', 'ended'],
    result: SUCCESS,
    unanswered: number % 7 === 0,
  }));
  const outputs = await Promise.all(
    Array.from({ length: 60 }, (_, number) => executor.run(work(number + 1), listener().heard)),
  );
  assert.ok(outputs.every(({ type }) => type === 'success'));
  assert.equal(scheduler.jobs.size, 60);
  assert.ok(scheduler.calls.status < 60);
});
