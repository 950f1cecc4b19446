import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Receipt } from '../../src/pipeline/lock/receipt.js';
import type { ReportArtifact } from '../../src/stage/artifact.js';
import { finish, statuses } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { entryOfStage, poison } from '../support/poison.js';
import { Project } from '../support/project.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const RECIPE = `name: chain
stages:
  a:
    uses: ./stages/count.js
    with: { value: 1 }
  b:
    uses: ./stages/count.js
    from: a
    with: { value: 2 }
`;

function chain(): Project {
  const project = new Project();
  writeCountStage(project);
  project.write('recipe.yaml', RECIPE);
  return project;
}

/** What another person has: the recipe, its lock and its files, in another folder, with its own cache. */
function elsewhere(project: Project): Project {
  const other = new Project();
  cpSync(project.dir, other.dir, {
    recursive: true,
    filter: (path) => !/\.etude|log\.txt|huggingface/.test(path.slice(project.dir.length)),
  });
  return other;
}

async function etudeReproduce(
  project: Project,
  ...args: string[]
): Promise<{ code: number | null; receipt: Receipt; text: string }> {
  const result = await project.etude(
    'reproduce',
    'recipe.yaml',
    '--json',
    'receipt.json',
    '--progress',
    'quiet',
    ...args,
  );
  return {
    code: result.code,
    receipt: JSON.parse(project.read('receipt.json')) as Receipt,
    text: result.stdout + result.stderr,
  };
}

const verdicts = (receipt: Receipt) => receipt.stages.map(({ stage, verdict }) => `${stage}: ${verdict}`);

test('a run writes the lock once; if nothing changes, it is left alone, as with --set and --no-lock', async () => {
  const project = chain();
  const etudeRun = (...args: string[]) => project.etude('run', 'recipe.yaml', '--progress', 'plain', ...args);
  const change = async (options?: Parameters<Project['run']>[0]) => (await project.run(options)).lock?.type;
  assert.doesNotMatch((await etudeRun('--no-lock')).stderr, /lock/);
  assert.throws(() => project.read('recipe.lock'));
  assert.equal(await change({ set: ['stages.a.with.value=5'] }), undefined);
  assert.throws(() => project.read('recipe.lock'));
  assert.match((await etudeRun()).stderr, /recipe\.lock written/);
  const lock = project.read('recipe.lock');
  assert.doesNotMatch((await etudeRun('--force')).stderr, /lock/);
  assert.equal(await change({ set: ['stages.a.with.value=6'] }), undefined);
  assert.equal(project.read('recipe.lock'), lock);
  project.edit('recipe.yaml', 'value: 1', 'value: 7');
  assert.match((await etudeRun()).stderr, /recipe\.lock updated/);
  assert.notEqual(project.read('recipe.lock'), lock);
  assert.equal(await change(), 'kept');
  assert.ok(!project.read('recipe.lock').includes(project.dir));
});

test('run --locked runs what the lock says, and refuses what moved by stage, field and both values', async () => {
  const project = chain();
  const without = await project.etude('run', 'recipe.yaml', '--locked');
  assert.equal(without.code, 1);
  assert.match(without.stderr, /there is no lock file/);
  await project.run();
  assert.deepEqual(statuses(await project.run({ lock: 'require' })), { a: 'hit', b: 'hit' });
  const computed = computations(project);
  project.edit('recipe.yaml', 'value: 2', 'value: 3');
  project.edit('recipe.yaml', 'name: chain', 'name: other');
  await assert.rejects(
    project.run({ lock: 'require' }),
    /^ +\(recipe\) +name chain → other\n +b +value 2 → 3$/m,
  );
  project.edit('recipe.yaml', 'value: 3', 'value: 2');
  project.edit('recipe.yaml', 'name: other', 'name: chain');
  project.write('stages/label.js', "export const label = 'counted';\n");
  const result = await project.etude('run', 'recipe.yaml', '--locked');
  assert.equal(result.code, 1);
  assert.match(
    result.stderr,
    /^ +a +code of stage type .* changed \(label\.js\): [0-9a-f]{12} → [0-9a-f]{12}$/m,
  );
  assert.equal(computations(project), computed);
});

test('under --locked the digests decide: a remote result counts if it is the locked one, whatever its metrics', async () => {
  const project = chain();
  await project.run();
  const [other, third] = [elsewhere(project), elsewhere(project)];
  const before = await entryOfStage(project, 'b');
  await poison<ReportArtifact>(project, 'b', async ({ files }, cache) => {
    files['more.txt'] = await cache.objects.put(Buffer.from('more'));
  });
  const pushed = await project.etude('push', 'recipe.yaml', '--remote', 'remote');
  assert.equal(pushed.code, 0, pushed.stderr);
  const remote = project.path('remote');

  const run = await other.run({ lock: 'require', remote });
  assert.deepEqual(run.differences, []);
  assert.deepEqual(statuses(run), { a: 'hit', b: 'run' });
  assert.match(JSON.stringify(run.events), /it is not the one in the lock file/);
  assert.equal((await entryOfStage(other, 'b')).artifactDigest, before.artifactDigest);
  assert.equal((await entryOfStage(other, 'a')).provenance?.name, remote);

  // What was fetched without --locked is not used with it, even though its metrics agree.
  const free = await third.run({ remote, lock: 'ignore' });
  assert.deepEqual(statuses(free), { a: 'hit', b: 'hit' });
  assert.deepEqual(statuses(await third.run({ lock: 'require' })), { a: 'hit', b: 'run' });

  // Nor does a result pass that the cache claims to have computed, or for which the lock has two digests.
  const own = await project.etude('run', 'recipe.yaml', '--locked');
  assert.equal(own.code, 1);
  assert.match(own.stderr, /stage 'b' produced a different result: file more\.txt \(none\) → [0-9a-f]{12}/);
  assert.match(own.stderr, /all metrics are within tolerance: `etude reproduce` shows how close/);
  third.edit('recipe.lock', 'total: 3', 'total: 4');
  const [difference] = (await third.run({ lock: 'require' })).differences;
  assert.match(difference!, /stage 'b' produced a different result: the lock file is inconsistent/);
});

test('in another folder, for another user, everything is recomputed byte for byte; then a run is all hits', async () => {
  const project = chain();
  await project.run();
  const other = elsewhere(project);
  other.env = { ...other.env, HOME: other.path('home'), TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8' };
  const { code, receipt, text } = await etudeReproduce(other);
  assert.equal(code, 0, text);
  assert.deepEqual(verdicts(receipt), ['a: byte-equal', 'b: byte-equal']);
  assert.match(text, /all 2 stages are byte-equal/);
  assert.equal(computations(other), 2);
  assert.deepEqual(statuses(await other.etudeRun('--locked')), { a: 'hit', b: 'hit' });
  // What the cache already contains does not count as reproduced.
  assert.equal((await etudeReproduce(other)).code, 0);
  assert.equal(computations(other), 4);
});

test('when edited code changes the result, the first stage that differs and its code are named', async () => {
  const project = chain();
  await project.run();
  project.edit('stages/count.js', 'let total = params.value;', 'let total = params.value * 2;');
  const { code, receipt, text } = await etudeReproduce(project);
  assert.equal(code, 1);
  assert.deepEqual(verdicts(receipt), ['a: different', 'b: different']);
  assert.deepEqual(
    receipt.first?.because.map(({ type }) => type),
    ['code'],
  );
  assert.match(text, /not reproduced: stage a differs; likely cause: code, .*count\.js/);
});

test('code that changed but gives the same bytes reproduces', async () => {
  const project = chain();
  await project.run();
  project.write('stages/label.js', "export const label = 'counted';\n");
  const { code, receipt } = await etudeReproduce(project);
  assert.equal(code, 0);
  assert.equal(receipt.stages[0]?.because[0]?.type, 'code');
});

test('an edited recipe is reported at once, and nothing is computed', async () => {
  const project = chain();
  await project.run();
  project.edit('recipe.yaml', 'value: 2', 'value: 3');
  assert.deepEqual(verdicts(await project.reproduce()), ['a: not-run', 'b: different']);
  assert.equal(computations(project), 2);
});

test('a model is byte-identical on the same engine, and within a stated tolerance on another one', async () => {
  const project = toneProject(8, SHORT_TONE_RECIPE);
  await project.run();
  const other = elsewhere(project);
  assert.equal((await other.reproduce()).verdict, 'byte-equal');
  const another = await etudeReproduce(other, '--engine', 'cpu', '--exact');
  // Without --exact: test/cli/reproduce.test.ts.
  assert.equal(another.code, 1, another.text);
  const model = another.receipt.stages.find(({ stage }) => stage === 'model');
  assert.equal(model?.verdict, 'within-tolerance');
  assert.equal(model?.because[0]?.type, 'engine');
  assert.ok((model?.max_abs_weight_difference ?? 1) < 1e-3);

  writeFileSync(
    other.path('recipe.lock'),
    other.read('recipe.lock').replace(/^engine: .*$/m, 'engine: onnxruntime-node 1.29.0'),
  );
  await assert.rejects(
    other.run({ lock: 'require' }),
    /model +engine onnxruntime-node 1\.29\.0 → onnxruntime-node/,
  );
});

test('a clip with one flipped bit is named', async () => {
  const project = toneProject(4, 'stages: { clips: { uses: load, with: { path: clips } } }\n');
  await project.run();
  const clip = project.path('clips/low/tone-0002.wav');
  const bytes = readFileSync(clip);
  bytes[200] = bytes[200]! ^ 1;
  writeFileSync(clip, bytes);
  const { first } = await project.reproduce();
  assert.equal(first?.because[0]?.type, 'data');
  assert.match(first?.because[0]?.text ?? '', /^low\/tone-0002\.wav [0-9a-f]{12} → [0-9a-f]{12}$/);
});

test('Ctrl-C ends a reproduction with 130; the next one continues from there', async () => {
  const project = chain();
  project.edit('recipe.yaml', 'with: { value: 2 }', 'with: { value: 2, milliseconds: 2000 }');
  await project.run();
  const child = project.start('reproduce', 'recipe.yaml', '--progress', 'json');
  const ended = finish(child);
  await new Promise<void>((resolve) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
      if (/"stage-started","id":"b"/.test(text)) resolve();
    });
  });
  process.kill(child.pid!, 'SIGINT');
  assert.equal((await ended).code, 130);
  const before = computations(project);
  assert.equal((await project.reproduce()).verdict, 'byte-equal');
  // The first stage was done.
  assert.equal(computations(project), before + 1);
});
