import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Finding } from '../../../src/index.js';
import { SHORT_TONE_RECIPE, tone, toneProject } from '../../support/tone-project.js';

const verdicts = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));

test('a training is examined as far as its results are cached', async () => {
  const project = toneProject(16, SHORT_TONE_RECIPE);
  const recipe = await project.open();
  const [before] = await recipe.examine({ shown: 'recipe.yaml' });
  assert.deepEqual(verdicts(before!.findings), {
    classes: 'unchecked',
    truncation: 'unchecked',
    padding: 'unchecked',
    // How many clips there are is known beforehand.
    schedule: 'problem',
    baseline: 'unchecked',
    conflicts: 'unchecked',
    'label-noise': 'unchecked',
    overfit: 'unchecked',
  });
  for (const { advice } of before!.findings.filter(({ check }) => check === 'overfit'))
    assert.equal(advice, 'Compute it with: etude run recipe.yaml features');

  await project.run();
  const cached = () => readdirSync(project.path('.etude/index'), { recursive: true }).sort();
  const objects = () => readdirSync(project.path('.etude/objects'), { recursive: true }).sort();
  // Bytes of objects that are not stored are there, too.
  const besides = () =>
    (readdirSync(project.path('.etude/tmp'), { recursive: true }) as string[]).filter((name) =>
      /stage|scratch/.test(name),
    );
  const held = [cached(), objects()];
  const steps: number[] = [];
  const found: Finding[] = [];
  const [after] = await recipe.examine({
    steps: 40,
    onStep: (_, step) => steps.push(step),
    onFinding: (_, finding) => found.push(finding),
  });
  assert.equal(after!.stage, 'model');
  assert.deepEqual(after!.findings, found);
  const now = verdicts(found);
  // The tones are two, and last as long as max_length says; two updates are not enough to learn.
  assert.deepEqual(
    [now.classes, now.truncation, now.padding, now.schedule, now.conflicts],
    ['fine', 'fine', 'fine', 'problem', 'fine'],
  );
  assert.notEqual(now.baseline, 'unchecked');
  const overfit = found.find(({ check }) => check === 'overfit')!;
  assert.ok(steps.length > 0);
  assert.match(
    overfit.found,
    /the loss goes from 0\.\d+ to 0\.\d+ in \d+ updates at a learning rate of 0\.001/,
  );
  assert.deepEqual([cached(), objects()], held);
  assert.deepEqual(besides(), []);

  const slow = await (await project.open({ set: ['learning_rate=1.5e-4'] })).examine({ steps: 40 });
  const tooLow = slow[0]!.findings.find(({ check }) => check === 'overfit')!;
  assert.equal(tooLow.verdict, 'problem');
  assert.match(tooLow.found, /at a learning rate of 1\.5e-4, .*; but the loss goes from .* of 0\.002$/);
  assert.match(tooLow.advice!, /^The learning rate is too low .* towards 0\.002, or train longer/);

  const stop = new AbortController();
  const aborted = recipe.examine({ signal: stop.signal, onStep: () => stop.abort() });
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.deepEqual(besides(), []);
  await assert.rejects(recipe.examine({ stage: 'speech' }), /stage 'speech' does not train/);
});

test('clips that cannot be told apart are not learned at any rate', async () => {
  const project = toneProject(16, SHORT_TONE_RECIPE);
  for (const folder of ['low', 'high'])
    for (const name of readdirSync(project.path(`clips/${folder}`)))
      project.write(`clips/${folder}/${name}`, tone(500, 0.25));
  const recipe = await project.open({ set: ['learning_rate=2e-4'] });
  await (await recipe.run({ stages: ['features'] })).result;
  const [examined] = await recipe.examine({ steps: 5 });
  const overfit = examined!.findings.find(({ check }) => check === 'overfit')!;
  const conflicts = examined!.findings.find(({ check }) => check === 'conflicts')!;
  assert.equal(conflicts.verdict, 'problem');
  assert.match(conflicts.found, /^\d+ of 12 clips of split 'train' are the same .*, such as rows 0 and \d+$/);
  assert.match(conflicts.advice!, /etude play \S+ features \d+ --split train/);
  assert.equal(overfit.verdict, 'problem');
  assert.match(overfit.found, /does not learn them: .* gives 0\.69; nor at 0\.002$/);
  assert.match(overfit.advice!, /Something between data and loss is wrong/);
});
