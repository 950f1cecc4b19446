import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Receipt } from '../../src/pipeline/lock/receipt.js';
import { HubServer } from '../support/hub-server.js';
import { Project } from '../support/project.js';

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
