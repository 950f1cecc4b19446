import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { Entry } from '../../../src/pipeline/cache/types.js';
import { buildLockFile } from '../../../src/pipeline/lock/build-lock-file.js';
import { driftFrom } from '../../../src/pipeline/lock/drift.js';
import {
  formatLock,
  lockPath,
  parseLock,
  readLock,
  writeLock,
} from '../../../src/pipeline/lock/lock-file-io.js';
import { stillHolds } from '../../../src/pipeline/lock/still-holds.js';
import type { LockFile } from '../../../src/pipeline/lock/types.js';
import { planPipeline } from '../../../src/pipeline/plan/plan-stages.js';
import type { Pipeline } from '../../../src/pipeline/recipe/pipeline.js';
import { makeOld } from '../../support/cache.js';
import { Project } from '../../support/project.js';
import { pretendToRun, readsPath, sketch } from '../../support/sketches.js';

const ENGINE = 'onnxruntime-node 1.30.0';

/** Two stages: one that reads files, one that uses the engine. */
function setUp(files = ['a.txt', 'b.txt']): { project: Project; pipeline: Pipeline } {
  const project = new Project();
  for (const name of files) project.write(name, `text of ${name}`);
  project.write('stages/read.js', 'export default 1;');
  project.write('stages/train.js', "import './loop.js'; export default 2;");
  project.write('stages/loop.js', 'export const steps = 3;');
  const pipeline = sketch(project, {
    clips: { uses: './stages/read.js', with: { path: files, seed: 7 }, type: { ...readsPath, name: 'read' } },
    model: {
      uses: './stages/train.js',
      from: { dataset: 'clips' },
      with: { learning_rate: 0.002 },
      type: { name: 'train', usesEngine: true },
    },
  });
  for (const stage of pipeline.stages)
    (stage as { module: string }).module = `${project.dir}/${stage.uses.slice(2)}`;
  return { project, pipeline };
}

async function lockOf(project: Project, pipeline: Pipeline, before?: LockFile): Promise<LockFile> {
  const cache = await project.cache();
  await pretendToRun(pipeline, cache);
  const { stages } = await planPipeline({ pipeline, cache, engineId: ENGINE });
  const entries = new Map(
    stages.map((planned): [string, Entry] => {
      assert.equal(planned.type, 'hit');
      return [planned.stage.id, (planned as { entry: Entry }).entry];
    }),
  );
  return buildLockFile({
    pipeline,
    cache,
    entries,
    repositories: new Map(),
    engineId: ENGINE,
    etude: '0.0.0',
    before,
  });
}

async function driftTexts(
  lock: LockFile,
  project: Project,
  pipeline: Pipeline,
  engineId = ENGINE,
): Promise<string[]> {
  const drift = await driftFrom(lock, { pipeline, cache: await project.cache(), engineId });
  return drift.map(({ stage, cause, text }) => `${stage}: ${cause}: ${text}`);
}

test('a lock is read back as it was written, and contains no path of the machine', async () => {
  const { project, pipeline } = setUp();
  const lock = await lockOf(project, pipeline);
  await writeLock(pipeline.file, lock);
  assert.deepEqual(await readLock(pipeline.file), lock);
  const text = readFileSync(lockPath(pipeline.file), 'utf8');
  assert.ok(!text.includes(project.dir));
  assert.equal(formatLock(await lockOf(project, pipeline)), text);
  assert.deepEqual(Object.keys(lock.stages), ['clips', 'model']);
  assert.deepEqual(lock.stages.model!.files && Object.keys(lock.stages.model!.files), [
    'loop.js',
    'train.js',
  ]);
});

test('what a process that was killed has left next to a lock goes with the next one', async () => {
  const { project, pipeline } = setUp();
  const left = project.write(
    `.${basename(lockPath(pipeline.file))}.${2 ** 22 + 1}-00c0ffee.part`,
    'format: 1',
  );
  makeOld(left, 1);
  await writeLock(pipeline.file, await lockOf(project, pipeline));
  assert.deepEqual(
    readdirSync(project.dir).filter((name) => name.includes('.lock')),
    [basename(lockPath(pipeline.file))],
  );
});

