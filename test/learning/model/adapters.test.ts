import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../src/engine/open-engine.js';
import { loadModel } from '../../../src/learning/model/checkpoint.js';
import { checkpointFiles } from '../../../src/learning/model/locate-checkpoint.js';
import { adaptedTensors } from '../../../src/learning/model/lora/merge-loaded-adapter.js';
import { parseConfig } from '../../../src/learning/model/parse-config.js';
import { formatSafetensors, parseSafetensors, type Weight } from '../../../src/learning/model/safetensors.js';
import type { TensorFiles } from '../../../src/learning/model/tensor-files.js';
import { sampleBatches } from '../../../src/learning/training/batches.js';
import { LogitsGraph } from '../../../src/learning/training/logits-graph.js';
import type { Place } from '../../../src/stage/stage-type.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { Setting } from '../../support/hub-setting.js';
import { maxDifference } from '../../support/reference-model.js';
import { placeAt } from '../../support/stage.js';
import { tempFolder } from '../../support/temp-folder.js';
import { clips } from '../../support/training-clips.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const adapters = join(fixtures, 'lora', 'adapters');
const plain = readFileSync(join(adapters, 'plain', 'adapter_config.json'), 'utf8');
const weights = readFileSync(join(adapters, 'plain', 'adapter_model.safetensors'));

interface Expected {
  model: string;
  classes: number;
  plain: number[][];
  masked: number[][];
}
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(adapters, 'expected.json'), 'utf8'));

const here: Place = { ...placeAt(adapters), resolve: (path) => resolve(adapters, path) };

async function locate(path: string, place = here) {
  const found = await checkpointFiles(path, place, { param: 'model', weights: true });
  return 'files' in found ? found.files : found.problem;
}

async function problemWith(path: string, place?: Place): Promise<string> {
  const problem = await locate(path, place);
  assert.ok(!Array.isArray(problem));
  return [problem.message, problem.expected, problem.got, problem.hint].join('\n');
}

/** A folder with the plain adapter whose configuration is changed. */
function changed(changes: object, files: Record<string, string> = {}): string {
  const folder = tempFolder('adapter-');
  const config = { ...JSON.parse(plain), ...changes };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'adapter_model.safetensors'), weights);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe("an adapter of PEFT is read as the merged model, with PEFT's logits", () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));
  for (const [name, one] of Object.entries(expected)) {
    it(name, async () => {
      const files = await locate(name);
      assert.ok(Array.isArray(files));
      const model = await loadModel(files);
      assert.deepEqual([model.missing, model.unexpected, model.mismatched], [[], [], []]);
      const theirs = one.classes === 5 ? model.config.id2label : ['LABEL_0', 'LABEL_1'];
      assert.deepEqual(model.labels.slice(0, theirs!.length), theirs);
      assert.equal(model.labels.length, one.classes);
      for (const kind of ['plain', 'masked'] as const) {
        const batch = await sampleBatches(clips('train', kind === 'masked'), model.config)([0, 1, 2]);
        const off = maxDifference(new LogitsGraph(model).compute(batch), one[kind].flat());
        assert.ok(off < 1e-5, `${kind}: ${off}`);
      }
    });
  }
});

test('adapters that are not plain LoRA are refused by name, and so is one without its base model', async () => {
  assert.match(await problemWith('ia3'), /this peft_type are not supported.*LORA.*"IA3"/s);
  assert.match(await problemWith('dora'), /adapters with 'use_dora' are not supported/);
  const refused: [object, RegExp][] = [
    [{ alpha_pattern: { q_proj: 4 } }, /'alpha_pattern'/],
    [{ use_newest_variant: true }, /'use_newest_variant'/],
    [{ init_lora_weights: 'pissa' }, /began by changing the base model.*pissa/s],
    [{ lora_alpha: 'much' }, /'lora_alpha'/],
    [{ base_model_name_or_path: null }, /does not name its base model/],
    [{ base_model_name_or_path: 'nowhere' }, /the base model 'nowhere' of the adapter .* is not there/s],
    [
      { base_model_name_or_path: join(fixtures, 'model', 'group-norm') },
      /is not there.*path from the adapter/s,
    ],
    [{ base_model_name_or_path: '.' }, /is an adapter itself/],
  ];
  for (const [changes, message] of refused) assert.match(await problemWith(changed(changes)), message);
  const bare = tempFolder('adapter-');
  writeFileSync(join(bare, 'adapter_config.json'), plain);
  assert.match(await problemWith(bare), /no adapter_model\.safetensors in/);
});

