import assert from 'node:assert/strict';
import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { codeClosure } from '../../../src/pipeline/plan/code/code-closure.js';
import type { StageListener } from '../../../src/pipeline/run/one-shot-process.js';
import { StagePool } from '../../../src/pipeline/run/stage-pool.js';
import type { StageOutput } from '../../../src/pipeline/run/stage-task.js';
import { Project } from '../../support/project.js';
import { toneProject } from '../../support/tone-project.js';

/** What a stage does, by its parameter `do`; it reports which process it ran in, and what it found there. */
const PROBE = `
import { setTimeout } from 'node:timers/promises';
import { count } from './count.js';
const kept = [];
const actions = {
  nothing() {},
  environment() { process.env.LEFT = 'here'; },
  folder() { process.chdir('..'); },
  global() { globalThis.left = 'here'; },
  builtIn() { Math.random = () => 4; },
  timer() { setInterval(() => undefined, 1000); },
  memory() { kept.push(Buffer.alloc(200 * 2 ** 20, 1)); },
  fail() { throw new Error('of its own accord'); },
  exit() { process.exit(3); },
  print() { process.stdout.write('one\\ntw'); process.stdout.write('o'); console.error('three'); },
  async store({ objects }) { await objects.put(Buffer.from('stored')); },
  async terminated({ signal, progress }) {
    progress({ done: 0, unit: 'steps' });
    await setTimeout(50, undefined, { signal }).catch(() => undefined);
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
    await setTimeout(60_000);
  },
  async wait({ signal }) { await setTimeout(60_000, undefined, { signal }); },
};
export default {
  name: 'probe', description: 'Probes.', inputs: {}, output: 'report',
  schema: { type: 'object', additionalProperties: false },
  async run({ params, signal, objects, progress }) {
    const left = Number(process.env.LEFT !== undefined || globalThis.left !== undefined);
    if (params.victim === process.pid) process.kill(process.pid, 'SIGKILL');
    await actions[params.do ?? 'nothing']({ signal, objects, progress });
    const metrics = { test: { pid: process.pid, count: count(), left } };
    return { artifact: { kind: 'report', metrics, files: {} } };
  },
};
`;

const LIGHT_RECIPE = `stages:
  clips: { uses: load, with: { path: clips } }
  slim: { uses: rename, from: clips, with: { columns: { label: pitch } } }
  speech: { uses: cast-audio, from: slim, with: { column: audio, sampling_rate: 16000 } }
  bare: { uses: remove-columns, from: speech, with: { columns: [audio] } }
`;

const project = new Project();
project.write('package.json', '{ "type": "module" }');
project.write('stages/count.js', 'let times = 0;\nexport function count() { times += 1; return times; }\n');
project.write('stages/probe.js', PROBE);
/** What keeps this process alive because of its children, and of its own pipes. */
const childHandles = () =>
  process.getActiveResourcesInfo().filter((name) => /^(Process|Pipe)Wrap$/.test(name)).length;
const handles = childHandles();
/** Idle processes are kept for longer than a busy machine takes for a test. */
const PATIENCE_MS = 60_000;
const pools: StagePool[] = [];
after(() => Promise.all(pools.map((pool) => pool.close())));

function pool(): StagePool {
  const made = new StagePool({ jobs: 2, idleMs: PATIENCE_MS });
  pools.push(made);
  return made;
}

interface RunOptions extends Partial<StageListener> {
  module?: string;
  /** The cache's. */
  folder?: string;
}

/** A stage that is ready to be computed. */
async function prepare(
  on: StagePool,
  params: Record<string, unknown> = {},
  { module = 'probe', folder = '.etude', ...listener }: RunOptions = {},
): Promise<() => Promise<StageOutput>> {
  const cache = await openCache(project.path(folder));
  const path = isAbsolute(module) ? module : `${project.dir}/stages/${module}.js`;
  const { digest } = await codeClosure(path, cache.modules);
  const task = {
    stage: 'it',
    module: path,
    params,
    inputs: {},
    sources: {},
    code: digest,
    engine: 'cpu',
    cores: 1,
    recipe: `${project.dir}/recipe.yaml`,
    cacheDir: cache.dir,
    scratch: await cache.scratch('s'),
  };
  return () =>
    on.run(task, {
      signal: new AbortController().signal,
      kill: new AbortController().signal,
      onProgress: () => undefined,
      onLog: () => undefined,
      ...listener,
    });
}

