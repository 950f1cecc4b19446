import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { formatSafetensors } from '../../src/learning/model/safetensors.js';
import type { Receipt } from '../../src/pipeline/lock/receipt.js';
import type { LockedStage } from '../../src/pipeline/lock/types.js';
import { HubServer } from '../support/hub-server.js';
import { Project } from '../support/project.js';
import { TRAINING_RECIPE, toneProject } from '../support/tone-project.js';

const parquet = readFileSync(fileURLToPath(new URL('../fixtures/hub/minds14.parquet', import.meta.url)));
let hub: HubServer;
const project = new Project();
const files = (readme: string) => ({ 'README.md': readme, 'en-US/train-00000-of-00001.parquet': parquet });

before(async () => {
  hub = await HubServer.start();
  project.write('package.json', '{"private": true}');
  project.write(
    'recipe.yaml',
    'stages:\n  minds:\n    uses: load\n    with: { path: PolyAI/minds14, name: en-US, split: train }\n',
  );
  project.env = { HF_ENDPOINT: hub.endpoint, HF_HOME: project.path('hf'), HF_HUB_OFFLINE: '', HF_TOKEN: '' };
});
after(async () => {
  await hub.close();
  project.remove();
});

const CARD = `---
configs:
- config_name: en-US
  data_files:
  - split: train
    path: en-US/train-*.parquet
---
`;

test('when a branch on the Hub has moved, --locked names both commits; reproduce reads the locked one', async () => {
  const first = hub.commit('dataset', 'PolyAI/minds14', files(CARD));
  assert.equal((await project.etudeRun()).code, 0);
  assert.ok(project.read('recipe.lock').includes(`commit: ${first}`));
  assert.ok(!project.read('recipe.lock').includes(project.dir));

  const second = hub.commit('dataset', 'PolyAI/minds14', files(`${CARD}# Another text\n`));
  const locked = await project.etude('run', 'recipe.yaml', '--locked');
  assert.equal(locked.code, 1);
  const moved = `minds  PolyAI/minds14@main ${first.slice(0, 12)} → ${second.slice(0, 12)}`;
  assert.ok(locked.stderr.includes(moved), locked.stderr);

  const result = await project.etude('reproduce', 'recipe.yaml', '--json', '-', '--progress', 'quiet');
  assert.equal(result.code, 0, result.stderr);
  assert.equal((JSON.parse(result.stdout) as Receipt).verdict, 'byte-equal');

  // A commit that never existed.
  project.edit('recipe.lock', first, 'f'.repeat(40));
  const unknown = await project.etude('reproduce', 'recipe.yaml', '--progress', 'quiet');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /PolyAI\/minds14[\s\S]*ffffffffffff/);
});

test('the lock pins the repositories of an adapter and of its base model, also offline', async () => {
  const tones = toneProject(8, TRAINING_RECIPE.replace(': checkpoint', ': me/base'));
  tones.edit('recipe.yaml', 'model: checkpoint', 'model: me/adapter');
  tones.env = { ...project.env, HF_HOME: tones.path('hf') };
  const names = ['config.json', 'preprocessor_config.json', 'model.safetensors'];
  const checkpoint = names.map((name) => [name, readFileSync(tones.path(`checkpoint/${name}`))]);
  const baseFiles = (more: object = {}) => ({ ...Object.fromEntries(checkpoint), ...more });
  const layer = 'base_model.model.wav2vec2.encoder.layers.0.attention.q_proj';
  const adapterFiles = (scale: number) => ({
    'adapter_config.json': JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: 'me/base', r: 1 }),
    'adapter_model.safetensors': Buffer.concat(
      formatSafetensors({
        [`${layer}.lora_A.weight`]: { shape: [1, 16], data: new Float32Array(16).fill(scale) },
        [`${layer}.lora_B.weight`]: { shape: [16, 1], data: new Float32Array(16).fill(0.1) },
      }),
    ),
  });
  const base = hub.commit('model', 'me/base', baseFiles());
  const adapter = hub.commit('model', 'me/adapter', adapterFiles(0.1));
  const first = await tones.etudeRun();
  assert.equal(first.code, 0, first.stderr);
  const { stages } = parse(tones.read('recipe.lock')) as { stages: Record<string, LockedStage> };
  assert.deepEqual(
    stages.model!.repositories!.map(({ id, revision, commit }) => [id, revision, commit]).sort(),
    [
      ['me/adapter', 'main', adapter],
      ['me/base', 'main', base],
    ],
  );

  const config = { ...JSON.parse(tones.read('checkpoint/config.json')), layer_norm_eps: 1e-3 };
  const otherBase = hub.commit('model', 'me/base', baseFiles({ 'config.json': JSON.stringify(config) }));
  const otherAdapter = hub.commit('model', 'me/adapter', adapterFiles(0.2));
  const locked = await tones.etude('run', 'recipe.yaml', '--locked');
  assert.equal(locked.code, 1);
  const moves: [string, string, string][] = [
    ['me/base', base, otherBase],
    ['me/adapter', adapter, otherAdapter],
  ];
  for (const [id, before, after] of moves) {
    const line = `model ${id}@main ${before.slice(0, 12)} → ${after.slice(0, 12)}`;
    assert.ok(locked.stderr.replace(/ +/g, ' ').includes(line), locked.stderr);
  }

  tones.env.HF_HUB_OFFLINE = '1';
  const again = await tones.etude('reproduce', 'recipe.yaml', '--json', '-', '--progress', 'quiet');
  assert.equal(again.code, 0, again.stderr);
  assert.equal((JSON.parse(again.stdout) as Receipt).verdict, 'byte-equal');
  tones.remove();
});