test('nothing has drifted right after the run', async () => {
  const { project, pipeline } = setUp();
  assert.deepEqual(await driftTexts(await lockOf(project, pipeline), project, pipeline), []);
});

test("a lock lists a module's files once, and names the changed one for every stage that uses it", async () => {
  const { project, pipeline } = setUp();
  const [, model] = pipeline.stages;
  pipeline.stages.push({ ...model!, id: 'other', with: { learning_rate: 1 } });
  const lock = await lockOf(project, pipeline);
  assert.notEqual(lock.stages.model!.files, undefined);
  assert.equal(lock.stages.other!.files, undefined);
  assert.deepEqual(await driftTexts(lock, project, pipeline), []);
  project.write('stages/loop.js', 'export const steps = 4;');
  const texts = await driftTexts(lock, project, pipeline);
  assert.deepEqual(
    texts.map((text) => /^\w+: code: .*\((.*)\)/.exec(text)?.[1]),
    ['loop.js', 'loop.js'],
  );
});

test('for hundreds of files a lock has short digests, and names the file of which a byte changed', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `clip-${i + 1000}.txt`);
  const { project, pipeline } = setUp(names);
  const lock = await parseLock(formatLock(await lockOf(project, pipeline)), 'recipe.lock');
  project.write('clip-1007.txt', 'text of clip-1007.txu');
  const [moved] = await driftTexts(lock, project, pipeline);
  assert.match(moved ?? '', /^clips: data: clip-1007\.txt [0-9a-f]{12} → [0-9a-f]{12}$/);
});

test('for thousands of files a lock has the number and one digest, and still detects a change of one byte', async () => {
  const names = Array.from({ length: 1200 }, (_, i) => `clip-${i + 1000}.txt`);
  const { project, pipeline } = setUp(names);
  const lock = await parseLock(formatLock(await lockOf(project, pipeline)), 'recipe.lock');
  assert.deepEqual(Object.keys(lock.stages.clips!.sources!.path as object), ['files', 'digest']);
  assert.ok(formatLock(lock).length < 5000);
  project.write('clip-1007.txt', 'text of clip-1007.txu');
  assert.deepEqual(await driftTexts(lock, project, pipeline), [
    'clips: data: files of path changed (1200 files)',
  ]);
});

test('whatever moved is named: stage, field, locked value, current value', async () => {
  const { project, pipeline } = setUp();
  const lock = await lockOf(project, pipeline);

  project.write('b.txt', 'text of b.txu');
  const [moved] = await driftTexts(lock, project, pipeline);
  assert.match(moved ?? '', /^clips: data: b\.txt [0-9a-f]{12} → [0-9a-f]{12}$/);
  project.write('b.txt', 'text of b.txt');

  project.write('stages/loop.js', 'export const steps = 4;');
  const code = await driftTexts(lock, project, pipeline);
  assert.equal(code.length, 1);
  assert.match(
    code[0] ?? '',
    /^model: code: code of stage type \.\/stages\/train\.js changed \(loop\.js\): [0-9a-f]{12} → [0-9a-f]{12}$/,
  );
  project.write('stages/loop.js', '// A comment is no change.\nexport const steps = 3;');

  assert.deepEqual(await driftTexts(lock, project, pipeline, 'onnxruntime-node 1.31.0'), [
    'model: engine: engine onnxruntime-node 1.30.0 → onnxruntime-node 1.31.0',
  ]);

  const [, model] = pipeline.stages;
  model!.with.learning_rate = 0.001;
  assert.deepEqual(await driftTexts(lock, project, pipeline), ['model: recipe: learning_rate 0.002 → 0.001']);
  model!.with.learning_rate = 0.002;

  const [drift] = await driftFrom(lock, {
    pipeline: { ...pipeline, stages: [{ ...pipeline.stages[0]!, id: 'other' }, model!] },
    cache: await project.cache(),
    engineId: ENGINE,
  });
  assert.equal(drift!.text, 'is new');
});

