import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { tempFolder } from '../support/cache.js';
import { HubServer } from '../support/hub-server.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const TOKEN = 'hf_s3crettoken';

test('a run pushes its model once, reports a push that fails, and leaves no token anywhere', async (t) => {
  const tones = toneProject(16, SHORT_TONE_RECIPE);
  const hub = await HubServer.start();
  t.after(async () => {
    await hub.close();
    tones.remove();
  });
  hub.token = TOKEN;
  tones.edit(
    'recipe.yaml',
    'save_strategy: epoch',
    'save_strategy: epoch, push_to_hub: true, hub_model_id: me/tones',
  );
  tones.env = {
    ...tones.env,
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: tempFolder(),
    HF_HUB_OFFLINE: '',
    HF_TOKEN: TOKEN,
  };

  // Before anything runs: there would be nowhere to push to.
  const refused = await tones.etude('run', 'recipe.yaml', '--set', 'hub_model_id=other/tones');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /'me' is not a member of 'other'/);
  assert.doesNotMatch(refused.stdout, /clips/);

  hub.faults.push({ path: /\/commit\//, status: 403, headers: { 'x-error-message': `no ${TOKEN}` } });
  const failed = await tones.etude('run', 'recipe.yaml', '--progress', 'plain');
  hub.faults.pop();
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /'model' is in the cache, but not on the Hub:\n.*no write access/);
  assert.match(failed.stderr, /Push it with: etude push-model recipe\.yaml model\n/);
  assert.equal(hub.state('model', 'me/tones')?.commits, 1);

  const run = await tones.etude('run', 'recipe.yaml', '--json');
  assert.equal(run.code, 0);
  const { stages, pushed } = JSON.parse(run.stdout);
  assert.ok(stages.every(({ status }: { status: string }) => status === 'hit'));
  assert.deepEqual([pushed[0].type, pushed[0].id, pushed[0].stage], ['pushed', 'me/tones', 'model']);

  const again = await tones.etude('push-model', 'recipe.yaml', 'model');
  assert.match(
    again.stdout,
    /^the Hub has all of these files · http:\S+\/me\/tones {2}commit [0-9a-f]{12}\n$/,
  );
  hub.take();
  // What only recomputes pushes nothing.
  const checked = await tones.etude('verify', 'recipe.yaml', 'model');
  assert.equal(checked.code, 0);
  assert.deepEqual(hub.take(), []);
  assert.equal(hub.state('model', 'me/tones')?.commits, 2);

  const graphs = ['--onnx', 'fp32', '--progress', 'quiet', '--dry-run', '-o', 'web'];
  const dry = await tones.etude('push-model', 'recipe.yaml', 'model', ...graphs);
  assert.deepEqual([dry.code, dry.stdout], [0, 'web  11 files\n']);
  assert.match(
    tones.read('web/README.md'),
    /library_name: transformers[\s\S]*etude predict me\/tones clip\.wav/,
  );

  for (const result of [refused, failed, run, again])
    assert.ok(![result.stdout, result.stderr].some((text) => text.includes(TOKEN)));
  for (const name of readdirSync(tones.dir, { recursive: true }) as string[]) {
    const path = tones.path(name);
    if (statSync(path).isFile()) assert.ok(!readFileSync(path).includes(TOKEN), name);
  }
});
