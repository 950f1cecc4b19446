import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { saveToDisk } from '../../../src/learning/data/save/save-to-disk.js';
import { openCache } from '../../../src/pipeline/cache/open-cache.js';
import { planPipeline } from '../../../src/pipeline/plan/plan-stages.js';
import { describeProblem } from '../../../src/pipeline/recipe/format-problem.js';
import { type LoadOptions, loadPipeline } from '../../../src/pipeline/recipe/load-pipeline.js';
import type { Pipeline } from '../../../src/pipeline/recipe/pipeline.js';
import { type RunResults, runPipeline } from '../../../src/pipeline/run/run-pipeline.js';
import type { DatasetArtifact } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';
import { addFiles, tinyWav } from '../../support/audio-files.js';
import { tempFolder } from '../../support/temp-folder.js';

const root = tempFolder('hostile');
const project = join(root, 'project');
const clips = Object.fromEntries(
  ['a', 'b'].flatMap((label) => [1, 2].map((clip) => [`project/clips/${label}/${clip}.wav`, tinyWav(clip)])),
);
addFiles(root, {
  ...clips,
  'project/package.json': '{}',
  'project/table.csv': 'x\n1\n',
  'keep/important': 'x',
});

const NAMES = [
  '..',
  '../../keep',
  join(root, 'keep'),
  'a\0b',
  'a\nb',
  'x'.repeat(300),
  'NUL',
  'con',
  'objects',
  '__proto__',
  'toString',
  'constructor',
  '',
];

interface Recipe {
  name?: string;
  params: Record<string, unknown>;
  stages: Record<string, { uses: string; from?: unknown; with: Record<string, unknown> }>;
  [key: string]: unknown;
}

/** An own key, whatever its name. */
function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function base(): Recipe {
  return {
    params: { seed: 1 },
    stages: {
      clips: { uses: 'load', with: { path: 'clips' } },
      parts: { uses: 'split', from: 'clips', with: { test_size: 0.5 } },
    },
  };
}

const stage = (uses: string, params: object) => (recipe: Recipe) =>
  put(recipe.stages, 'more', { uses, from: 'clips', with: params });
const own = (key: string, value: unknown) => {
  const object = {};
  put(object, key, value);
  return object;
};

const reference = (name: string) => `\${{ params.${name} }}`;

/** Where a name or a path can be in a recipe. */
const PLACES: Record<string, (recipe: Recipe, name: string) => void> = {
  name: (recipe, name) => put(recipe, 'name', name),
  description: (recipe, name) => put(recipe, 'description', name),
  extends: (recipe, name) => put(recipe, 'extends', name),
  'a key': (recipe, name) => put(recipe, name, 1),
  'a stage': (recipe, name) =>
    put(recipe.stages, name, { uses: 'split', from: 'clips', with: { test_size: 0.5 } }),
  'a key of a stage': (recipe, name) => put(recipe.stages.clips!, name, 1),
  'a parameter of a stage': (recipe, name) => put(recipe.stages.clips!.with, name, 1),
  'a parameter': (recipe, name) => put(recipe.params, name, 1),
  'a path by reference': (recipe, name) => {
    recipe.params.path = name;
    recipe.stages.clips!.with.path = reference('path');
  },
  'a reference': (recipe, name) => {
    recipe.stages.clips!.with.path = reference(name);
  },
  'a parameter of the matrix': (recipe, name) => {
    put(recipe.params, name, 1);
    put(recipe, 'matrix', own(name, [1, 2]));
  },
  'a value of the matrix': (recipe, name) => {
    recipe.params.split = 'test';
    recipe.matrix = { split: ['test', name] };
    recipe.stages.parts!.with.test_split_name = reference('split');
  },
  uses: (recipe, name) => put(recipe.stages.clips!, 'uses', name),
  'a module': (recipe, name) => put(recipe.stages.clips!, 'uses', `./${name}`),
  from: (recipe, name) => put(recipe.stages.parts!, 'from', name),
  'an input': (recipe, name) => put(recipe.stages.parts!, 'from', own(name, 'clips')),
  path: (recipe, name) => put(recipe.stages.clips!.with, 'path', name),
  split: (recipe, name) => put(recipe.stages.clips!.with, 'split', name),
  configuration: (recipe, name) => put(recipe.stages.clips!.with, 'name', name),
  revision: (recipe, name) => put(recipe.stages.clips!.with, 'revision', name),
  data_dir: (recipe, name) => put(recipe.stages.clips!.with, 'data_dir', name),
  data_files: (recipe, name) => put(recipe.stages.clips!, 'with', { path: 'csv', data_files: name }),
  'a split of data_files': (recipe, name) =>
    put(recipe.stages, 'table', { uses: 'load', with: { path: 'csv', data_files: own(name, 'table.csv') } }),
  columns: (recipe, name) => put(recipe.stages.clips!.with, 'columns', [name]),
  label_column_name: (recipe, name) => put(recipe.stages.clips!.with, 'label_column_name', name),
  test_split_name: (recipe, name) => put(recipe.stages.parts!.with, 'test_split_name', name),
  train_split_name: (recipe, name) => put(recipe.stages.parts!.with, 'train_split_name', name),
  'the split that is split': (recipe, name) => put(recipe.stages.parts!.with, 'split', name),
  'a column to rename': (recipe, name) => stage('rename', { columns: own(name, 'x') })(recipe),
  'a new name': (recipe, name) => stage('rename', { columns: { label: name } })(recipe),
  'a column to remove': (recipe, name) => stage('remove-columns', { columns: [name] })(recipe),
  'a column to cast': (recipe, name) => stage('cast-audio', { column: name, sampling_rate: 8000 })(recipe),
  feature_extractor: (recipe, name) => stage('map-preprocess', { feature_extractor: name })(recipe),
  model: (recipe, name) => stage('train', { model: name })(recipe),
};