test('a Hub revision that moved is named with both commits, even if its files are the same', async () => {
  const { project, pipeline } = setUp();
  const commits = { main: 'a'.repeat(40), adapted: 'c'.repeat(40) };
  const repository = { type: 'dataset' as const, id: 'owner/name' };
  const revisions = () => Object.entries(commits).map(([revision, commit]) => ({ revision, commit }));
  pipeline.stages[0]!.type = {
    ...pipeline.stages[0]!.type,
    sources: async () => [
      {
        param: 'path',
        files: revisions().map((one) => {
          const origin = { ...repository, ...one, file: 'a.parquet' };
          return { name: `${one.revision}.parquet`, path: '', size: 1, digest: 'e'.repeat(64), origin };
        }),
      },
    ],
  };
  const lock = await lockOf(project, pipeline);
  lock.stages.clips!.repositories = revisions().map((one) => ({ param: 'path', ...repository, ...one }));
  assert.deepEqual(await driftTexts(lock, project, pipeline), []);
  commits.main = 'b'.repeat(40);
  assert.deepEqual(await driftTexts(lock, project, pipeline), [
    'clips: data: owner/name@main aaaaaaaaaaaa → bbbbbbbbbbbb',
  ]);
});

test('another label map is named by the first class that differs', async () => {
  const { project, pipeline } = setUp();
  const lock = await lockOf(project, pipeline);
  lock.stages.clips!.output.labels = { intent: ['freeze', 'abroad', 'balance'] };
  const names = ['freeze', 'balance', 'abroad'];
  pipeline.stages[0]!.outline = {
    kind: 'dataset',
    splits: {},
    features: { intent: { _type: 'ClassLabel', names } },
  };
  assert.deepEqual(await driftTexts(lock, project, pipeline), [
    'clips: data: label map of intent: class 1 abroad → balance',
  ]);
});

test('a lock stays while it is still valid: bytes may differ if the metrics are within tolerance', async () => {
  const { project, pipeline } = setUp();
  const lock = await lockOf(project, pipeline);
  const withAccuracy = (accuracy: number, digit: string): LockFile => {
    const copy = structuredClone(lock);
    copy.stages.model!.output = { kind: 'report', digest: digit.repeat(64), metrics: { test: { accuracy } } };
    copy.tolerances = { accuracy: 0.03 };
    return copy;
  };
  const before = withAccuracy(0.95, 'a');
  assert.equal(
    stillHolds(before, { ...withAccuracy(0.93, 'b'), platform: { ...lock.platform, cpu: 'another' } }),
    true,
  );
  assert.equal(stillHolds(before, withAccuracy(0.91, 'b')), false);
  assert.equal(stillHolds(before, { ...before, engine: 'onnxruntime-node 1.31.0' }), false);
  const edited = structuredClone(before);
  edited.stages.model!.params.learning_rate = 0.001;
  assert.equal(stillHolds(before, edited), false);
});

test('a tolerance that the user has set stays', async () => {
  const { project, pipeline } = setUp();
  const lock = await lockOf(project, pipeline);
  lock.tolerances = { accuracy: 0.5 };
  lock.stages.model!.output.metrics = { test: { accuracy: 0.9, loss: 0.3 } };
  const { tolerancesFor } = await import('../../../src/pipeline/lock/tolerances.js');
  assert.deepEqual(tolerancesFor(lock.stages, lock.tolerances), { accuracy: 0.5, loss: 0.1 });
});

test('an invalid lock is refused with the position', async () => {
  const { project, pipeline } = setUp();
  const text = formatLock(await lockOf(project, pipeline));
  const refused = (changed: string, message: RegExp) =>
    assert.rejects(parseLock(changed, 'recipe.lock'), (error: { describe(): string }) => {
      assert.match(error.describe(), message);
      return true;
    });
  await refused('a: b', /not a lock file/);
  await refused('[1', /not a lock file/);
  await refused('', /not a lock file/);
  await refused(text.replace('format: 1', 'format: 2'), /different version of Etude/);
  await refused(text.replace(/code: [0-9a-f]{64}/, 'code: abc'), /stages.clips.code/);
  await refused(`${text}more: 1\n`, /additional/);
  await refused('a: &a [1]\nb: [*a, *a, *a]', /not a lock file/);
  writeFileSync(lockPath(pipeline.file), 'no');
  await assert.rejects(readLock(pipeline.file), /not a lock file/);
});
