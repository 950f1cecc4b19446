import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { parse } from 'yaml';
import type { OpenOptions } from '../../../src/index.js';
import { openProject } from '../../../src/index.js';
import { tempFolder } from '../../support/cache.js';
import { HubServer } from '../../support/hub-server.js';
import { messageFrom } from '../../support/hub-setting.js';
import { SHORT_TONE_RECIPE, toneProject } from '../../support/tone-project.js';

const TOKEN = 'hf_s3crettoken';
const PUSHING = SHORT_TONE_RECIPE.replace(
  'save_strategy: epoch',
  'save_strategy: epoch, push_to_hub: true, hub_model_id: tones, hub_private_repo: true, hub_license: mit, hub_language: [en]',
);

const tones = toneProject(16, SHORT_TONE_RECIPE);
let hub: HubServer;
const before_ = { ...process.env };
before(async () => {
  tones.write('pushing.yaml', PUSHING);
  hub = await HubServer.start();
  const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: tempFolder(), HF_HUB_OFFLINE: '', HF_TOKEN: TOKEN };
  Object.assign(process.env, env);
  const run = await (await open()).run({ lock: 'write' });
  assert.equal((await run.result).finished.status, 'success');
});
beforeEach(() => {
  hub.token = TOKEN;
  hub.readOnly = false;
});
after(async () => {
  for (const name of ['HF_ENDPOINT', 'HF_HOME', 'HF_HUB_OFFLINE', 'HF_TOKEN']) {
    if (before_[name] === undefined) delete process.env[name];
    else process.env[name] = before_[name];
  }
  await hub.close();
  tones.remove();
});

const open = (file = 'recipe.yaml', options: OpenOptions = {}) =>
  openProject({ dir: tones.dir, warn: assert.fail }).open(file, options);

const FILES = [
  'README.md',
  'config.json',
  'etude.json',
  'model.safetensors',
  'preprocessor_config.json',
  'recipe.lock',
  'recipe.yaml',
  'report.html',
  'trainer_state.json',
];

function pushed(
  id: string,
  branch?: string,
): { names: string[]; card: string; metadata: Record<string, unknown> } {
  const files = hub.files('model', id, branch);
  const card = files.get('README.md')!.toString();
  const names = [...files.keys()].filter((name) => !name.startsWith('.')).sort();
  return { names, card, metadata: parse(card.split('---\n')[1]!) };
}

test('a model is pushed with its card, recipe, lock and report, and again without a commit', async () => {
  const recipe = await open();
  const first = await recipe.pushModel('model', 'me/first', { license: 'mit' });
  const { names, card, metadata } = pushed('me/first');
  assert.deepEqual(names, FILES);
  assert.deepEqual([metadata.license, metadata.language, metadata.base_model], ['mit', undefined, undefined]);
  const [{ results }] = metadata['model-index'] as [{ results: { dataset: unknown; metrics: unknown[] }[] }];
  assert.deepEqual(results[0]!.dataset, {
    name: 'clips',
    type: 'audiofolder',
    split: 'train',
    args: { split_of_recipe: 'test' },
  });
  assert.match(card, /<code>train<\/code>: 12 clips, 3\.0 seconds/);
  const second = await (await open()).pushModel('model', 'me/first', { license: 'mit' });
  assert.deepEqual([second.changed, second.commit], [0, first.commit]);
});

