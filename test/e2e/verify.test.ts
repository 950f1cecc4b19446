import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { Entry } from '../../src/pipeline/cache/types.js';
import type { Verification } from '../../src/pipeline/verify/verify-stage.js';
import type { VerifyOptions } from '../../src/project/verify.js';
import type { DatasetArtifact } from '../../src/stage/artifact.js';
import { flipBit, objectFile } from '../support/cache.js';
import { writeCountStage } from '../support/counting-stage.js';
import { poison } from '../support/poison.js';
import { Project } from '../support/project.js';
import { toneProject } from '../support/tone-project.js';

/** A stage between two honest ones that misbehaves. */
function chainWith(body: string): Project {
  const project = new Project();
  writeCountStage(project);
  project.write(
    'stages/odd.js',
    `import { existsSync } from 'node:fs';
    export default {
      name: 'odd', description: 'Odd.', inputs: { before: { kind: 'report' } }, output: 'report',
      schema: { type: 'object', properties: {}, additionalProperties: false },
      async run({ place, objects }) { ${body} },
    };`,
  );
  project.write(
    'recipe.yaml',
    `stages:
  first:
    uses: ./stages/count.js
    with: { value: 1 }
  odd:
    uses: ./stages/odd.js
    from: first
  last:
    uses: ./stages/count.js
    from: odd
    with: { value: 2 }
`,
  );
  return project;
}

const report = (total: string) =>
  `return { artifact: { kind: 'report', metrics: { all: { total: ${total} } }, files: {} } };`;

const byStage = (found: Verification[]) => Object.fromEntries(found.map((one) => [one.stage, one]));

async function verify(project: Project, options?: VerifyOptions): Promise<Record<string, Verification>> {
  return byStage(await (await project.open()).verify(options));
}

/** `etude verify recipe.yaml --json …` */
async function etudeVerify(
  project: Project,
  ...args: string[]
): Promise<{ code: number | null; stages: Record<string, Verification> }> {
  const { code, stdout } = await project.etude('verify', 'recipe.yaml', '--json', ...args);
  return { code, stages: byStage((JSON.parse(stdout) as { stages: Verification[] }).stages) };
}

const EQUAL = { first: 'equal', odd: 'equal', last: 'equal' };

const verdicts = (stages: Record<string, Verification>) =>
  Object.fromEntries(Object.entries(stages).map(([id, { verdict }]) => [id, verdict]));

/** All results in the cache. */
const results = (project: Project) =>
  ['index', 'objects', 'chunks', 'tmp'].flatMap((folder) =>
    readdirSync(project.path(`.etude/${folder}`), { recursive: true }).map((name) => `${folder}/${name}`),
  );

const timed = chainWith(report('Date.now()'));

test('a module that writes the time is named; the honest stages next to it are equal; the cache is unchanged', async () => {
  const project = timed;
  await project.run();
  const before = results(project);
  const { code, stages } = await etudeVerify(project);
  assert.equal(code, 1);
  assert.deepEqual(verdicts(stages), { first: 'equal', odd: 'nondeterministic', last: 'equal' });
  assert.match(stages.odd!.details[0]!, /^metrics\.all\.total \d+ → \d+$/);
  assert.deepEqual(results(project), before);
  const people = await project.etude('verify', 'recipe.yaml', 'odd');
  assert.match(people.stdout, /✖ 1 of 1 stage: odd \(not deterministic\)/);
  assert.equal((await etudeVerify(project, 'first', 'last')).code, 0);
});

test('a run under --locked fails if a stage gives another result than the locked one, and leaves the lock alone', async () => {
  const project = timed;
  const lock = project.read('recipe.lock');
  const { code, stderr } = await project.etudeRun('--locked', '--force', 'odd');
  assert.equal(code, 1);
  assert.match(stderr, /recipe\.lock: stage 'odd' produced a different result: all total \d+ → \d+/);
  assert.equal(project.read('recipe.lock'), lock);
});

test('a module that reads something outside its fingerprint gives another result every time', async () => {
  const project = chainWith(report("existsSync(place.resolve('secret.txt')) ? 5 : 6"));
  project.write('secret.txt', '');
  await project.run();
  assert.deepEqual(verdicts(await verify(project)), EQUAL);
  rmSync(project.path('secret.txt'));
  const { odd } = await verify(project, { stages: ['odd'] });
  assert.equal(odd!.verdict, 'different');
  assert.deepEqual(odd!.details, ['metrics.all.total 5 → 6']);
});

test('a damaged object, a failing stage and an uncached stage are distinguished', async () => {
  const project = chainWith(
    `const file = await objects.put(Buffer.from('a report')); ${report('1').replace('files: {}', "files: { 'a.txt': file }")}`,
  );
  const early = await etudeVerify(project);
  assert.deepEqual(verdicts(early.stages), {
    first: 'not-cached',
    odd: 'not-cached',
    last: 'not-cached',
  });
  assert.equal(early.code, 1);
  await project.run();
  assert.deepEqual(verdicts(await verify(project)), EQUAL);
  const [entry] = entries(project, 'odd');
  const [ref] = Object.values(
    (entry!.entry.artifact as { files: Record<string, { digest: string; size: number }> }).files,
  );
  flipBit(objectFile(project.path('.etude'), ref!));
  const stages = await verify(project);
  assert.deepEqual(verdicts(stages), { first: 'equal', odd: 'damaged', last: 'not-cached' });
  assert.match(stages.odd!.details[0]!, /damaged \(wrong bytes\)/);

  const failing = chainWith(
    `if (!existsSync(place.resolve('gone.txt'))) throw new Error('gone'); ${report('1')}`,
  );
  failing.write('gone.txt', '');
  await failing.run();
  const only = { stages: ['odd'] };
  assert.deepEqual(verdicts(await verify(failing, only)), { odd: 'equal' });
  rmSync(failing.path('gone.txt'));
  assert.equal((await verify(failing, only)).odd!.verdict, 'failed');
});

test('--sample computes a few chunks, and finds a chunk that its stage did not produce', async () => {
  const project = toneProject(96);
  const [recipe = ''] = project.read('recipe.yaml').split('  features:');
  project.write('recipe.yaml', recipe);
  await project.run();
  const honest = await verify(project, { stages: ['speech'], sample: 1 });
  assert.equal(honest.speech!.verdict, 'equal');
  const { of } = honest.speech!.sampled!;
  assert.ok(of > 1);

  // A poisoned entry: intact, and its own digests are right, but two chunks are swapped.
  await poison<DatasetArtifact>(project, 'speech', ({ chunks: [one, other] }) => {
    [one!.columns.audio, other!.columns.audio] = [other!.columns.audio!, one!.columns.audio!];
  });
  const { code, stages } = await etudeVerify(project, 'speech', '--sample', String(of - 1));
  assert.equal(code, 1);
  assert.equal(stages.speech!.verdict, 'different');
  assert.match(stages.speech!.details[0]!, /^chunk [01], column audio$/);
});

function entries(project: Project, uses: string): { path: string; entry: Entry }[] {
  const folder = project.path(`.etude/index/${uses}`);
  return readdirSync(folder).map((name) => {
    const path = `${folder}/${name}`;
    return { path, entry: JSON.parse(readFileSync(path, 'utf8')) as Entry };
  });
}
