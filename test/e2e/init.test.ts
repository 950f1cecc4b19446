import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Project } from '../support/project.js';
import { toneProject } from '../support/tone-project.js';

const project: Project = toneProject(8);

test('a recipe for a folder of audio is written without questions, and can be planned as it is', async () => {
  const made = await project.etude('init', 'work', '--data', 'clips');
  assert.equal(made.code, 0, made.stderr);
  assert.match(
    made.stdout,
    /^found train 8\n2 classes in column label \(by its name\): high 4, low 4\nclips: 0\.25 s; 8000 Hz; mono\n/,
  );
  assert.match(made.stdout, /\nwrote work\/recipe\.yaml\n/);
  assert.match(project.read('work/recipe.yaml'), /path: \.\.\/clips/);
  const planned = await project.etude('plan', 'work/recipe.yaml', '--set', 'checkpoint=checkpoint');
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, /scores +evaluate +run/);
});

test('never overwrites a recipe', async () => {
  const before = project.read('recipe.yaml');
  const { code, stderr } = await project.etude('init', '--yes');
  assert.equal(code, 1);
  assert.match(stderr, /'recipe\.yaml' already exists/);
  assert.equal(project.read('recipe.yaml'), before);
});

test('writes the templates that ship with Etude', async () => {
  const { code, stdout } = await project.etude('init', 'guide', '--yes');
  assert.equal(code, 0);
  assert.match(stdout, /wrote guide\/recipe\.yaml/);
  assert.match(project.read('guide/recipe.yaml'), /path: PolyAI\/minds14/);
});

test("starts from a bundle, and from a recipe's lock", async () => {
  project.write('small.yaml', 'name: small\nstages: { clips: { uses: load, with: { path: clips } } }\n');
  await project.run({ recipe: 'small.yaml' });
  const next = await project.etude('init', 'next', '--from', 'small.lock');
  assert.equal(next.code, 0, next.stderr);
  const planned = await project.etude('plan', 'next/recipe.yaml');
  assert.match(planned.stdout, /1 hit: nothing would run/, planned.stderr);
  const bundled = await project.etude('bundle', 'small.yaml', '-o', 'small.etude.tar', '--objects', 'none');
  assert.equal(bundled.code, 0, bundled.stderr);
  const unpacked = await project.etude('init', 'other', '--from', 'small.etude.tar');
  assert.equal(unpacked.code, 0, unpacked.stderr);
  assert.equal(project.read('other/small.yaml'), project.read('small.yaml'));
});
