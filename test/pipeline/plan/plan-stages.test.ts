import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { explainStage } from '../../../src/pipeline/plan/rerun-reasons/explain-stage.js';
import { objectsOf } from '../../../src/stage/artifact.js';
import { EtudeError } from '../../../src/util/errors.js';
import { flipBit, objectFile } from '../../support/cache.js';
import { Project } from '../../support/project.js';
import { linesOf, planOf, pretendToRun, readsPath, sketch } from '../../support/sketches.js';

/** load -> split -> train -> evaluate (which also reads split). */
function setUp() {
  const project = new Project();
  for (const uses of ['load', 'split', 'train', 'evaluate'])
    project.write(`stages/${uses}.js`, `export default '${uses}'`);
  project.write('clips.csv', 'a,b');
  return project;
}

interface Changes {
  path?: unknown;
  split?: Record<string, unknown>;
  train?: Record<string, unknown>;
  order?: boolean;
}

function pipelineOf(
  project: Project,
  { path = 'clips.csv', split = { seed: 42 }, train = {}, order = false }: Changes = {},
) {
  const parameters = { learning_rate: 3e-5, num_train_epochs: 5, ...train };
  const reordered = Object.fromEntries(Object.entries(parameters).reverse());
  return sketch(project, {
    clips: { uses: 'load', with: { path }, type: readsPath },
    parts: { uses: 'split', from: { dataset: 'clips' }, with: split },
    model: {
      uses: 'train',
      from: { dataset: 'parts' },
      with: order ? reordered : parameters,
      type: { usesEngine: true, cost: ({ num_train_epochs }) => Number(num_train_epochs) },
    },
    scores: { uses: 'evaluate', from: { model: 'model', dataset: 'parts' } },
  });
}

const HITS = ['clips hit', 'parts hit', 'model hit', 'scores hit'];

test('at first, everything runs because it never has', async () => {
  const project = setUp();
  const plan = await planOf(pipelineOf(project), await project.cache());
  assert.deepEqual(
    linesOf(plan),
    ['clips', 'parts', 'model', 'scores'].map((id) => `${id} run: never run`),
  );
  assert.ok(plan.stages.every((planned) => planned.type === 'run' && planned.predictedSeconds === undefined));
});

test('after a run everything is a hit: in another process, with reordered keys, with comments in the code', async () => {
  const project = setUp();
  assert.equal((await pretendToRun(pipelineOf(project), await project.cache())).length, 4);
  project.write('stages/train.js', "// A comment.\nexport default 'train';\n");
  assert.deepEqual(linesOf(await planOf(pipelineOf(project, { order: true }), await project.cache())), HITS);
  assert.deepEqual(await pretendToRun(pipelineOf(project), await project.cache()), []);
});

test('a parameter re-runs its stage and those after it, and shows both values; changed back, all are hits again', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  const changed = pipelineOf(project, { train: { learning_rate: 1e-4 } });
  assert.deepEqual(linesOf(await planOf(changed, cache)), [
    'clips hit',
    'parts hit',
    'model run: learning_rate 3e-5 → 1e-4',
    'scores run: input model will change',
  ]);
  assert.deepEqual(await pretendToRun(changed, cache), ['model', 'scores']);
  assert.deepEqual(linesOf(await planOf(pipelineOf(project), cache)), HITS);
});

test('removing a parameter re-runs its stage, and a later stage says what else is new of its own', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  const changed = pipelineOf(project, { split: {}, train: { weight_decay: 0.01 } });
  assert.deepEqual(linesOf(await planOf(changed, cache)).slice(1, 3), [
    'parts run: seed removed (was 42)',
    'model run: weight_decay set to 0.01; input parts will change',
  ]);
});

test('a stage that gives the same bytes as before ends the chain of re-runs', async () => {
  const project = setUp();
  const cache = await project.cache();
  const results = { parts: 'the same rows' };
  await pretendToRun(pipelineOf(project), cache, { results });
  assert.deepEqual(await pretendToRun(pipelineOf(project, { split: { seed: 7 } }), cache, { results }), [
    'parts',
  ]);
});

