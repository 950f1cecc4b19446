import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Admission, EtudeError, openProject, type Recipe, readAudio } from '../../src/index.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { loadIn } from '../support/load.js';
import { Project } from '../support/project.js';
import { toneProject } from '../support/tone-project.js';

const RECIPE = `name: chain
stages:
  a:
    uses: ./stages/count.js
    with: { value: 1 }
  b:
    uses: ./stages/count.js
    from: a
    with: { value: 2, milliseconds: 0 }
`;

const [chain, other] = [new Project(), new Project()];
const tones = toneProject(16);
const environment = { ...process.env };
before(() => {
  delete process.env.ETUDE_CACHE_DIR;
  process.env.XDG_CONFIG_HOME = chain.path('config');
  process.env.HF_HUB_OFFLINE = '1';
  writeCountStage(chain);
  chain.write('recipe.yaml', RECIPE);
});
after(() => {
  for (const name of ['ETUDE_CACHE_DIR', 'XDG_CONFIG_HOME', 'HF_HUB_OFFLINE']) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
  for (const project of [chain, other, tones]) project.remove();
});

const warnings: string[] = [];
const inProject = ({ dir }: Project) => openProject({ dir, warn: (text) => void warnings.push(text) });
const open = (project: Project) => inProject(project).open('recipe.yaml');
const run = async (recipe: Recipe, options: Parameters<Recipe['run']>[0] = {}) =>
  (await recipe.run(options)).result;

test("a run's lock is reproduced, with a verdict per stage and one overall", async () => {
  const { lock, finished } = await run(await open(chain), { lock: 'write' });
  assert.deepEqual([finished.status, lock?.type], ['success', 'written']);
  const seen: string[] = [];
  const task = await inProject(chain).reproduce('recipe.yaml');
  for await (const event of task)
    if (event.type === 'stage-finished') seen.push(`${event.id} ${event.status}`);
  assert.deepEqual(seen.sort(), ['a run', 'b run']);
  const receipt = await task.result;
  assert.equal(receipt?.verdict, 'byte-equal');
  assert.deepEqual(
    receipt?.stages.map(({ stage, verdict }) => [stage, verdict]),
    [
      ['a', 'byte-equal'],
      ['b', 'byte-equal'],
    ],
  );
  chain.write('without.yaml', RECIPE);
  await assert.rejects(inProject(chain).reproduce('without.yaml'), /there is no lock file/);
});

test('a reproduction that is stopped has no verdict', async () => {
  const task = await inProject(chain).reproduce('recipe.yaml', { signal: AbortSignal.abort() });
  assert.equal(await task.result, undefined);
});

