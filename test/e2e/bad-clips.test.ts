import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { statuses, warningsOf } from '../support/command-line.js';
import type { Project } from '../support/project.js';
import { tone, toneProject } from '../support/tone-project.js';

const RECIPE = `name: tones
stages:
  clips: { uses: load, with: { path: clips } }
  speech:
    uses: cast-audio
    from: clips
    with: { column: audio, sampling_rate: 16000 }
  features:
    uses: map-preprocess
    from: speech
    with: { feature_extractor: checkpoint, max_length: 4000, truncation: true, remove_columns: [audio] }
  model: { uses: train, from: features, with: { model: checkpoint, max_steps: 2, eval_strategy: "no" } }
  scores: { uses: evaluate, from: { model: model, dataset: features }, with: { split: test } }
`;

/** Clips of two classes in folders per split, five of them bad: two in `train`, three in `test`. */
function badProject(): Project {
  const project = toneProject(0);
  project.write('recipe.yaml', RECIPE);
  for (let i = 0; i < 12; i++) {
    const [label, hertz] = i % 2 === 0 ? ['low', 300 + i] : ['high', 1500 + i];
    project.write(`clips/${i < 8 ? 'train' : 'test'}/${label}/${i}.wav`, tone(hertz, 0.25));
  }
  project.write('clips/train/low/empty.wav', '');
  project.write('clips/train/high/cut.wav', tone(1600, 0.25).subarray(0, 999));
  project.write('clips/test/low/text.wav', 'not found');
  project.write('clips/test/low/phone.wav', '....ftypM4A ....');
  project.write('clips/test/high/short.wav', tone(1600, 0.002));
  return project;
}

const project = badProject();

test('one run names every unusable clip; when they are skipped, the rest is trained on, and every output says so', async () => {
  const failed = await project.etudeRun();
  assert.equal(failed.code, 1);
  assert.deepEqual(
    warningsOf(failed, 'clips').map((text) => text.split(':')[0]),
    [
      '1 clip is empty',
      '1 clip is in an unsupported format, MPEG-4 (M4A, MP4)',
      "1 clip is not audio (starts with 'not found')",
    ],
  );
  const error = failed.stages.speech?.error ?? '';
  assert.match(error, /^5 of 17 clips cannot be used:\n/);
  for (const file of [
    'train/low/empty',
    'train/high/cut',
    'test/low/text',
    'test/low/phone',
    'test/high/short',
  ])
    assert.ok(error.includes(`${file}.wav: `), error);

  project.edit('recipe.yaml', 'sampling_rate: 16000 }', 'sampling_rate: 16000, on_error: skip }');
  project.edit('recipe.yaml', 'remove_columns: [audio] }', 'remove_columns: [audio], on_error: skip }');
  const run = await project.run();
  assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
  assert.equal(run.stages.speech?.rowsComputed, 0, 'decoded again');
  assert.equal(run.stages.speech?.summary, '13 clips, 4 skipped');
  assert.equal(run.stages.features?.summary, '12 rows, 1 skipped');
  const lock = parse(project.read('recipe.lock')) as {
    stages: Record<string, { output: { skipped?: number } }>;
  };
  const counts = Object.entries(lock.stages).map(([id, { output }]) => [id, output.skipped]);
  assert.deepEqual(counts, [
    ['clips', undefined],
    ['speech', 4],
    ['features', 1],
    ['model', undefined],
    ['scores', undefined],
  ]);

  assert.deepEqual(warningsOf(run, 'features'), [
    'skipped test row 2, test/high/short.wav: the clip is too short for the model (expected at least 165 samples at 16000 Hz, got 32)',
  ]);
  assert.equal(warningsOf(run, 'speech').length, 4);
  const shown = await project.etude('show', 'recipe.yaml', 'speech');
  assert.match(shown.stdout, /train +\d+ +train\/high\/cut\.wav +WAV file is truncated/);
});

test('removing a clip from the test split retrains nothing', async () => {
  rmSync(project.path('clips/test/high/short.wav'));
  rmSync(project.path('clips/test/low/text.wav'));
  const run = await project.run();
  assert.deepEqual(statuses(run), {
    clips: 'run',
    speech: 'run',
    features: 'run',
    model: 'hit',
    scores: 'run',
  });
});
