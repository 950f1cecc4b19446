import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { artifactDigest } from '../../../src/pipeline/cache/artifact-digest.js';
import { type DiskCache, openCache } from '../../../src/pipeline/cache/open-cache.js';
import { layOutModel, type ModelName } from '../../../src/pipeline/run/model-folder.js';
import type { ModelArtifact } from '../../../src/stage/artifact.js';
import { Project } from '../../support/project.js';
import { tempFolder } from '../../support/temp-folder.js';

const FILES = { 'config.json': '{}', 'model.safetensors': 'weights', 'extra/vocab.txt': 'a b' };
const NAME: ModelName = { pipeline: 'm', stage: 'model', recipe: '/nowhere/m.yaml', run: 'r' };

async function model(cache: DiskCache, files: Record<string, string> = FILES): Promise<ModelArtifact> {
  const refs: ModelArtifact['files'] = {};
  for (const [name, text] of Object.entries(files)) refs[name] = await cache.objects.put(Buffer.from(text));
  return { kind: 'model', files: refs, labels: ['a'], num_parameters: 1, metrics: {} };
}

const open = () => openCache(join(tempFolder('models'), '.etude'));
const layOut = (cache: DiskCache, artifact: ModelArtifact, name: Partial<ModelName> = {}) =>
  layOutModel(cache, { ...NAME, ...name }, artifact, artifactDigest(artifact));

function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String);
  const files = names.filter((name) => !name.startsWith('.') && statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('a folder is written completely, with the permissions that the umask gives', async () => {
  const cache = await open();
  const before = process.umask(0o027);
  try {
    const { folder, change, warnings } = await layOut(cache, await model(cache));
    assert.deepEqual(
      { contents: contents(folder), change, warnings },
      { contents: FILES, change: 'written', warnings: [] },
    );
    assert.equal(statSync(join(folder, 'model.safetensors')).mode & 0o777, 0o640);
    assert.equal(statSync(join(folder, 'extra', 'vocab.txt')).mode & 0o777, 0o640);
  } finally {
    process.umask(before);
  }
  assert.deepEqual(readdirSync(join(cache.dir, 'tmp')), []);
});

const DAMAGE: Record<string, [(folder: string) => void, RegExp]> = {
  'weights deleted': [(folder) => rmSync(join(folder, 'model.safetensors')), /model.safetensors was missing/],
  'a file of another size': [
    (folder) => writeFileSync(join(folder, 'config.json'), '{"a": 1}'),
    /config.json was changed/,
  ],
  'a file of the same size': [
    (folder) => writeFileSync(join(folder, 'config.json'), '[]'),
    /config.json was changed/,
  ],
  'a file of the same size and time': [
    (folder) => {
      const { atime, mtime } = statSync(join(folder, 'config.json'));
      writeFileSync(join(folder, 'config.json'), '[]');
      utimesSync(join(folder, 'config.json'), atime, mtime);
    },
    /config.json was changed/,
  ],
  'a folder of it deleted': [
    (folder) => rmSync(join(folder, 'extra'), { recursive: true }),
    /vocab.txt was missing/,
  ],
  'a link in the place of a file': [
    (folder) => {
      rmSync(join(folder, 'config.json'));
      symlinkSync('model.safetensors', join(folder, 'config.json'));
    },
    /config.json was changed/,
  ],
};

for (const [what, [damage, expected]] of Object.entries(DAMAGE)) {
  test(`a folder is checked and repaired: ${what}`, async () => {
    const cache = await open();
    const artifact = await model(cache);
    const { folder } = await layOut(cache, artifact);
    writeFileSync(join(folder, 'notes.txt'), 'of a person');
    assert.equal((await layOut(cache, artifact)).change, undefined);
    damage(folder);
    const { change, warnings } = await layOut(cache, artifact);
    assert.equal(change, 'repaired');
    assert.deepEqual(contents(folder), { ...FILES, 'notes.txt': 'of a person' });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, expected);
    assert.deepEqual((await layOut(cache, artifact)).warnings, []);
  });
}

test('what cannot be repaired file by file is replaced', async () => {
  const cache = await open();
  const artifact = await model(cache);
  const { folder } = await layOut(cache, artifact);
  rmSync(join(folder, 'config.json'));
  mkdirSync(join(folder, 'config.json'));
  const { warnings } = await layOut(cache, artifact);
  assert.deepEqual(contents(folder), FILES);
  assert.match(warnings.join(), /config.json was changed/);
});