test('verify recomputes cached stages, and changes nothing', async () => {
  const recipe = await open(chain);
  const [before, ended] = [computations(chain), [] as string[]];
  const found = await recipe.verify({ onEnd: ({ stage }) => void ended.push(stage) });
  assert.deepEqual(
    found.map(({ stage, verdict }) => [stage, verdict]),
    [
      ['a', 'equal'],
      ['b', 'equal'],
    ],
  );
  assert.deepEqual(ended, ['a', 'b']);
  assert.equal(computations(chain), before + 2);
  const changed = await inProject(chain).open('recipe.yaml', { set: ['stages.b.with.value=5'] });
  const [only] = await changed.verify({ stages: ['b'] });
  assert.equal(only?.verdict, 'not-cached');
  await assert.rejects(recipe.verify({ stages: ['c'] }), EtudeError);
  await assert.rejects(recipe.verify({ signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('explain lists the parts of a fingerprint, and how they differ from past ones', async () => {
  const changed = await inProject(chain).open('recipe.yaml', { set: ['stages.b.with.value=7'] });
  const { planned, parts, nearest, code } = await changed.explain('b');
  assert.equal(planned.type, 'run');
  assert.equal(parts?.params.value, 7);
  assert.match(nearest[0]!.because.map(({ text }) => text).join(), /value 2 → 7/);
  assert.ok(code.files.some((file) => file.endsWith('label.js')));
  await assert.rejects(changed.explain('c'), EtudeError);
});

test('runs are listed newest first, and one of them can be compared', async () => {
  const project = inProject(chain);
  await run(await project.open('recipe.yaml', { set: ['stages.b.with.value=9'] }));
  const records = await project.runs();
  assert.deepEqual([records.length, records[0]!.status], [2, 'success']);
  assert.ok(records[0]!.started >= records[1]!.started);
  const { equal, a, differences } = await project.diff(records[1]!.run, records[0]!.run);
  assert.deepEqual([equal, a.kind], [false, 'run']);
  assert.match(differences.map(({ text }) => text).join(), /value 2 → 9/);
  assert.equal((await project.diff('recipe.yaml', 'recipe.yaml')).equal, true);
  await assert.rejects(project.diff('recipe.yaml', 'nothing.lock'), /no such lock file/);
});

test("a bundle's results wait in another project until they are checked", async () => {
  const bundled = await (await open(chain)).bundle({ objects: 'all' });
  assert.equal(bundled.file, chain.path('recipe.etude.tar'));
  assert.deepEqual([bundled.results, bundled.without, bundled.outside], [2, [], []]);
  await assert.rejects((await open(chain)).bundle(), EtudeError);

  const brought = await inProject(other).unbundle(bundled.file);
  assert.deepEqual([brought.quarantined, brought.trusted], [2, 0]);
  assert.deepEqual(brought.modules, ['stages/count.js', 'stages/label.js']);
  const recipe = await open(other);
  const statuses = async () => (await recipe.plan()).stages.map(({ type }) => type);
  assert.deepEqual(await statuses(), ['run', 'run']);
  await assert.rejects(recipe.admit({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.deepEqual(await statuses(), ['run', 'run']);
  const { found, admitted, checked }: Admission = await recipe.admit();
  assert.deepEqual(
    [found, admitted, checked.map(({ passed }) => passed)],
    [2, true, ['computed', 'computed']],
  );
  assert.deepEqual(await statuses(), ['hit', 'hit']);
  assert.deepEqual(await recipe.admit(), { found: 0, admitted: false, checked: [] });
});

test('what one user pushes another one can pull', async () => {
  const remote = chain.path('shared');
  mkdirSync(remote);
  const pushed = await (await open(chain)).push({ remote });
  assert.deepEqual([pushed.results, pushed.missing, pushed.signedBy], [2, [], undefined]);
  const apart = openProject({ dir: other.dir, cacheDir: other.path('apart') });
  const pulled = await (await apart.open('recipe.yaml')).pull({ remote });
  assert.deepEqual([pulled.results, pulled.missing, pulled.failed], [2, [], false]);
  await assert.rejects((await open(chain)).push(), /no remote cache was given/);
});

test("a project's garbage is removed, except for what a lock names", async () => {
  const project = inProject(chain);
  const wanted = { maxBytes: 0, maxAgeDays: 0, dryRun: true } as const;
  const { dryRun, kept } = await project.gc(wanted);
  assert.equal(dryRun, true);
  assert.ok(kept.roots.some(({ name, entries }) => name.endsWith('recipe.lock') && entries === 2));
  assert.deepEqual((await project.gc({ ...wanted, ignoreLocks: true })).kept.roots, []);
  assert.equal(project.cacheFolder().dir, chain.path('.etude'));
});

test('a trained model is loaded once and classifies clips; its data can be read', async () => {
  const project = inProject(tones);
  const recipe = await project.open('recipe.yaml');
  assert.equal((await run(recipe)).finished.status, 'success');
  const classifier = await project.loadClassifier(tones.path('recipe.yaml:model'));
  try {
    assert.deepEqual(classifier.labels, ['high', 'low']);
    const clip = tones.path('clips/low/tone-0000.wav');
    const all = [];
    for await (const each of classifier.classify([clip, tones.path('none.wav'), clip], { topK: 1 }))
      all.push(each);
    const [first, missing, again] = all;
    assert.ok(first !== undefined && 'scores' in first && first.scores.length === 1);
    assert.ok(missing !== undefined && 'error' in missing);
    assert.deepEqual(again, first);
    // Relative paths start from the project, wherever this process was started.
    const relative = [];
    for await (const { file, ...rest } of classifier.classify(['clips/low/tone-0000.wav', 'clips/high']))
      relative.push({ file, read: 'scores' in rest });
    assert.deepEqual(relative[0], { file: 'clips/low/tone-0000.wav', read: true });
    assert.deepEqual(relative[1], { file: join('clips/high', 'tone-0001.wav'), read: true });
  } finally {
    await classifier.close();
  }
  await assert.rejects(project.loadClassifier(tones.path('recipe.yaml:slim')), /produces no model/);

  const clips = await recipe.dataset('clips');
  const { audio } = clips.features;
  assert.ok(audio?._type === 'Audio');
  const { samples, sampling_rate } = await readAudio(audio, (await clips.row('train', 0)).audio as never);
  assert.deepEqual([samples.length, sampling_rate], [2000, 8000]);
});

test('results are exported for other tools; the graph and the resolved recipe are texts', async () => {
  const recipe = await open(tones);
  assert.deepEqual(await recipe.exportDataset('parts', 'out/parts'), { train: 12, test: 4 });
  assert.ok(existsSync(tones.path('out/parts/dataset_dict.json')));
  const files = await recipe.exportModel('model', 'out/model');
  for (const file of files) assert.ok(readdirSync(tones.path('out/model')).includes(file), file);
  await assert.rejects(recipe.exportModel('parts', 'out/other'), /stage 'parts' produces a dataset/);
  assert.match(await recipe.graph('mermaid'), /^flowchart|^graph/m);
  assert.match(await recipe.resolved(), /seed: 7/);
});

test('a dataset is exported as the Hub has it, with a card that load reads; nothing else is replaced', async () => {
  const recipe = await open(tones);
  const options = { format: 'parquet', license: 'cc-by-4.0' } as const;
  assert.deepEqual(await recipe.exportDataset('parts', 'out/hub', options), { train: 12, test: 4 });
  const card = readFileSync(tones.path('out/hub/README.md'), 'utf8');
  assert.match(card, /^---\nlicense: "cc-by-4\.0"\n/);
  assert.match(card, /\| high \| 6 \| 2 \|/);
  const parts = await recipe.dataset('parts');
  const { artifact, rows } = await loadIn(tones.path('out/hub'), { path: '.' });
  assert.deepEqual(artifact.features, parts.features);
  for (const split of parts.splits) {
    const expected = await allOf(parts.rows(split));
    // Hugging Face datasets embeds files by their base names.
    for (const { audio } of expected as { audio: { path: string } }[]) audio.path = basename(audio.path);
    assert.deepEqual(rows[split], expected, split);
  }

  await recipe.exportDataset('parts', 'out/hub', { format: 'parquet', split: 'test' });
  assert.deepEqual(readdirSync(tones.path('out/hub/data')), ['test-00000-of-00001.parquet']);
  tones.write('out/hub/notes.txt', 'mine');
  await assert.rejects(recipe.exportDataset('parts', 'out/hub', options), /'.*hub' is not empty/);
  assert.deepEqual(readdirSync(tones.path('out/hub/data')), ['test-00000-of-00001.parquet']);
  await assert.rejects(
    recipe.exportDataset('parts', 'out/new', { license: 'mit' }),
    /goes into the dataset card/,
  );
  await assert.rejects(
    recipe.exportDataset('parts', 'out/new', { format: 'parquet', license: 'My: licence' }),
    /is not a license that the Hub knows/,
  );
  assert.ok(!existsSync(tones.path('out/new')));
});

test('none of this gave a warning', () => assert.deepEqual(warnings, []));

async function allOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
