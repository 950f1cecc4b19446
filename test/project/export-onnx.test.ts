import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openProject, type Recipe } from '../../src/index.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const tones = toneProject(16, SHORT_TONE_RECIPE);
const own = `${SHORT_TONE_RECIPE}  web:
    uses: export-onnx
    from: { model: model, dataset: features }
`;
const { HF_HUB_OFFLINE } = process.env;
before(() => {
  process.env.HF_HUB_OFFLINE = '1';
  tones.write('own.yaml', own);
  tones.write('training.yaml', SHORT_TONE_RECIPE.slice(0, SHORT_TONE_RECIPE.indexOf('  scores:')));
});
after(() => {
  if (HF_HUB_OFFLINE === undefined) delete process.env.HF_HUB_OFFLINE;
  tones.remove();
});

const open = (file = 'recipe.yaml') => openProject({ dir: tones.dir, warn: assert.fail }).open(file);
const run = async ({ recipe, stage }: { recipe: Recipe; stage: string }) =>
  (await (await recipe.run({ stages: [stage] })).result).finished;

test('a model is exported by one more stage, which is cached, and written where a person wants it', async () => {
  const dtype = ['fp32', 'q8'] as const;
  const extended = await (await open()).withOnnxExport('model', { dtype: [...dtype], min_agreement: 0 });
  assert.equal(extended.stage, 'model-onnx');
  assert.equal((await run(extended)).status, 'success');
  const files = await extended.recipe.exportModel(extended.stage, 'web');
  assert.ok(files.includes('onnx/model.onnx') && files.includes('onnx/model_quantized.onnx'));
  const report = JSON.parse(readFileSync(tones.path('web/export_report.json'), 'utf8'));
  assert.equal(report.split, 'test');
  const again = await (await open()).withOnnxExport('model', { dtype: [...dtype], min_agreement: 0 });
  const { stages } = await again.recipe.plan({ stages: [again.stage] });
  assert.deepEqual([...new Set(stages.map(({ type }) => type))], ['hit']);
});

test('a stage that exports is taken as the recipe has it', async () => {
  const recipe = await open('own.yaml');
  const { stage, recipe: same } = await recipe.withOnnxExport('web');
  assert.deepEqual([stage, same.pipeline.stages.length], ['web', recipe.pipeline.stages.length]);
  await assert.rejects(recipe.withOnnxExport('web', { dtype: ['q4'] }), /stage 'web' has its own dtype/);
});

test('without an evaluation, the dataset of the training is used', async () => {
  const { recipe, stage } = await (await open('training.yaml')).withOnnxExport('model');
  const { from, with: params } = recipe.pipeline.stages.at(-1)!;
  assert.deepEqual(
    [stage, from, params.split],
    ['model-onnx', { model: 'model', dataset: 'features' }, 'test'],
  );
});

test('a stage that takes the export for a model is reported where the recipe connects it', async () => {
  const uses = '    uses: evaluate\n    from: { model: web, dataset: features }\n';
  tones.write('wrong.yaml', `${own}  again:\n${uses}`);
  const problem = /wrong\.yaml:\d+:20 the model is an export, which has no weights/;
  await assert.rejects(open('wrong.yaml'), problem);
});

test('what cannot be exported is refused before anything runs', async () => {
  const recipe = await open();
  await assert.rejects(recipe.withOnnxExport('parts'), /stage 'parts' produces a dataset/);
  await assert.rejects(recipe.withOnnxExport('modle'), /no stage 'modle'/);
  await assert.rejects(recipe.withOnnxExport('model', { split: 'dev' }), /no split 'dev'/);
});

test('a folder that is in use is refused before anything runs', async () => {
  tones.write('taken/thesis.txt', 'years of work');
  const recipe = await open();
  await assert.rejects(recipe.checkOutput('taken'), /taken' is not empty/);
  await recipe.checkOutput('taken', { force: true });
  await recipe.checkOutput('free');
  const { code, stdout, stderr } = await tones.etude('export', 'web', 'recipe.yaml', 'model', '-o', 'taken');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /taken' is not empty/);
});

test('a page is written of an export only, under the name of its recipe', async () => {
  const text = `description: "<b>$& {{name}}"\n${SHORT_TONE_RECIPE}`;
  tones.write('named.yaml', text);
  const recipe = await open('named.yaml');
  await assert.rejects(recipe.exportWeb('model', 'site'), /stage 'model' is not an export of a model/);
  const extended = await recipe.withOnnxExport('model', { min_agreement: 0 }, { dtype: ['q8'] });
  assert.equal((await run(extended)).status, 'success');
  const files = await extended.recipe.exportWeb(extended.stage, 'site');
  for (const name of [
    'index.html',
    'classifier.js',
    'ort-wasm-simd-threaded.wasm',
    'LICENSES.txt',
    'etude.json',
  ])
    assert.ok(files.includes(name), name);
  assert.deepEqual(
    files.filter((name) => name.startsWith('onnx/')),
    ['onnx/model_quantized.onnx'],
  );
  const page = readFileSync(tones.path('site/index.html'), 'utf8');
  assert.match(page, /<title>tones<\/title>/);
  assert.ok(page.includes('<p class="lead">&#60;b&#62;$&#38; {{name}}</p>'), page);
});
