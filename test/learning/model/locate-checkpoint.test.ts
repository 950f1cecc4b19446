import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { checkpointFiles } from '../../../src/learning/model/locate-checkpoint.js';
import { locateConfig } from '../../../src/learning/preprocess/locate-config.js';
import { Setting } from '../../support/hub-setting.js';

const ID = 'me/model';
const index = JSON.stringify({
  weight_map: {
    a: 'model-00001-of-00002.safetensors',
    b: 'model-00002-of-00002.safetensors',
    c: 'model-00001-of-00002.safetensors',
  },
});

async function withFiles(t: TestContext, files: Record<string, Uint8Array | string>) {
  const setting = await Setting.open(t);
  setting.server.commit('model', ID, files);
  const locate = async (options: { weights?: boolean; revision?: string } = {}) => {
    const found = await checkpointFiles(ID, setting.place(), { param: 'model', weights: true, ...options });
    return 'files' in found ? found.files : found.problem;
  };
  return { setting, locate };
}

test('of a checkpoint on the Hub small files are fetched, and the weights are known by their digests', async (t) => {
  const { setting, locate } = await withFiles(t, {
    'config.json': '{}',
    'preprocessor_config.json': '{}',
    'model.safetensors.index.json': index,
    'model-00001-of-00002.safetensors': 'one',
    'model-00002-of-00002.safetensors': 'two',
    'optimizer.bin': 'not asked for',
  });
  const files = await locate();
  assert.ok(Array.isArray(files));
  assert.deepEqual(
    files.map(({ name, path, digest }) => [name, existsSync(path), digest?.length]),
    [
      ['config.json', true, undefined],
      ['preprocessor_config.json', true, undefined],
      ['model.safetensors.index.json', true, undefined],
      ['model-00001-of-00002.safetensors', false, 64],
      ['model-00002-of-00002.safetensors', false, 64],
    ],
  );
  assert.ok(setting.server.take().every(({ host }) => host === 'hub'));
  const without = await locate({ weights: false });
  assert.deepEqual(Array.isArray(without) && without.map(({ name }) => name), [
    'config.json',
    'preprocessor_config.json',
  ]);
});

test('a shard on the Hub whose name leads elsewhere is refused', async (t) => {
  const evil = JSON.stringify({ weight_map: { a: '../../../../etc/passwd.safetensors' } });
  const { locate } = await withFiles(t, { 'config.json': '{}', 'model.safetensors.index.json': evil });
  const problem = await locate();
  assert.ok(!Array.isArray(problem));
  assert.match(problem.message, /model\.safetensors\.index\.json of 'me\/model'.*not a plain file name/);
});

test('a revision is a branch, a tag or a commit, and its files are the ones found', async (t) => {
  const { setting, locate } = await withFiles(t, { 'config.json': '{}', 'pytorch_model.bin': 'old' });
  const commit = setting.server.commit(
    'model',
    ID,
    { 'config.json': '{}', 'model.safetensors': 'new', 'preprocessor_config.json': '{}' },
    { branch: 'refs/pr/1' },
  );
  const names = async (revision?: string) => {
    const files = await locate({ revision });
    return Array.isArray(files) ? files.map(({ name }) => name) : files.message;
  };
  assert.deepEqual(await names(), ['config.json', 'pytorch_model.bin']);
  const expected = ['config.json', 'preprocessor_config.json', 'model.safetensors'];
  assert.deepEqual(await names('refs/pr/1'), expected);
  assert.deepEqual(await names(commit), expected);
  assert.match(String(await names('v9')), /model 'me\/model' has no revision 'v9'/);

  const place = setting.place();
  const missing = await locateConfig(ID, place);
  assert.match(
    'problem' in missing ? missing.problem.message : '',
    /no preprocessor_config\.json in 'me\/model'/,
  );
  const found = await locateConfig(ID, place, 'refs/pr/1');
  assert.ok('file' in found && existsSync(found.file.path));
});