test('files count by content: moved or touched they are hits, changed they are not', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  project.write('clips.csv', 'a,b');
  assert.deepEqual(linesOf(await planOf(pipelineOf(project), cache)), HITS);
  project.write('clips.csv', 'a,c');
  assert.equal(linesOf(await planOf(pipelineOf(project), cache))[0], 'clips run: clips.csv changed');
});

test('the order of files counts if it is not that of their names', async () => {
  const project = setUp();
  const cache = await project.cache();
  project.write('more.csv', 'c');
  await pretendToRun(pipelineOf(project, { path: ['clips.csv', 'more.csv'] }), cache);
  const swapped = pipelineOf(project, { path: ['more.csv', 'clips.csv'] });
  assert.equal(linesOf(await planOf(swapped, cache))[0], 'clips run: files of path reordered');
});

test('a map of files stays a parameter, because it says which file is for what', async () => {
  const project = setUp();
  const cache = await project.cache();
  project.write('more.csv', 'c');
  const type = {
    sources: async () => [
      {
        param: 'path',
        files: ['clips.csv', 'more.csv'].map((name) => ({ name, path: project.path(name) })),
      },
    ],
  };
  const pipeline = (train: string, other: string) =>
    sketch(project, { clips: { uses: 'load', with: { path: { train, test: other } }, type } });
  await pretendToRun(pipeline('clips.csv', 'more.csv'), cache);
  assert.deepEqual(linesOf(await planOf(pipeline('more.csv', 'clips.csv'), cache)), [
    'clips run: path.train clips.csv → more.csv; path.test more.csv → clips.csv',
  ]);
});

test('many files are summed up by how many are new, and a thousand take one digest', async () => {
  const project = setUp();
  const cache = await project.cache();
  const names = Array.from({ length: 305 }, (_, i) => `clips/${String(i).padStart(3, '0')}.wav`);
  for (const name of names) project.write(name, name);
  await pretendToRun(pipelineOf(project, { path: names.slice(0, 300) }), cache);
  assert.equal(
    linesOf(await planOf(pipelineOf(project, { path: names }), cache))[0],
    'clips run: 5 files added',
  );
  const [entry] = await cache.entriesOf('load');
  assert.equal((entry!.parts.sources.path as { files: number }).files, 300);
});

test('a missing source blocks its stage and those after it, with its path', async () => {
  const project = setUp();
  const cache = await project.cache();
  const plan = await planOf(pipelineOf(project, { path: 'none.csv' }), cache);
  assert.deepEqual(linesOf(plan), [
    'clips blocked: ',
    'parts blocked: input clips is blocked',
    'model blocked: input parts is blocked',
    'scores blocked: input model is blocked',
  ]);
  const [first] = plan.stages;
  assert.ok(first?.type === 'blocked' && /none\.csv: no such file/.test(first.error));
});

test('changed code re-runs its stage', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  project.write('stages/split.js', "import './permutation.js'; export default 'split'");
  project.write('stages/permutation.js', '1');
  const plan = await planOf(pipelineOf(project), cache);
  assert.deepEqual(
    linesOf(plan)[1],
    'parts run: code of stage type split changed (split.js, permutation.js)',
  );
});

test('the engine counts where it affects the result, and nowhere else', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  const plan = await planOf(pipelineOf(project), cache, { engineId: 'cpu' });
  assert.deepEqual(linesOf(plan), [
    'clips hit',
    'parts hit',
    'model run: engine onnxruntime-node 1.30.0 → cpu',
    'scores run: input model will change',
  ]);
  const onGpu = await planOf(pipelineOf(project), cache, { engineId: 'onnxruntime-node 1.30.0 on webgpu' });
  assert.equal(
    linesOf(onGpu)[2],
    'model run: engine onnxruntime-node 1.30.0 → onnxruntime-node 1.30.0 on webgpu',
  );
});

test('times are predicted from the nearest past run, scaled by the amount of work', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache, { seconds: 10 });
  const plan = await planOf(pipelineOf(project, { train: { num_train_epochs: 15 } }), cache);
  assert.deepEqual(
    plan.stages.map((planned) => (planned.type === 'run' ? planned.predictedSeconds : planned.type)),
    ['hit', 'hit', 30, 10],
  );
});