/** What is outside of the cache, by name and content. */
function outside(): Record<string, string> {
  const all: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.name === '.etude' || entry.name.endsWith('.yaml')) continue;
      if (entry.isDirectory()) walk(path);
      else all[relative(root, path)] = createHash('sha256').update(readFileSync(path)).digest('hex');
    }
  };
  walk(root);
  return all;
}
const BEFORE = outside();

/** What Node.js, V8 or a careless sentence prints instead of a message. */
const RAW =
  /must be (a|of type) |E[A-Z]{4,}:|undefined|\[object|is not a function|not iterable|something else|defect/;

async function load(recipe: Recipe, options: LoadOptions = {}): Promise<Pipeline | undefined> {
  const file = join(project, 'recipe.yaml');
  writeFileSync(file, JSON.stringify(recipe));
  const loaded = await loadPipeline(file, options);
  if ('pipeline' in loaded) return loaded.pipeline;
  assert.ok(loaded.problems.length > 0);
  for (const problem of loaded.problems) {
    const text = describeProblem(problem);
    assert.match(text, /^(\S+recipe\.yaml:\d+:\d+|--set .*:|.*:) \S/);
    assert.doesNotMatch(text.replaceAll('toString', ''), RAW);
  }
  return undefined;
}

async function run(pipeline: Pipeline): Promise<{ results: RunResults; status: string; errors: string[] }> {
  const results: RunResults = { entries: new Map(), repositories: new Map() };
  const never = new AbortController().signal;
  const { status, stages } = await runPipeline({
    pipeline,
    cache: await openCache(join(project, '.etude')),
    renderer: { event() {} },
    engine: { name: 'cpu', id: 'cpu 1' },
    jobs: 2,
    keepGoing: true,
    force: new Set(),
    verify: false,
    signal: never,
    kill: never,
    results,
  });
  return { results, status, errors: stages.flatMap(({ error }) => error ?? []) };
}

test('check and plan: whatever is in place of a name gives a right result or a clear problem, and nothing outside changes', async () => {
  const cache = await openCache(join(project, '.etude'));
  const passed: string[] = [];
  for (const [place, change] of Object.entries(PLACES)) {
    for (const name of NAMES) {
      const recipe = base();
      change(recipe, name);
      const pipeline = await load(recipe);
      if (pipeline === undefined) continue;
      const plan = await planPipeline({ pipeline, cache, engineId: 'cpu 1' });
      for (const planned of plan.stages)
        assert.ok(planned.type !== 'blocked', `${place}: ${JSON.stringify(name)}`);
      passed.push(place);
    }
  }
  for (const name of NAMES)
    for (const options of [{ set: [`name=${name}`] }, { set: [`${name}=1`] }, { params: [name] }])
      await load(base(), options);
  // Names that people choose are free; keys, stages and parameters are words.
  for (const free of ['name', 'description', 'test_split_name', 'a new name'])
    assert.ok(passed.includes(free), free);
  for (const closed of ['a key', 'extends', 'uses', 'model', 'from'])
    assert.ok(!passed.includes(closed), closed);
  assert.deepEqual(outside(), BEFORE);
});

test('run: pipelines and stages of any name', async () => {
  for (const place of ['name', 'a stage', 'a parameter of the matrix']) {
    for (const name of NAMES) {
      const recipe = base();
      PLACES[place]!(recipe, name);
      const pipeline = await load(recipe);
      if (pipeline === undefined) continue;
      const { status, errors } = await run(pipeline);
      assert.equal(status, 'success', `${place} ${JSON.stringify(name)}: ${errors.join()}`);
    }
  }
  assert.deepEqual(outside(), BEFORE);
});

test('run and export: splits and columns of any name', async () => {
  const names = ['../../keep', 'a\nb', 'x'.repeat(300), 'NUL', 'toString'];
  const recipe = base();
  names.forEach((name, i) => {
    recipe.stages[`split-${i}`] = {
      uses: 'split',
      from: 'clips',
      with: { test_size: 0.5, test_split_name: name },
    };
    if (i < 2)
      recipe.stages[`named-${i}`] = {
        uses: 'rename',
        from: `split-${i}`,
        with: { columns: { label: name } },
      };
  });
  const { status, errors, results } = await run((await load(recipe))!);
  assert.equal(status, 'success', errors.join());
  const { objects } = await openCache(join(project, '.etude'));
  mkdirSync(join(project, '.etude', 'exports'));
  for (const [id, { artifact }] of results.entries) {
    const i = Number(/^split-(\d+)$/.exec(id)?.[1] ?? Number.NaN);
    if (Number.isNaN(i)) continue;
    const folder = join(project, '.etude', 'exports', id);
    mkdirSync(folder);
    const saved = await saveToDisk(artifact as DatasetArtifact, objects, folder, {
      max_shard_size: 1e9,
    }).then(
      () => readdirSync(folder).sort(),
      (error: unknown) => {
        assert.ok(error instanceof EtudeError);
        assert.match(error.message, /cannot be used as a folder name/);
        return undefined;
      },
    );
    if (saved !== undefined) assert.deepEqual(saved, ['dataset_dict.json', names[i]!, 'train'].sort());
    const alone = { split: names[i]!, max_shard_size: 1e9 };
    await saveToDisk(artifact as DatasetArtifact, objects, join(folder, 'alone'), alone);
  }
  assert.deepEqual(outside(), BEFORE);
});
