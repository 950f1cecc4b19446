import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCache } from '../../../../src/pipeline/cache/open-cache.js';
import { JobExecutor, type JobExecutorOptions } from '../../../../src/pipeline/executors/job-executor.js';
import {
  type Job,
  type Scheduler,
  SchedulerUnavailable,
} from '../../../../src/pipeline/executors/scheduler.js';
import { execStoreTask } from '../../../../src/pipeline/executors/store/exec-store-task.js';
import { foreignResult } from '../../../../src/pipeline/executors/store/foreign-result.js';
import { portable } from '../../../../src/pipeline/executors/store/portable-task.js';
import { EVENT } from '../../../../src/pipeline/executors/store/store-keys.js';
import { StoreScheduler } from '../../../../src/pipeline/executors/store/store-scheduler.js';
import { CodeView } from '../../../../src/pipeline/plan/code/code-view.js';
import { FolderRemote } from '../../../../src/pipeline/remote/folder-remote.js';
import { putBytes } from '../../../../src/pipeline/remote/push.js';
import { s3Problem } from '../../../../src/pipeline/remote/s3/errors.js';
import type { Remote } from '../../../../src/pipeline/remote/types.js';
import type { StageWork, WorkListener } from '../../../../src/pipeline/run/executor.js';
import { runStageProcess } from '../../../../src/pipeline/run/one-shot-process.js';
import type { StageTask } from '../../../../src/pipeline/run/stage-task.js';
import { objectsOf } from '../../../../src/stage/artifact.js';
import { findBuiltIn } from '../../../../src/stage/find-stage-type.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { tempFolder } from '../../../support/cache.js';
import { clipDataset, numbered } from '../../../support/clips.js';
import { makeDataset } from '../../../support/stage.js';

const FINGERPRINT = 'ab'.repeat(32);
const never = new AbortController().signal;

/** A run whose only shared place with its jobs is a folder for a remote. */
async function setting() {
  const folder = tempFolder('store');
  const cache = await openCache(join(folder, 'cache'));
  const remote = new FolderRemote(join(folder, 'remote'), 'remote');
  const features = { label: { _type: 'Value', dtype: 'string' } } as const;
  const input = await makeDataset(features, { label: ['a', 'b', 'c'] }, cache.objects);
  const { module } = (await findBuiltIn('rename'))!;
  const task: StageTask = {
    stage: 'renamed',
    module,
    params: { columns: { label: 'word' } },
    inputs: { dataset: input },
    sources: {},
    recipe: join(folder, 'recipe.yaml'),
    cacheDir: cache.dir,
    scratch: await cache.scratch(FINGERPRINT),
    code: (await new CodeView(cache).closure(module)).digest,
    engine: 'onnxruntime',
    cores: 1,
  };
  const work = { stage: { id: 'renamed', type: {} }, fingerprint: FINGERPRINT, task } as unknown as StageWork;
  return { folder, cache, remote, task, work };
}

/** Runs jobs in this process, on a machine that has nothing but the remote. */
class RemoteMachines implements Scheduler {
  readonly name = 'far';
  readonly commands: string[][] = [];
  readonly running = new Map<string, Promise<unknown>>();
  readonly ended = new Set<string>();

  constructor(
    private readonly remote: FolderRemote,
    private readonly folder: string,
  ) {}

  async submit({ name, command }: { name: string; command: readonly string[] }): Promise<string> {
    this.commands.push([...command]);
    const workDir = join(this.folder, `machine-${this.commands.length}`);
    mkdirSync(workDir);
    const engineIdOf = async () => 'none';
    const options = { workDir, engineIdOf, signal: never, kill: never };
    const running = execStoreTask(this.remote, command.at(-1)!, options).finally(() => this.ended.add(name));
    this.running.set(name, running);
    return name;
  }

  async status(ids: readonly string[]) {
    const state = (id: string) => (this.ended.has(id) ? ('ended' as const) : ('running' as const));
    return new Map(ids.map((id) => [id, { state: state(id) }]));
  }

  async cancel() {}

  async logs(id: string) {
    const news = (text: string) => `${EVENT}{"type":"log","level":"info","text":"${text}"}\n`;
    const first = `hello\n${news('news')}world\n`;
    if (!this.ended.has(id)) return `${first}half a li`;
    // Slower than whoever follows the job looks for its result.
    await sleep(50);
    return `${first}half a line\n${news('last words')}`;
  }
}