test('a link in place of the folder is replaced, and what it leads to stays', async () => {
  const cache = await open();
  const artifact = await model(cache);
  const elsewhere = tempFolder('elsewhere');
  writeFileSync(join(elsewhere, 'config.json'), 'mine');
  mkdirSync(join(cache.dir, 'models', 'm'), { recursive: true });
  symlinkSync(elsewhere, join(cache.dir, 'models', 'm', 'model'));
  const { folder } = await layOut(cache, artifact);
  assert.deepEqual(contents(folder), FILES);
  assert.deepEqual(contents(elsewhere), { 'config.json': 'mine' });
});

test('many concurrent writers of one folder, alternating two models, do not interfere', async () => {
  const cache = await open();
  const models = [await model(cache), await model(cache, { ...FILES, 'model.safetensors': 'others' })];
  const turns = Array.from({ length: 6 }, (_, i) => layOut(cache, models[i % 2]!));
  const [first] = await Promise.all(turns);
  const held = contents(first!.folder);
  assert.ok(['weights', 'others'].includes(held['model.safetensors']!));
  assert.deepEqual(held, { ...FILES, 'model.safetensors': held['model.safetensors'] });
  assert.deepEqual(readdirSync(join(cache.dir, 'tmp')), []);
});

test('a variant has its own folder, and a recipe of the same name gives a warning', async () => {
  const cache = await open();
  const [plain, other] = [await model(cache), await model(cache, { 'config.json': '1' })];
  const { folder } = await layOut(cache, plain);
  const variant = await layOut(cache, other, { variant: 'learning_rate=1e-4' });
  assert.equal(variant.folder, `${folder}@learning_rate=1e-4`);
  assert.deepEqual(contents(folder), FILES);

  const mine = join(cache.dir, '..', 'a.yaml');
  writeFileSync(mine, '');
  await layOut(cache, plain, { recipe: mine });
  const { warnings } = await layOut(cache, other, { recipe: '/nowhere/b.yaml' });
  assert.match(warnings.join(), /had the model of .*a\.yaml.*the same name, 'm', as \/nowhere\/b\.yaml/);
  // One that no longer exists needs no warning.
  assert.deepEqual((await layOut(cache, plain, { recipe: mine })).warnings, []);
});

for (const name of [
  '../../keep',
  '/etc',
  '..',
  'a\0b',
  'a\nb',
  'x'.repeat(300),
  'NUL',
  'objects',
  '__proto__',
  'toString',
]) {
  test(`a pipeline, a stage and a variant called ${JSON.stringify(name.slice(0, 12))} stay inside the cache`, async () => {
    const cache = await open();
    const keep = join(cache.dir, '..', 'keep');
    mkdirSync(keep);
    writeFileSync(join(keep, 'important'), 'x');
    chmodSync(join(keep, 'important'), 0o444);
    const artifact = await model(cache);
    const folders = new Set<string>();
    for (const parts of [{ pipeline: name }, { stage: name }, { variant: name }])
      folders.add((await layOut(cache, artifact, parts)).folder);
    assert.equal(folders.size, 3);
    for (const folder of folders) {
      assert.ok(folder.startsWith(`${join(cache.dir, 'models')}/`), folder);
      assert.deepEqual(contents(folder), FILES);
    }
    assert.deepEqual(readdirSync(keep), ['important']);
    assert.deepEqual(readdirSync(join(cache.dir, '..')).sort(), ['.etude', 'keep']);
  });
}

test('a model whose files point outside its folder is refused before anything is written', async () => {
  const cache = await open();
  const artifact = await model(cache, { 'config.json': '{}' });
  for (const file of ['../x', '/x', 'a/../../x', 'a\\x']) {
    const hostile = { ...artifact, files: { ...artifact.files, [file]: artifact.files['config.json']! } };
    await assert.rejects(layOut(cache, hostile), /points outside its folder/);
  }
  assert.equal(existsSync(join(cache.dir, 'models', 'm')), false);
});

test('a run reports the folders that it wrote or repaired, and only those', async () => {
  const project = new Project({
    'package.json': '{"type": "module"}',
    'recipe.yaml': 'name: m\nstages:\n  model: { uses: ./make.js }\n',
    'make.js': `export default {
      name: 'make', description: 'Makes a model.', output: 'model', inputs: {},
      schema: { type: 'object', additionalProperties: false, properties: {} },
      async run({ objects }) {
        const files = { 'config.json': await objects.put(Buffer.from('{}')) };
        return { artifact: { kind: 'model', files, labels: ['a'], num_parameters: 1, metrics: {} } };
      },
    };`,
  });
  const changed = async () => (await project.run()).finished.changedModels;
  assert.deepEqual(await changed(), { model: 'written' });
  assert.equal(await changed(), undefined);
  project.write('.etude/models/m/model/config.json', '{"of": "a person"}');
  assert.deepEqual(await changed(), { model: 'repaired' });
});
