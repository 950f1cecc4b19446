import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { loadModel } from '../../../src/learning/model/checkpoint.js';
import { checkpointFiles } from '../../../src/learning/model/locate-checkpoint.js';
import { formatSafetensors } from '../../../src/learning/model/safetensors.js';
import type { NamedFile } from '../../../src/learning/model/tensor-files.js';
import { placeOf } from '../../../src/pipeline/recipe/recipe-paths.js';
import { EtudeError } from '../../../src/util/errors.js';
import { fixtures } from '../../support/reference-model.js';
import { tempFolder } from '../../support/temp-folder.js';

interface Report {
  missing: string[];
  unexpected: string[];
  mismatched: [name: string, got: number[], expected: number[]][];
  /** Sum and sum of squares of each parameter that comes from the checkpoint. */
  taken: Record<string, [sum: number, squares: number]>;
}

const folder = join(fixtures, 'checkpoints');
const reports = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Record<string, Report>;
const labels = ['one', 'two', 'three', 'four', 'five'];
const filesIn = (path: string): NamedFile[] =>
  readdirSync(path).map((name) => ({ name, path: join(path, name) }));

describe('a checkpoint of any class and layout is loaded as transformers loads it', () => {
  for (const [name, report] of Object.entries(reports)) {
    it(name, async () => {
      const loaded = await loadModel(filesIn(join(folder, name)), { labels, ignoreMismatchedSizes: true });
      assert.deepEqual(loaded.missing.toSorted(), report.missing);
      assert.deepEqual(loaded.unexpected.toSorted(), report.unexpected);
      const mismatched = loaded.mismatched.map((each) => [each.name, each.got, each.expected]);
      assert.deepEqual(mismatched.sort(), report.mismatched);
      const fresh = [...loaded.missing, ...mismatched.map(([each]) => each)];
      const taken = Object.keys(loaded.weights).filter((each) => !fresh.includes(each));
      assert.deepEqual(taken.sort(), Object.keys(report.taken));
      for (const [parameter, [sum, squares]] of Object.entries(report.taken)) {
        const { data } = loaded.weights[parameter]!;
        assert.ok(Math.abs(data.reduce((total, value) => total + value, 0) - sum) < 1e-5, parameter);
        assert.ok(
          Math.abs(data.reduce((total, value) => total + value * value, 0) - squares) < 1e-5,
          parameter,
        );
      }
    });
  }
});

test('the files of a checkpoint are those that transformers would read', async () => {
  const place = placeOf(join(folder, 'recipe.yaml'));
  const names = async (path: string) => {
    const found = await checkpointFiles(path, place, { param: 'model', weights: true });
    return 'files' in found ? found.files.map(({ name }) => name) : found.problem.message;
  };
  assert.deepEqual(await names('bare'), ['config.json', 'pytorch_model.bin']);
  assert.deepEqual(await names('ctc'), [
    'config.json',
    'pytorch_model.bin.index.json',
    'pytorch_model-00001-of-00002.bin',
    'pytorch_model-00002-of-00002.bin',
  ]);
  assert.deepEqual(await names('hubert-ctc'), ['config.json', 'model.safetensors']);
});

const temporary = tempFolder('loading');

test('if both formats exist, the pickle is not even opened', async () => {
  const both = mkdtempSync(join(temporary, 'both-'));
  for (const { name, path } of filesIn(join(folder, 'stable-pre-training')))
    symlinkSync(path, join(both, name));
  writeFileSync(join(both, 'pytorch_model.bin'), 'no pickle at all');
  const { missing } = await loadModel(filesIn(both), { labels });
  assert.deepEqual(missing.toSorted(), reports['stable-pre-training']!.missing);
});

test('a shard of a pickled checkpoint that is missing, or in another folder, is refused', async () => {
  const files = filesIn(join(folder, 'ctc'));
  const without = files.filter(({ name }) => !name.startsWith('pytorch_model-00002'));
  await assert.rejects(
    loadModel(without, { labels }),
    /shard 'pytorch_model-00002-of-00002\.bin' is missing/,
  );
  const index = join(temporary, 'index.json');
  writeFileSync(index, JSON.stringify({ weight_map: { 'lm_head.bias': '../bare/pytorch_model.bin' } }));
  const astray = files.map((file) => (file.name.endsWith('.index.json') ? { ...file, path: index } : file));
  await assert.rejects(loadModel(astray, { labels }), /not a plain file name/);
});

test('a small file cannot request a model that exhausts memory', async () => {
  const config = join(temporary, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({ model_type: 'wav2vec2', hidden_size: 2 ** 16, num_attention_heads: 16 }),
  );
  const weights = join(temporary, 'one.safetensors');
  const embedding = { shape: [2 ** 16], data: new Float32Array(2 ** 16) };
  writeFileSync(weights, Buffer.concat(formatSafetensors({ masked_spec_embed: embedding })));
  const files = [
    { name: 'config.json', path: config },
    { name: 'model.safetensors', path: weights },
  ];
  await assert.rejects(loadModel(files, { labels }), /implausibly large model/);
});

test('a pickle that wants to run something fails to load, with its name and a way out', async () => {
  const config = filesIn(join(folder, 'bare')).filter(({ name }) => name === 'config.json');
  const path = join(fixtures, 'pickles', 'evil', 'os-system.bin');
  await assert.rejects(
    loadModel([...config, { name: 'pytorch_model.bin', path }], { labels }),
    (error) =>
      error instanceof EtudeError &&
      /posix\.system/.test(error.message) &&
      /None of it was run.*save_pretrained/.test(error.hint!),
  );
});