test('a stage is computed on a machine that sees nothing but a remote', async () => {
  const { folder, cache, remote, work } = await setting();
  const machines = new RemoteMachines(remote, folder);
  const store = { remote, store: 's3://bucket', cache, setup: [], etude: ['etude'], stateInterval: 600 };
  const options: JobExecutorOptions = {
    scheduler: new StoreScheduler(machines, store),
    cache,
    engineId: 'none',
    resourcesOf: () => ({ more: {} }),
    setup: [],
    etude: ['etude'],
    retries: 0,
    times: { pollMs: 10, mostMs: 50, lookMs: 5, graceMs: 20, patienceMs: 100, pauseMs: [5, 20] },
    onInterrupt: async () => 'cancel',
    warn: (text) => assert.fail(text),
  };
  const news: string[] = [];
  const listener: WorkListener = {
    signal: never,
    kill: never,
    onProgress: () => undefined,
    onLog: (_, text) => news.push(text),
    onJob: () => undefined,
  };
  const output = await new JobExecutor(options).run(work, listener);
  assert.ok(output.type === 'success' && output.artifact.kind === 'dataset');
  assert.deepEqual(Object.keys(output.artifact.features), ['word']);
  for (const ref of objectsOf(output.artifact)) assert.equal(await cache.objects.check(ref), undefined);
  const [command] = machines.commands;
  assert.deepEqual(command?.slice(0, 4), ['etude', 'exec-task', '--store', 's3://bucket']);
  // What it said came by its log: events here, everything else there, and no half of a line; the last before its result.
  assert.deepEqual(news, ['news', 'last words']);
  const log = join(cache.dir, 'jobs', FINGERPRINT, '1', 'log.txt');
  assert.equal(readFileSync(log, 'utf8'), 'hello\nworld\nhalf a line\n');
  // No path of this machine has left it.
  const names = readdirSync(join(folder, 'remote', 'jobs', FINGERPRINT));
  const sent = readFileSync(join(folder, 'remote', 'jobs', FINGERPRINT, names[0]!, 'task.json'), 'utf8');
  assert.equal(sent.includes(folder), false);
});

test('a store that refuses is an error at once, one that does not answer is waited for', async () => {
  const { folder, cache, remote, work } = await setting();
  writeFileSync(
    join(folder, 'task.json'),
    JSON.stringify({ format: 1, fingerprint: FINGERPRINT, task: work.task }),
  );
  const job: Job = {
    name: 'etude-renamed',
    command: [],
    script: join(folder, 'job.sh'),
    cwd: folder,
    log: join(folder, 'log.txt'),
    resources: { more: {} },
  };
  const submit = (name: string, httpStatusCode: number) => {
    const answer = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
    const prepare = () => Promise.reject(s3Problem(answer, 's3://bucket'));
    const failing = Object.create(remote, { prepare: { value: prepare } }) as Remote;
    const store = { remote: failing, store: 's3://bucket', cache, setup: [], etude: ['etude'] };
    const machines = new RemoteMachines(remote, folder);
    return new StoreScheduler(machines, { ...store, stateInterval: 600 }).submit(job);
  };
  await assert.rejects(submit('InvalidAccessKeyId', 403), {
    name: 'EtudeError',
    message: /the credentials were rejected/,
  });
  await assert.rejects(submit('SlowDown', 503), { name: 'SchedulerUnavailable', message: /503/ });
});

