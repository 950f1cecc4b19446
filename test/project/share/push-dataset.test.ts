import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Recipe } from '../../../src/index.js';
import { messageFrom, Setting } from '../../support/hub-setting.js';
import { loadIn } from '../../support/load.js';
import { Project } from '../../support/project.js';
import { tempFolder } from '../../support/temp-folder.js';
import { tone, toneProject } from '../../support/tone-project.js';

const TOKEN = 'hf_s3crettoken';
const RECIPE = `name: tones
stages:
  clips: { uses: load, with: { path: clips } }
  parts: { uses: split, from: clips, with: { test_size: 0.25, seed: 7 } }
`;
const NAMES = ['HF_ENDPOINT', 'HF_TOKEN', 'HF_HOME', 'HF_HUB_OFFLINE', 'ETUDE_CACHE_DIR'];
const environment = { ...process.env };
let tones: Project;
before(async () => {
  delete process.env.ETUDE_CACHE_DIR;
  tones = toneProject(8, RECIPE);
  await tones.run();
});
after(() => {
  for (const name of NAMES) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
  tones.remove();
});

/** A Hub without repositories, and a recipe whose stages are cached. */
async function opened(t: TestContext): Promise<{ recipe: Recipe; hub: Setting['server'] }> {
  const { server: hub, home } = await Setting.open(t);
  hub.token = TOKEN;
  Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKEN, HF_HOME: home });
  delete process.env.HF_HUB_OFFLINE;
  return { recipe: await tones.open(), hub };
}

const scratch = () => readdirSync(tones.path('.etude/tmp'));

test('a dataset is pushed in one commit, and once; load reads what is there', async (t) => {
  const { recipe, hub } = await opened(t);
  const options = { private: true, license: 'cc-by-4.0' };
  const first = await recipe.pushDataset('parts', 'me/tones', options);
  assert.deepEqual([first.created, first.url], [true, `${hub.endpoint}/datasets/me/tones`]);
  const files = hub.files('dataset', 'me/tones');
  const named = [...files.keys()].filter((name) => !name.startsWith('.'));
  assert.deepEqual(named.sort(), [
    'README.md',
    'data/test-00000-of-00001.parquet',
    'data/train-00000-of-00001.parquet',
  ]);
  const card = files.get('README.md')!.toString();
  assert.match(card, /^---\nlicense: "cc-by-4\.0"\n/);
  assert.match(card, /^# tones$/m);
  assert.match(card, /load_dataset\("me\/tones"\)/);
  const before = hub.state('dataset', 'me/tones')!;
  assert.equal(before.isPrivate, true);

  const again = await recipe.pushDataset('parts', 'me/tones', options);
  assert.deepEqual([again.changed, again.commit], [0, first.commit]);
  assert.deepEqual(hub.state('dataset', 'me/tones'), before);

  const folder = tempFolder('pushed');
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  const { rows } = await loadIn(folder, { path: '.' });
  const parts = await recipe.dataset('parts');
  for (const split of parts.splits)
    assert.deepEqual(
      rows[split]!.map(({ label }) => label),
      await parts.column(split, 'label'),
    );

  // Another content takes the place of the first.
  const one = await recipe.pushDataset('parts', 'me/tones', { split: 'test' });
  assert.deepEqual([one.changed > 0, one.removed], [true, 1]);
  assert.ok(!hub.files('dataset', 'me/tones').has('data/train-00000-of-00001.parquet'));
  assert.deepEqual(scratch(), []);
});

test('all that is in the way is listed before anything is written; the token never', async (t) => {
  const { recipe, hub } = await opened(t);
  const message = await messageFrom(recipe.pushDataset('parts', 'me/../tones', { license: 'My licence' }));
  assert.match(message, /2 problems[\s\S]*not the name of a repository[\s\S]*is not a license/);
  delete process.env.HF_TOKEN;
  assert.match(await messageFrom(recipe.pushDataset('parts', 'me/tones')), /no token for the Hub/);
  process.env.HF_TOKEN = 'hf_wrong';
  const rejected = await messageFrom(recipe.pushDataset('parts', 'me/tones'));
  assert.doesNotMatch(rejected, /hf_wrong|s3cret/);
  process.env.HF_TOKEN = TOKEN;
  hub.readOnly = true;
  assert.match(await messageFrom(recipe.pushDataset('parts', 'me/tones')), /may only read/);
  await assert.rejects(recipe.pushDataset('parts', 'me/tones', { split: 'dev' }), /has no split 'dev'/);
  assert.equal(hub.state('dataset', 'me/tones'), undefined);
  assert.deepEqual(scratch(), []);
});

test('what would be pushed can be written into a folder', async () => {
  const recipe = await tones.open();
  const options = { format: 'parquet', repository: 'me/tones' } as const;
  await recipe.exportDataset('parts', 'out', options);
  assert.match(tones.read('out/README.md'), /load_dataset\("me\/tones"\)/);
  await assert.rejects(
    recipe.exportDataset('parts', 'out', { format: 'parquet', repository: 'tones"' }),
    /not the name of a repository/,
  );
});

test('a split without rows is left out of Parquet, with a warning, and load keeps one that it finds', async () => {
  const short = Buffer.from(tone(300, 0.1));
  const recipe = `name: short
stages:
  clips: { uses: load, with: { path: clips } }
  long: { uses: filter, from: clips, with: { min_duration_in_seconds: 0.2 } }
`;
  const project = new Project({ 'package.json': '{}', 'recipe.yaml': recipe });
  for (const label of ['low', 'high']) project.write(`clips/train/${label}/a.wav`, tone(400, 0.3));
  project.write('clips/test/low/a.wav', short);
  await project.run();
  const warnings: string[] = [];
  const opened = await project.open({ warn: (text) => void warnings.push(text) });
  assert.deepEqual(await opened.exportDataset('long', 'hub', { format: 'parquet' }), { train: 2 });
  assert.match(warnings.join(), /split 'test' has no rows and is left out/);
  assert.doesNotMatch(project.read('hub/README.md'), /test/);
  const none = opened.exportDataset('long', 'none', { format: 'parquet', split: 'test' });
  assert.match(await messageFrom(none), /the dataset has no rows/);
  assert.deepEqual(await opened.exportDataset('long', 'saved', {}), { train: 2, test: 0 });
  const found = await loadIn(project.path('saved'), { path: '.' });
  assert.deepEqual([found.rows.train!.length, found.rows.test], [2, []]);
  assert.match(found.warnings.join(), /split 'test' has no rows/);
  project.remove();
});