async function run(...request: Parameters<typeof prepare>): Promise<StageOutput> {
  return (await prepare(...request))();
}

/** What a stage that finished found. */
async function found(...request: Parameters<typeof run>): Promise<Record<string, number>> {
  return metricsIn(await run(...request));
}

function metricsIn(output: StageOutput): Record<string, number> {
  assert.ok(output.type === 'success' && output.artifact.kind === 'report', JSON.stringify(output));
  return output.artifact.metrics.test!;
}

test('stages of all built-in types that need no engine share a process', async () => {
  // The first test: there are no other processes yet.
  const recipe = await toneProject(4, LIGHT_RECIPE).open();
  const run = await recipe.run();
  let most = 0;
  for await (const _ of run) {
    const processes = process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap');
    most = Math.max(most, processes.length);
  }
  const { finished } = await run.result;
  assert.equal(finished.status, 'success', JSON.stringify(finished));
  assert.equal(most, 1);
});

test('a built-in module that is replaced while its process is kept is not mixed with what was loaded', async () => {
  const module = fileURLToPath(new URL('../../../stages/replaced-by-a-test.js', import.meta.url));
  const shared = pool();
  try {
    writeFileSync(module, PROBE.replace("import { count } from './count.js';", 'const count = () => 1;'));
    const { pid } = await found(shared, {}, { module });
    assert.equal((await found(shared, {}, { module })).pid, pid);
    utimesSync(module, 0, 0);
    assert.equal((await run(shared, {}, { module })).type, 'changed');
    assert.notEqual((await found(shared, {}, { module })).pid, pid);
  } finally {
    rmSync(module);
  }
});

test('stages of one type share a process, each with its modules in their initial state', async () => {
  const shared = pool();
  const first = await found(shared);
  for (let i = 0; i < 3; i++) assert.deepEqual(await found(shared), { ...first, count: 1, left: 0 });
  const ready = await Promise.all([prepare(shared), prepare(shared)]);
  const [one, other] = await Promise.all(ready.map(async (compute) => metricsIn(await compute())));
  assert.notEqual(one!.pid, other!.pid, 'two at a time need two');
});

test('a type with other code has its own process', async () => {
  project.write('stages/other.js', PROBE.replace("'Probes.'", "'Probes otherwise.'"));
  const shared = pool();
  const { pid } = await found(shared);
  assert.notEqual((await found(shared, {}, { module: 'other' })).pid, pid);
  assert.equal((await found(shared)).pid, pid);
});

test('after a rest, a process leaves the cache folder alone and computes with another one', async () => {
  const shared = pool();
  const { pid } = await found(shared, { do: 'store' }, { folder: 'old' });
  await shared.rest();
  assert.ok(existsSync(project.path('old/known/objects.json')), 'what it learnt is kept');
  rmSync(project.path('old'), { recursive: true });
  assert.equal((await found(shared)).pid, pid);
  await shared.close();
  assert.ok(!existsSync(project.path('old')));
});

test("projects with the same pool share its processes from run to run, which don't keep the program alive", async () => {
  project.write('probe.yaml', 'stages:\n  only:\n    uses: ./stages/probe.js\n');
  const shared = pool();
  const pid = async () => {
    const run = await project.run({ recipe: 'probe.yaml', pool: shared, force: ['only'] });
    assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
    return run.finished.metrics.test_pid;
  };
  const first = await pid();
  // Those of other tests may still be ending.
  for (let tries = 0; childHandles() > handles && tries < 500; tries++) await delay(10);
  assert.equal(childHandles(), handles);
  assert.equal(await pid(), first);
  process.env.FROM_NOW_ON = 'other';
  const other = await pid();
  delete process.env.FROM_NOW_ON;
  assert.notEqual(other, first, 'processes have the environment in which they were started');
  assert.equal(await pid(), first);
});