test('shards fetch their own chunks, and what they made is put together here', async () => {
  const { folder, cache, remote, task: other } = await setting();
  const dataset = await clipDataset(cache.objects, numbered(0, 8, 2));
  const { module, type } = (await findBuiltIn('cast-audio'))!;
  const task: StageTask = {
    ...other,
    stage: 'speech',
    module,
    params: { column: 'audio', sampling_rate: 16000, mono: true, on_error: 'fail' },
    inputs: { dataset },
    code: (await new CodeView(cache).closure(module)).digest,
  };
  const work = { stage: { id: 'speech', type }, fingerprint: FINGERPRINT, task } as unknown as StageWork;
  const machines = new RemoteMachines(remote, folder);
  const store = { remote, store: 's3://bucket', cache, setup: [], etude: ['etude'], stateInterval: 600 };
  const listener: WorkListener = {
    signal: never,
    kill: never,
    onProgress: () => undefined,
    onLog: () => undefined,
    onJob: () => undefined,
  };
  const here = {
    run: (own: StageWork) => runStageProcess(own.task, { ...listener, folder: join(folder, 'here') }),
  };
  const executor = new JobExecutor({
    scheduler: new StoreScheduler(machines, store),
    cache,
    engineId: 'none',
    resourcesOf: () => ({ shards: 2, more: {} }),
    setup: [],
    etude: ['etude'],
    retries: 0,
    times: { pollMs: 10, mostMs: 50, lookMs: 5, graceMs: 20, patienceMs: 100, pauseMs: [5, 20] },
    onInterrupt: async () => 'cancel',
    warn: (text) => assert.fail(text),
  });
  const output = await executor.run(work, listener, here);
  assert.ok(output.type === 'success');
  assert.equal(output.rowsComputed, 8);
  // The cache here has no finished chunks: without those that came, everything is computed once more.
  const alone = await here.run(work);
  assert.ok(alone.type === 'success');
  assert.deepEqual([output.artifact, alone.rowsComputed], [alone.artifact, 8]);
  for (const [i, command] of machines.commands.entries()) {
    const { objects } = await openCache(join(folder, `machine-${i + 1}`));
    const index = Number(/-s(\d)-/.exec(command.at(-1)!)?.[1]);
    const fetched = dataset.chunks.map(({ columns }) => objects.has(columns.audio!));
    assert.deepEqual(
      fetched,
      [0, 1, 2, 3].map((chunk) => chunk % 2 === index),
    );
  }
});

test('a stage that reads files of this machine, or runs modules of the user, is refused', async () => {
  const { task } = await setting();
  const file = { format: 1, fingerprint: FINGERPRINT, task } as const;
  const states = { earlier: [], stateInterval: 600 };
  assert.equal(portable(file, states).file.task.module, 'rename');
  for (const [change, why] of [
    [{ inputs: {} }, /reads files/],
    [{ module: '/home/me/stage.js' }, /modules of yours/],
    [{ modules: { './x.js': 'abc' } }, /modules of yours/],
  ] as const)
    assert.throws(() => portable({ ...file, task: { ...task, ...change } }, states), { message: why });
});

test('a remote that is down is asked again; a result that is none counts as lost', async () => {
  const { folder, cache, remote, task } = await setting();
  const dir = join(cache.dir, 'jobs', FINGERPRINT, '1');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'task.json'), JSON.stringify({ format: 1, fingerprint: FINGERPRINT, task }));
  writeFileSync(
    join(dir, 'job.json'),
    JSON.stringify({ format: 1, executor: 'far', name: 'etude-x', id: 'etude-x' }),
  );
  const ended: Scheduler = {
    name: 'far',
    submit: async () => 'etude-x',
    status: async (ids) => new Map(ids.map((id) => [id, { state: 'ended' as const }])),
    cancel: async () => undefined,
  };
  const store = { remote, store: 's3://bucket', cache, setup: [], etude: ['etude'], stateInterval: 600 };
  await remote.prepare(never);
  const wrong = Buffer.from('{"format":1,"output":{"type":"success"}}');
  await putBytes(remote, [[`jobs/${FINGERPRINT}/etude-x/output.json`, wrong]], {});
  // A run that has taken the place of the one that submitted it.
  const states = await new StoreScheduler(ended, store).status(['etude-x']);
  assert.match(states.get('etude-x')!.reason!, /no valid result/);
  assert.equal(readdirSync(dir).includes('output.json'), false);
  const down = Object.assign(new FolderRemote(join(folder, 'remote'), 'remote'), {
    get: async () => {
      throw new EtudeError('down');
    },
  });
  await assert.rejects(
    new StoreScheduler(ended, { ...store, remote: down }).status(['etude-x']),
    SchedulerUnavailable,
  );
});

test('results of others have the shape of one, and no paths', () => {
  const result = (output: object) => JSON.stringify({ format: 1, seconds: 1, host: 'h', output });
  const options = { expected: 'a', where: { file: '/etc/passwd' }, hint: 3 };
  const failed = foreignResult(result({ type: 'failed', message: 'no', options })).output;
  assert.deepEqual(failed, { type: 'failed', message: 'no', options: { expected: 'a' } });
  const artifact = { kind: 'report', metrics: {}, files: { '../x': { digest: 'a'.repeat(64), size: 1 } } };
  for (const output of [{ type: 'success', artifact }, { type: 'nothing' }, { type: 'failed' }])
    assert.throws(() => foreignResult(result(output)), { message: /no valid result/ });
  assert.throws(() => foreignResult('['.repeat(10)), { message: /no valid result/ });
});
