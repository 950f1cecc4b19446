import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { finish, type Ran } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

/** The events at which a run is killed. Random moments: scripts/check-crashes.ts. */
const MOMENTS = [
  /"stage-started","id":"speech"/,
  /"stage-progress","id":"model"/,
  /"stage-started","id":"scores"/,
];

test('kill -9 during a run loses nothing and changes nothing: the final model is the same, and every object is intact', async () => {
  const calm = restlessProject();
  const stormy = restlessProject();
  const undisturbed = await calm.run();
  assert.equal(undisturbed.finished.status, 'success');
  for (const moment of MOMENTS) {
    const child = stormy.start('run', 'recipe.yaml', '--progress', 'json');
    let said = '';
    child.stdout?.on('data', function listen(data) {
      said += data;
      if (!moment.test(said)) return;
      child.stdout?.off('data', listen);
      process.kill(-child.pid!, 'SIGKILL');
    });
    assert.equal((await finish(child)).signal, 'SIGKILL', String(moment));
  }
  const last = await stormy.run();
  assert.equal(last.finished.status, 'success', JSON.stringify(last.finished));
  assert.equal(modelOf(last), modelOf(undisturbed));
  assertWhole(stormy);
});

/** A project whose training has every feature that an interruption could disturb. */
function restlessProject(): Project {
  const project = toneProject(16, SHORT_TONE_RECIPE);
  project.edit(
    'recipe.yaml',
    'num_train_epochs: 1, eval_strategy: epoch',
    'num_train_epochs: 3, gradient_accumulation_steps: 2, load_best_model_at_end: true, metric_for_best_model: accuracy, eval_strategy: epoch',
  );
  project.edit('checkpoint/config.json', '"layerdrop":0', '"layerdrop":0.2');
  return project;
}

function modelOf({ finished }: Ran): string {
  const folder = finished.models.model!;
  return createHash('sha256')
    .update(readFileSync(join(folder, 'model.safetensors')))
    .digest('hex');
}

/** The bytes of every object match the digest in its name. */
function assertWhole(project: Project): void {
  const folder = project.path('.etude/objects');
  const files = readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
  assert.ok(files.length > 0);
  for (const file of files) {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    assert.equal(
      file
        .slice(folder.length)
        .replaceAll(/[^0-9a-f]/g, '')
        .slice(-64),
      digest,
      basename(file),
    );
  }
}
