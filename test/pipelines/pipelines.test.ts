import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Project } from '../support/project.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const RECIPES = readdirSync(join(root, 'pipelines')).filter((name) => name.endsWith('.yaml'));

/** What recipes load from the Hub: a few rows with the same columns, and tiny checkpoints. */
const STAND_INS = {
  'test/fixtures/guide/minds14.parquet': 'PolyAI/minds14/en-US/train-00000-of-00001.parquet',
  'test/fixtures/guide/checkpoint': 'facebook/wav2vec2-base',
  'test/fixtures/pipelines/esc50.parquet': 'ashraq/esc50/data/train-00000-of-00001.parquet',
  'test/fixtures/model/spectrograms/ast': 'MIT/ast-finetuned-audioset-10-10-0.4593',
  'test/fixtures/pipelines/speech-commands.parquet': 'google/speech_commands/v0.02/train.parquet',
};

const project = new Project({ 'package.json': '{}' });
for (const folder of ['pipelines', 'samples'])
  cpSync(join(root, folder), project.path(folder), { recursive: true });
for (const [from, to] of Object.entries(STAND_INS))
  cpSync(join(root, from), project.path(to), { recursive: true });
for (const split of ['validation', 'test'])
  cpSync(
    join(root, 'test/fixtures/pipelines/speech-commands.parquet'),
    project.path(`google/speech_commands/v0.02/${split}.parquet`),
  );

/** The stand-in for wav2vec2-base has two layers. */
const FEWER: Record<string, string[]> = { 'minds14-full.yaml': ['freeze_layers=1'] };

for (const name of RECIPES)
  test(`pipelines/${name} has no mistake that can be found beforehand`, async () => {
    const recipe = await project.open({ recipe: `pipelines/${name}`, set: FEWER[name] });
    assert.ok((await recipe.plan()).stages.length > 5);
  });

test('whole calls are trained on by windows, and scored per call', async () => {
  const set = [
    ...FEWER['minds14-full.yaml']!,
    ...['window_length_s=0.1', 'hop_length_s=0.05', 'min_length_s=0', 'max_length=1600'],
    ...['num_train_epochs=1', 'train_sampling_strategy=sequential'],
  ];
  const run = await project.run({ recipe: 'pipelines/minds14-full.yaml', set });
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  const recipe = await project.open({ recipe: 'pipelines/minds14-full.yaml', set });
  const { splits } = await recipe.dataset('parts');
  assert.deepEqual([...splits], ['train', 'test']);
  const { artifact } = await recipe.artifact('scores');
  assert.ok(artifact.kind === 'report' && artifact.metrics.test!.accuracy! >= 0);
});

test('sounds are changed in each epoch before their spectrogram is made', async () => {
  const set = ['num_train_epochs=1', 'per_device_train_batch_size=4'];
  const run = await project.run({ recipe: 'pipelines/sound-events.yaml', set });
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  const logged = JSON.stringify(run.events);
  assert.match(logged, /clips of split 'train' are augmented in each epoch: speed, shift, gain/);
});
