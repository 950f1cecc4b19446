import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeProblem } from '../../../src/pipeline/recipe/format-problem.js';
import { type LoadOptions, loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import { projectFolder } from '../../support/recipe-folder.js';

const BASE = `name: base
description: The base.
params: { seed: 1, rate: 2 }
stages:
  s:
    uses: ./stages/source.js
    with: { names: [a, b, c], labels: { x: one, y: two }, rate: "$\{{ params.rate }}" }
  t:
    uses: split
    from: s
    with: { test_size: 0.2, seed: "$\{{ params.seed }}" }
  m:
    uses: ./stages/learn.js
    from: t
`;

/** The pipeline of `recipe.yaml` in a project of these files. */
async function pipelineOf(files: Record<string, string>, options: LoadOptions = {}) {
  const folder = projectFolder({ 'base.yaml': BASE, ...files });
  const params = options.params?.map((file) => join(folder, file));
  const loaded = await loadPipeline(join(folder, 'recipe.yaml'), { ...options, params });
  if ('problems' in loaded) throw new Error(loaded.problems.map(describeProblem).join('\n'));
  return loaded.pipeline;
}

/** `file:line:column message` of each problem, the file relative to the project. */
async function problemsOf(files: Record<string, string>, options: LoadOptions = {}): Promise<string[]> {
  const folder = projectFolder({ 'base.yaml': BASE, ...files });
  const params = options.params?.map((file) => join(folder, file));
  const loaded = await loadPipeline(join(folder, 'recipe.yaml'), { ...options, params });
  assert.ok('problems' in loaded);
  return loaded.problems.map((problem) => describeProblem(problem).replaceAll(`${folder}/`, ''));
}

const stage = (pipeline: Awaited<ReturnType<typeof pipelineOf>>, id: string) =>
  pipeline.stages.find((each) => each.id === id);

test('merges maps key by key, replaces the rest, adds stages, and takes its own name', async () => {
  const pipeline = await pipelineOf({
    'recipe.yaml': `extends: ./base.yaml
params: { seed: 5 }
stages:
  s: { with: { names: [z], labels: { y: deux, z: trois } } }
  u: { uses: ./stages/score.js, from: { model: m, dataset: t }, with: { x: 1 } }
`,
  });
  assert.deepEqual(stage(pipeline, 's')!.with, {
    count: 3,
    mode: 'no',
    rate: 2,
    names: ['z'],
    labels: { x: 'one', y: 'deux', z: 'trois' },
  });
  assert.equal(stage(pipeline, 't')!.with.seed, 5);
  assert.deepEqual(
    pipeline.stages.map(({ id }) => id),
    ['s', 't', 'm', 'u'],
  );
  assert.equal(pipeline.name, 'recipe');
  assert.equal(pipeline.description, 'The base.');
});

test('null removes stages and parameters; an empty map changes nothing', async () => {
  const pipeline = await pipelineOf({
    'recipe.yaml': `extends: base.yaml
params:
stages:
  m: null
  s: { with: { names: null, labels: { x: null } } }
  t:
    with:
`,
  });
  assert.deepEqual(
    pipeline.stages.map(({ id }) => id),
    ['s', 't'],
  );
  assert.deepEqual(stage(pipeline, 's')!.with, { count: 3, mode: 'no', rate: 2, labels: { y: 'two' } });
  assert.equal(stage(pipeline, 't')!.with.test_size, 0.2);
});

test('a stage that uses another type starts with no parameters; from is replaced entirely', async () => {
  const pipeline = await pipelineOf({
    'recipe.yaml': `extends: base.yaml
stages:
  t: { uses: ./stages/source.js, from: null }
  m: { from: { dataset: s } }
`,
  });
  assert.deepEqual(stage(pipeline, 't')!.with, { count: 3, mode: 'no' });
  assert.deepEqual(stage(pipeline, 'm')!.from, { dataset: 's' });
});

test('extends chains through folders, each path relative to the file that contains it', async () => {
  const pipeline = await pipelineOf({
    'recipe.yaml': 'extends: ./more/middle.yaml\nparams: { seed: 9 }\n',
    'more/middle.yaml': 'extends: ../base.yaml\nparams: { seed: 8, rate: 7 }\n',
  });
  assert.deepEqual(pipeline.params, { seed: 9, rate: 7 });
});

test('problems point into the file in which the value was written', async () => {
  const files = {
    'base.yaml': BASE.replace('test_size: 0.2', 'test_sise: 0.2').replace('x: one', 'x: 1'),
    'recipe.yaml': `extends: base.yaml
stages:
  s: { with: { count: many } }
  m: { from: tt }
`,
  };
  assert.deepEqual(await problemsOf(files), [
    "recipe.yaml:3:23 wrong value for parameter 'count' of stage type './stages/source.js': expected integer, got string 'many'",
    "recipe.yaml:4:14 unknown stage 'tt': did you mean 't'?",
    "base.yaml:7:44 wrong value for parameter 'labels.x' of stage type './stages/source.js': expected string, got number 1",
    "base.yaml:11:13 unknown parameter 'test_sise' of stage type 'split': did you mean 'test_size'?",
  ]);
});

test('references in what a recipe replaces entirely are not checked in the base recipe', async () => {
  const problems = await problemsOf({
    'recipe.yaml': `extends: base.yaml
params: { names: [x, y, x] }
stages:
  s: { with: { names: "$\{{ params.names }}" } }
`,
  });
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^recipe\.yaml:4:/);
});