test('reasons compare with the nearest past run, not the last one', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  await pretendToRun(
    pipelineOf(project, { train: { learning_rate: 1, weight_decay: 1, warmup_steps: 1 } }),
    cache,
  );
  const plan = await planOf(pipelineOf(project, { train: { num_train_epochs: 6 } }), cache);
  assert.equal(linesOf(plan)[2], 'model run: num_train_epochs 5 → 6');
});

test('a pipeline with nothing in common explains nothing', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  project.write('other.csv', 'z');
  const other = { ...pipelineOf(project, { path: 'other.csv' }), name: 'other' };
  assert.equal(linesOf(await planOf(other, cache))[0], 'clips run: never run');
  const renamed = { ...pipelineOf(project, { split: { seed: 1 } }), name: 'renamed' };
  assert.deepEqual(linesOf(await planOf(renamed, cache)).slice(0, 2), [
    'clips hit',
    'parts run: seed 42 → 1',
  ]);
});

test('a damaged object re-runs the stage that made it; later stages expect the same result', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  const [entry] = await cache.entriesOf('split');
  const [ref] = objectsOf(entry!.artifact);
  flipBit(objectFile(cache.dir, ref!));
  const lines = linesOf(await planOf(pipelineOf(project), cache));
  assert.deepEqual(lines, [
    'clips hit',
    `parts run: cached object ${ref!.digest.slice(0, 12)} damaged (wrong bytes)`,
    'model hit',
    'scores hit',
  ]);
  assert.deepEqual(await pretendToRun(pipelineOf(project), cache), ['parts']);
  assert.deepEqual(linesOf(await planOf(pipelineOf(project), cache)), HITS);
});

test('an object that an earlier stage will write again damages no later stage', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache, { results: { clips: 'rows', parts: 'rows' } });
  rmSync(objectFile(cache.dir, await cache.objects.put(Buffer.from('rows'))));
  const lines = linesOf(await planOf(pipelineOf(project), cache));
  assert.match(lines[0]!, /^clips run: .*missing/);
  assert.deepEqual(lines.slice(1), HITS.slice(1));
});

test('a forced stage runs although it is a hit', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  const lines = linesOf(await planOf(pipelineOf(project), cache, { force: new Set(['model']) }));
  assert.deepEqual(lines, ['clips hit', 'parts hit', 'model run: forced', 'scores hit']);
});

test('a parameter that is not JSON blocks its stage with its name', async () => {
  const project = setUp();
  const plan = await planOf(pipelineOf(project, { split: { seed: Number.NaN } }), await project.cache());
  const planned = plan.stages[1]!;
  assert.equal(planned.type, 'run');
  await pretendToRun(
    sketch(project, { clips: { uses: 'load', with: { path: 'clips.csv' }, type: readsPath } }),
    await project.cache(),
  );
  const again = await planOf(pipelineOf(project, { split: { seed: Number.NaN } }), await project.cache());
  assert.ok(
    again.stages[1]?.type === 'blocked' && /seed cannot be written as JSON/.test(again.stages[1].error),
  );
});

test('an explanation has the parts, the code and the nearest past results', async () => {
  const project = setUp();
  const cache = await project.cache();
  await pretendToRun(pipelineOf(project), cache);
  await pretendToRun(pipelineOf(project, { train: { learning_rate: 1 } }), cache);
  const pipeline = pipelineOf(project);
  const options = { pipeline, cache, engineId: 'onnxruntime-node 1.30.0' };
  const hit = await explainStage('model', options);
  assert.equal(hit.planned.type, 'hit');
  assert.deepEqual(
    hit.nearest.map(({ because }) => because.map(({ text }) => text)),
    [['learning_rate 1 → 3e-5']],
  );
  assert.deepEqual(hit.parts?.libraries, { engine: 'onnxruntime-node 1.30.0' });
  assert.deepEqual(hit.code.files, [pipeline.stages[2]!.module]);
  const below = await explainStage('scores', {
    ...options,
    pipeline: pipelineOf(project, { train: { learning_rate: 2 } }),
  });
  assert.equal(below.fingerprint, undefined);
  await assert.rejects(
    explainStage('modell', options),
    (error) => error instanceof EtudeError && /clips, parts/.test(error.expected!),
  );
});