test('what a dry run writes is what would be pushed, without a token or a request', async () => {
  hub.take();
  const recipe = await open();
  await recipe.writeModel('model', 'me/first', 'dry', { license: 'mit' });
  assert.equal(hub.take().length, 0);
  const names = readdirSync(tones.path('dry'), { recursive: true }).filter(
    (name) => name !== '.etude-export.json',
  );
  assert.deepEqual(names.sort(), FILES);
  await recipe.pushModel('model', 'me/dry', { license: 'mit' });
  const card = (text: string) => text.replaceAll(/me\/\w+|^# \w+|name: (?:first|dry)/gm, '');
  assert.equal(card(pushed('me/dry').card), card(readFileSync(tones.path('dry/README.md'), 'utf8')));
});

test('values set from outside are in the recipe that is pushed, and a lock of other results is not', async () => {
  const recipe = await open('recipe.yaml', { set: ['stages.model.with.report_to=none'] });
  await recipe.pushModel('model', 'me/set', { report: false });
  assert.deepEqual(
    pushed('me/set').names,
    FILES.filter((name) => name !== 'recipe.lock' && name !== 'report.html'),
  );
  assert.match(hub.files('model', 'me/set').get('recipe.yaml')!.toString(), /report_to: none/);
});

test('a recipe that extends another is pushed as a whole, and one of any name replaces no file', async () => {
  const text = 'extends: ./recipe.yaml\nstages: { model: { with: { report_to: none } } }\n';
  tones.write('more.yaml', text);
  const run = await (await open('more.yaml')).run({ lock: 'write' });
  assert.equal((await run.result).finished.status, 'success');
  await (await open('more.yaml')).pushModel('model', 'me/more', { report: false });
  const whole = hub.files('model', 'me/more').get('more.yaml')!.toString();
  assert.match(whole, /report_to: none/);
  tones.write('whole.yaml', whole);
  const { stages } = await (await open('whole.yaml')).plan();
  assert.ok(stages.every(({ type }) => type === 'hit'));
  assert.ok(pushed('me/more').names.includes('more.lock'));

  tones.write('config.json', SHORT_TONE_RECIPE);
  await (await open('config.json')).writeModel('model', 'me/config', 'named', { report: false });
  assert.match(tones.read('named/config.json'), /Wav2Vec2ForSequenceClassification/);
  assert.equal(tones.read('named/config.json.yaml'), SHORT_TONE_RECIPE);
});

test('graphs are pushed with the model', async () => {
  const { recipe, stage } = await (await open()).withOnnxExport('model', {
    dtype: ['fp32', 'q8'],
    min_agreement: 0,
  });
  await assert.rejects(
    recipe.pushModel('model', 'me/onnx', { onnxStage: stage }),
    /has no result in the cache/,
  );
  await (await recipe.run({ stages: [stage] })).result;
  await recipe.pushModel('model', 'me/onnx', { onnxStage: stage });
  const { names, card, metadata } = pushed('me/onnx');
  assert.ok(names.includes('onnx/model.onnx') && names.includes('onnx/model_quantized.onnx'));
  assert.deepEqual(metadata.tags, ['audio', 'etude', 'onnx', 'transformers.js']);
  assert.match(card, /pipeline\('audio-classification', 'me\/onnx', \{ dtype: 'q8' \}\)/);
});

test('a base model and a dataset of the Hub are named, with their commits, license and language', async () => {
  const files = (folder: string) =>
    Object.fromEntries(
      (readdirSync(tones.path(folder), { recursive: true }) as string[]).flatMap((name) =>
        name.includes('.')
          ? [[name.split(sep).join('/'), readFileSync(tones.path(`${folder}/${name}`))]]
          : [],
      ),
    );
  const header = (yaml: string) => `---\n${yaml}\n---\n# A card\n`;
  const card = { 'README.md': header('license: cc-by-4.0') };
  const base = hub.commit('model', 'base/tiny', { ...files('checkpoint'), ...card });
  const data = hub.commit('dataset', 'data/tones', {
    ...files('clips'),
    'README.md': header('language: [fr]'),
  });
  const recipe = SHORT_TONE_RECIPE.replace('path: clips', 'path: data/tones').replaceAll(
    /(model|feature_extractor): checkpoint/g,
    '$1: base/tiny',
  );
  tones.write('hub.yaml', recipe);
  assert.equal((await (await (await open('hub.yaml')).run()).result).finished.status, 'success');
  await (await open('hub.yaml')).pushModel('model', 'me/based');
  const { metadata, card: text } = pushed('me/based');
  const { license, language, base_model, base_model_relation, datasets } = metadata;
  assert.deepEqual(
    [license, language, base_model, base_model_relation, datasets],
    ['cc-by-4.0', 'fr', 'base/tiny', 'finetune', ['data/tones']],
  );
  const [{ results }] = metadata['model-index'] as [{ results: { dataset: Record<string, unknown> }[] }];
  assert.deepEqual([results[0]!.dataset.type, results[0]!.dataset.revision], ['data/tones', data]);
  assert.ok(text.includes(base.slice(0, 12)));
});

test('only a training whose result is cached can be pushed', async () => {
  const recipe = await open();
  assert.match(await messageFrom(recipe.pushModel('scores', 'me/x')), /trains no model\n.*train\n.*evaluate/);
  assert.match(await messageFrom(recipe.pushModel('model')), /no repository for the model of stage 'model'/);
  const other = await open('recipe.yaml', { set: ['learning_rate=0.5'] });
  assert.match(await messageFrom(other.pushModel('model', 'me/x')), /no result in the cache.*learning_rate/);
});

test('what is wrong with the repository, license and languages is known before anything is made', async () => {
  const recipe = await open();
  const said = { license: 'My License', language: ['english', 'en'] };
  hub.take();
  const message = await messageFrom(recipe.checkPush('model', 'other/x', said));
  for (const part of [/3 problems/, /not a member/, /'My License'/, /'english' is not a language/])
    assert.match(message, part);
  assert.deepEqual(
    hub.take().map(({ path }) => path),
    ['/api/whoami-v2'],
  );
  assert.match(await messageFrom(recipe.writeModel('model', 'other/x', 'no', said)), /2 problems/);
});

test('a text that contains the token, or what looks like one, is not pushed', async () => {
  for (const [file, secret] of [
    ['own.yaml', TOKEN],
    ['other.yaml', `hf_${'aB3'.repeat(12)}`],
  ] as const) {
    tones.write(file, `# ${secret}\n${SHORT_TONE_RECIPE}`);
    const message = await messageFrom((await open(file)).pushModel('model', 'me/leak'));
    assert.match(message, new RegExp(`'${file}' contains a token`));
    assert.ok(!message.includes(secret));
  }
  assert.equal(hub.state('model', 'me/leak'), undefined);
});

test('push_to_hub does not affect the result, and pushes a cached one, with what the recipe says', async () => {
  const recipe = await open('pushing.yaml');
  const plan = await recipe.plan();
  assert.deepEqual([...new Set(plan.stages.map(({ type }) => type))], ['hit']);
  await recipe.checkPushes();
  const [push] = await recipe.pushModels();
  assert.deepEqual([push!.type, push!.stage], ['pushed', 'model']);
  const { metadata } = pushed('me/tones');
  assert.deepEqual([metadata.license, metadata.language], ['mit', 'en']);
  assert.equal(hub.state('model', 'me/tones')!.isPrivate, true);
  // Neither another run of it nor the recipe without the parameter, or another stage, pushes anything.
  assert.equal((await (await open()).pushModels()).length, 0);
  assert.equal((await recipe.pushModels({ stages: ['features'] })).length, 0);
});

test('a push that fails says how to repeat it, and what cannot be pushed is known before anything runs', async () => {
  const recipe = await open('pushing.yaml', { set: ['hub_model_id=me/failing'] });
  hub.faults.push({ path: /\/preupload\//, status: 403 });
  const [push] = await recipe.pushModels();
  hub.faults.pop();
  assert.ok(push?.type === 'failed');
  assert.match(push.problem, /no write access to model 'me\/failing'/);
  assert.match(push.command, /^etude push-model \S+pushing\.yaml model --set hub_model_id=me\/failing$/);
  hub.readOnly = true;
  assert.match(await messageFrom(recipe.checkPushes()), /token may only read/);
  hub.readOnly = false;
  process.env.HF_TOKEN = '';
  assert.match(await messageFrom((await open('pushing.yaml')).checkPushes()), /no token for the Hub/);
  process.env.HF_TOKEN = TOKEN;
  // The Hub may be there again when the training is done.
  hub.faults.push({ path: /whoami/, status: 503, headers: { 'retry-after': '0' }, times: 9 });
  await recipe.checkPushes();
  hub.faults.pop();
});

test('two trainings cannot push to one place, and a training must name one', async () => {
  const training = PUSHING.slice(PUSHING.indexOf('  model:'), PUSHING.indexOf('  scores:'));
  tones.write('two.yaml', PUSHING + training.replace('model:', 'second:'));
  const recipe = await open('two.yaml');
  assert.match(await messageFrom(recipe.checkPushes()), /'model' and 'second' push to the same repository/);
  tones.write('none.yaml', PUSHING.replace('hub_model_id: tones, ', ''));
  await assert.rejects(open('none.yaml'), /push_to_hub needs a repository to push to/);
  for (const [name, values] of [
    ['hub_model_id', ['a--b', 'a/b/c', 'me/x.git']],
    ['hub_revision', ['../main', 'a b', 'main.lock', '-x', 'c'.repeat(40), 'refs/heads/x']],
  ] as const)
    for (const value of values)
      await assert.rejects(open('pushing.yaml', { set: [`${name}=${value}`] }), ({ problems }) => {
        const [{ message, expected }] = problems;
        return message.includes(`'${name}'`) && /letters, digits, -/.test(expected);
      });
  await assert.rejects(open('pushing.yaml', { set: ['stages.model.with.hub_token=x'] }), /HF_TOKEN/);
});