test('what a stage leaves behind is not seen by any other', async () => {
  const shared = pool();
  for (const what of ['environment', 'folder', 'global', 'builtIn', 'timer', 'memory']) {
    const { pid } = await found(shared, { do: what });
    const next = await found(shared);
    assert.notEqual(next.pid, pid, `${what} is left in the process`);
    assert.equal(next.left, 0);
  }
});

test('a type that loads something stateful has a process per stage', async () => {
  project.write('stages/old.cjs', 'let times = 0;\nexports.count = () => { times += 1; return times; };\n');
  project.write('stages/common.js', PROBE.replace('./count.js', './old.cjs'));
  project.write(
    'node_modules/counter/package.json',
    '{ "name": "counter", "type": "module", "main": "a.js" }',
  );
  project.write('node_modules/counter/a.js', 'let times = 0;\nexport const count = () => ++times;\n');
  project.write('stages/packaged.js', PROBE.replace('./count.js', 'counter'));
  const shared = pool();
  for (const module of ['common', 'packaged']) {
    const first = await found(shared, {}, { module });
    assert.deepEqual([first.count, (await found(shared, {}, { module })).count], [1, 1], module);
  }
});

test('a stage that dies fails alone, and not for what others did to its process', async () => {
  const shared = pool();
  const { pid } = await found(shared);
  await assert.rejects(run(shared, { do: 'exit' }), /the process of stage 'it' died \(exit code 3\)/);
  const next = await found(shared);
  assert.notEqual(next.pid, pid);
  // It dies in the process that others have used, not in a new one.
  assert.notEqual((await found(shared, { victim: next.pid })).pid, next.pid);
});

test('a failing stage is reported as in a process of its own', async () => {
  const output = await run(pool(), { do: 'fail' });
  assert.ok(output.type === 'failed');
  assert.equal(output.message, 'of its own accord');
  assert.match(output.stack!, /stages\/probe\.js/);
});

test('output goes to the stage that printed it', async () => {
  const shared = pool();
  const lines: string[] = [];
  await found(shared, { do: 'print' }, { onLog: (_, line) => lines.push(line) });
  assert.deepEqual(lines.sort(), ['one', 'three', 'two']);
  await found(shared, {}, { onLog: (_, line) => lines.push(line) });
  assert.equal(lines.length, 3);
});

test('a stage stops when asked to, even before it has begun', async () => {
  const shared = pool();
  await found(shared);
  const stop = new AbortController();
  const waiting = run(shared, { do: 'wait' }, { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  assert.deepEqual(await waiting, { type: 'aborted' });
  assert.deepEqual(await run(shared, { do: 'wait' }, { signal: AbortSignal.abort() }), { type: 'aborted' });
});

test('a process that SIGTERM ends has stopped if it was asked to, and failed otherwise', async () => {
  const stop = new AbortController();
  const running = run(pool(), { do: 'terminated' }, { signal: stop.signal, onProgress: () => stop.abort() });
  assert.deepEqual(await running, { type: 'aborted' });
  await assert.rejects(
    run(pool(), { do: 'terminated' }),
    /the process of stage 'it' died \(signal SIGTERM\)/,
  );
});

test('a stage can be killed, and no process outlives the pool', async () => {
  const shared = pool();
  const { pid } = await found(shared);
  const kill = new AbortController();
  const waiting = run(shared, { do: 'wait' }, { kill: kill.signal });
  setTimeout(() => kill.abort(), 50);
  assert.deepEqual(await waiting, { type: 'aborted' });
  assert.throws(() => process.kill(pid!, 0), /ESRCH/);
  const { pid: idle } = await found(shared);
  await shared.close();
  assert.throws(() => process.kill(idle!, 0), /ESRCH/);
});
