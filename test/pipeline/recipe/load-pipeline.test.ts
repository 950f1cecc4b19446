import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import { placeOf, projectFolderOf } from '../../../src/pipeline/recipe/recipe-paths.js';
import { resolveRecipe } from '../../../src/pipeline/recipe/resolve-recipe.js';
import { tempFolder } from '../../support/cache.js';
import { pipelineOf, projectFolder } from '../../support/recipe-folder.js';

const RECIPE = `# Stages stand in no order here.
description: A test.
stages:
  scores:
    uses: ./stages/score.js
    from: { model: model, dataset: parts }
    with: { x: 1 }
  model:
    uses: ./stages/learn.js
    from: parts
  unused:
    uses: ./stages/source.js
  parts:
    uses: split
    from: start
    with: { test_size: 0.2 }
  start:
    uses: ./stages/source.js
`;

test('puts each stage after its inputs, and otherwise keeps the order of the recipe', async () => {
  const { stages } = await pipelineOf(RECIPE);
  assert.deepEqual(
    stages.map((stage) => stage.id),
    ['unused', 'start', 'parts', 'model', 'scores'],
  );
});

test('connects a plain from to the first input, and fills in defaults', async () => {
  const { stages, name, description } = await pipelineOf(RECIPE);
  const parts = stages.find((stage) => stage.id === 'parts')!;
  assert.deepEqual(parts.from, { dataset: 'start' });
  assert.equal(parts.with.shuffle, true);
  assert.deepEqual(stages.at(-1)!.from, { model: 'model', dataset: 'parts' });
  assert.deepEqual([name, description], ['recipe', 'A test.']);
});

test('outlines what stages will produce', async () => {
  const { stages } = await pipelineOf(RECIPE);
  const outline = stages.find((stage) => stage.id === 'start')!.outline;
  assert.ok(outline?.kind === 'dataset');
  assert.deepEqual(Object.keys(outline.features), ['path', 'audio', 'intent']);
  assert.equal(stages.find((stage) => stage.id === 'model')!.outline, undefined);
});

test('writes a resolved recipe that gives the same pipeline', async () => {
  const folder = projectFolder();
  const recipe = `params: { share: 0.25 }\n${RECIPE.replace('0.2 ', `$\{{ params.share }} `)}`;
  const first = await pipelineOf(recipe, ['stages.start.with.count=9'], folder);
  const text = resolveRecipe(first);
  const again = await pipelineOf(text, [], folder);
  const plain = (pipeline: typeof first) =>
    pipeline.stages.map(({ id, uses, from, with: params }) => ({ id, uses, from, params }));
  assert.deepEqual(plain(again), plain(first));
  assert.equal(resolveRecipe(again), text);
  assert.match(text, /test_size: 0.25/);
  assert.match(text, /count: 9/);
  assert.doesNotMatch(text, /params/);
});

test('comments and the order of keys change nothing', async () => {
  const one = await pipelineOf(
    'stages:\n  s:\n    uses: ./stages/source.js\n    with: { count: 1, rate: 2 }\n',
  );
  const two = await pipelineOf(
    'stages:\n  s:\n    with: { rate: 2, count: 1 } # why\n    uses: ./stages/source.js\n',
  );
  assert.deepEqual(two.stages[0]!.with, one.stages[0]!.with);
});

test('reports a missing file, and a folder', async () => {
  const folder = projectFolder();
  const problem = async (path: string) => {
    const loaded = await loadPipeline(path);
    return 'problems' in loaded
      ? loaded.problems.map(({ file, message, got }) => ({ file, message, got }))
      : [];
  };
  const missing = join(folder, 'nope.yaml');
  assert.deepEqual(await problem(missing), [{ file: missing, message: 'no such file', got: undefined }]);
  assert.deepEqual(await problem(folder), [{ file: folder, message: 'not a file', got: 'a folder' }]);
});

test('a recipe belongs to the nearest marked folder, else to the current one if it is inside, else to its own', () => {
  const folder = tempFolder();
  const [work, elsewhere] = [join(folder, 'work'), join(folder, 'elsewhere')];
  for (const each of [work, elsewhere]) mkdirSync(each);
  const file = join(work, 'r.yaml');
  const projectDir = (cwd: string, recipe = file) => projectFolderOf(recipe, cwd).projectDir;
  assert.equal(projectDir(folder), folder);
  assert.equal(projectDir(folder, 'recipe.yaml'), folder, 'commands without a recipe agree');
  assert.equal(projectDir(work, '../work/r.yaml'), work);
  for (const cwd of [elsewhere, homedir(), '/']) assert.equal(projectDir(cwd), work);
  assert.match(projectFolderOf(file, folder).why, /no folder .* has .*: the current folder/);
  // What the first run creates is valid from everywhere.
  mkdirSync(join(folder, '.etude'));
  for (const cwd of [folder, work, elsewhere, '/']) assert.equal(projectDir(cwd), folder);
  assert.match(projectFolderOf(file, elsewhere).why, /it has \.etude/);
});

test('finds paths next to the recipe first, then in the project', () => {
  const folder = projectFolder();
  mkdirSync(join(folder, 'pipelines/data'), { recursive: true });
  mkdirSync(join(folder, 'samples'));
  writeFileSync(join(folder, 'pipelines/r.yaml'), '');
  const place = placeOf(join(folder, 'pipelines/r.yaml'));
  assert.equal(place.recipeDir, join(folder, 'pipelines'));
  assert.equal(place.projectDir, folder);
  assert.equal(place.resolve('data'), join(folder, 'pipelines/data'));
  assert.equal(place.resolve('samples'), join(folder, 'samples'));
  assert.equal(place.resolve('nope'), join(folder, 'nope'));
  assert.equal(place.resolve('/abs'), '/abs');
});