test('files of the adapter that the base model has, too, come first', async () => {
  const config = readFileSync(join(fixtures, 'model', 'group-norm', 'config.json'), 'utf8');
  const named = { ...JSON.parse(config), id2label: { 0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e' } };
  const folder = changed(
    { base_model_name_or_path: 'base' },
    { 'config.json': JSON.stringify(named), 'preprocessor_config.json': '{}' },
  );
  mkdirSync(join(folder, 'base'));
  cpSync(join(fixtures, 'model', 'group-norm'), join(folder, 'base'), { recursive: true });
  const files = await locate(folder);
  assert.ok(Array.isArray(files));
  assert.deepEqual((await loadModel(files)).labels, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(
    files.map(({ name, path }) => [name, path.includes('base')]),
    [
      ['config.json', false],
      ['preprocessor_config.json', false],
      ['adapter_config.json', false],
      ['adapter_model.safetensors', false],
      ['model.safetensors', true],
    ],
  );
});

test('on the Hub, an adapter leads to the revision of its base that it names, and to no local file', async (t) => {
  const setting = await Setting.open(t);
  const base = { 'config.json': '{}', 'model.safetensors': 'weights' };
  const commit = setting.server.commit('model', 'me/base', base);
  setting.server.commit('model', 'me/base', { ...base, 'model.safetensors': 'newer' });
  const publish = (id: string, changes: object) =>
    setting.server.commit('model', id, {
      'adapter_config.json': JSON.stringify({ ...JSON.parse(plain), ...changes }),
      'adapter_model.safetensors': weights,
    });
  publish('me/adapter', { base_model_name_or_path: 'me/base', revision: commit });
  const files = await locate('me/adapter', setting.place());
  assert.ok(Array.isArray(files));
  assert.deepEqual(
    files.map(({ name, origin }) => [name, origin?.id, origin?.id === 'me/base' && origin.commit]),
    [
      ['adapter_config.json', 'me/adapter', false],
      ['adapter_model.safetensors', 'me/adapter', false],
      ['config.json', 'me/base', commit],
      ['model.safetensors', 'me/base', commit],
    ],
  );
  for (const path of ['../../base', join(fixtures, 'model', 'group-norm'), './base']) {
    publish('me/evil', { base_model_name_or_path: path });
    assert.match(
      await problemWith('me/evil', setting.place()),
      /the base model .* is not there\na repository/s,
    );
  }
  publish('me/odd', { base_model_name_or_path: 'me/base', revision: '../../x' });
  assert.match(await problemWith('me/odd', setting.place()), /not a valid revision/);
});

test('tensors that are no adapter of the base model are refused', () => {
  const tensorsOf = (tensors: Record<string, Weight>): TensorFiles => {
    const { entries, read } = parseSafetensors(Buffer.concat(formatSafetensors(tensors)), 'file');
    return { file: 'file', names: [...entries.keys()], shape: (name) => entries.get(name)!.shape, read };
  };
  const zeros = (...shape: number[]): Weight => ({
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  const base = tensorsOf({ 'encoder.x.weight': zeros(3, 2) });
  const config = { base: 'b', lora_alpha: 1, use_rslora: false };
  const merge = (tensors: Record<string, Weight>) =>
    adaptedTensors(base, tensorsOf(tensors), config, parseConfig({ model_type: 'wav2vec2' }));
  const at = (name: string) => `base_model.model.wav2vec2.encoder.${name}`;
  const down = { [at('x.lora_A.weight')]: zeros(4, 2) };
  assert.throws(() => merge({ 'classifier.weight': zeros(1) }), /not named as PEFT names it/);
  assert.throws(() => merge(down), /a half is missing/);
  assert.throws(() => merge({ ...down, [at('x.lora_B.weight')]: zeros(3, 5) }), /does not fit the layer/);
  assert.throws(() => merge({ [at('x.lora_magnitude_vector')]: zeros(3) }), /is not supported/);
  const elsewhere = { [at('y.lora_A.weight')]: zeros(4, 2), [at('y.lora_B.weight')]: zeros(3, 4) };
  assert.throws(() => merge(elsewhere), /'wav2vec2\.encoder\.y', which the base model does not have/);
});