test('a null that removes nothing is a mistake where it is written', async () => {
  const problems = await problemsOf({ 'recipe.yaml': 'extends: base.yaml\nstages:\n  x: null\n' });
  assert.match(problems.join('\n'), /^recipe\.yaml:3:\d+ .*'x'/);
});

test('cycles, missing files, absolute paths and paths out of the project are mistakes of `extends`', async () => {
  const circle = {
    'recipe.yaml': 'extends: a.yaml\n',
    'a.yaml': 'name: a\nextends: ./b.yaml\n',
    'b.yaml': 'extends: a.yaml\n',
  };
  assert.deepEqual(await problemsOf(circle), [
    'b.yaml:1:10 the recipes extend each other in a cycle: a.yaml → b.yaml → a.yaml',
  ]);
  const one = (value: string) => problemsOf({ 'recipe.yaml': `name: x\nextends: ${value}\n` });
  assert.deepEqual(await one('recipe.yaml'), [
    'recipe.yaml:2:10 the recipes extend each other in a cycle: recipe.yaml → recipe.yaml',
  ]);
  assert.deepEqual(await one('bass.yaml'), ["recipe.yaml:2:10 cannot extend 'bass.yaml': no such file"]);
  assert.match(
    (await one('../base.yaml'))[0]!,
    /^recipe\.yaml:2:10 '\.\.\/base\.yaml' is outside the project/,
  );
  assert.match((await one('/etc/passwd'))[0]!, /^recipe\.yaml:2:10 '\/etc\/passwd' is an absolute path/);
  assert.match(
    (await one('[base.yaml]'))[0]!,
    /^recipe\.yaml:2:10 wrong value for key 'extends'.*list of 1$/,
  );
  assert.match((await one('stages'))[0]!, /^recipe\.yaml:2:10 cannot extend 'stages': not a file/);
  const list = await problemsOf({ 'recipe.yaml': 'extends: list.yaml\n', 'list.yaml': '[1]\n' });
  assert.deepEqual(list, ['list.yaml:1:1 not an extendable recipe: expected a map, got list of 1']);
});

test('a link inside the project that points outside it is not followed', async () => {
  const elsewhere = projectFolder({ 'secret.yaml': BASE });
  const folder = projectFolder({ 'recipe.yaml': 'extends: link.yaml\n' });
  symlinkSync(join(elsewhere, 'secret.yaml'), join(folder, 'link.yaml'));
  const loaded = await loadPipeline(join(folder, 'recipe.yaml'));
  assert.ok('problems' in loaded);
  assert.match(loaded.problems[0]!.message, /is outside the project/);
});

test('a syntax error of an extended recipe is reported in its own file', async () => {
  const problems = await problemsOf({
    'recipe.yaml': 'extends: broken.yaml\n',
    'broken.yaml': 'stages: {\n',
  });
  assert.match(problems[0]!, /^broken\.yaml:1:9 YAML syntax/);
});

test('--params replaces values of params, later files win, --set comes last', async () => {
  const files = {
    'recipe.yaml': 'extends: base.yaml\nparams: { seed: 3 }\n',
    'fast.yaml': '# quick\nseed: 4\nrate: 8\n',
    'more.json': '{ "rate": 9 }',
  };
  const params = ['fast.yaml', 'more.json'];
  assert.deepEqual((await pipelineOf(files, { params })).params, { seed: 4, rate: 9 });
  assert.deepEqual((await pipelineOf(files, { params, set: ['params.seed=6'] })).params, {
    seed: 6,
    rate: 9,
  });
});

test('mistakes of a params file are reported in that file', async () => {
  const of = (text: string) =>
    problemsOf({ 'recipe.yaml': BASE, 'fast.yaml': text }, { params: ['fast.yaml'] });
  assert.deepEqual(await of('seed: 1\nrat: 2\n'), [
    "fast.yaml:2:1 the recipe has no parameter 'rat' in `params`: did you mean 'rate'?",
  ]);
  assert.deepEqual(await of(`rate: "$\{{ params.nothing }}"\n`), [
    "fast.yaml:1:8 unresolved reference 'params.nothing': expected one of params.seed, params.rate",
  ]);
  assert.match((await of('- 1\n'))[0]!, /^fast\.yaml:1:1 not a parameter file: expected a map, got list/);
  assert.match((await of('seed: {\n'))[0]!, /^fast\.yaml:1:7 YAML syntax/);
  const absent = await problemsOf({ 'recipe.yaml': BASE }, { params: ['none.yaml'] });
  assert.deepEqual(absent, ['none.yaml: no such file']);
});
