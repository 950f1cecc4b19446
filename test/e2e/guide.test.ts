import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Project, type RunResult } from '../support/project.js';

/** What the guide's Python gave on the same clips: see test/fixtures/guide/make.py. */
interface Expected {
  max_length: number;
  split: Record<string, number[]>;
  features: Record<string, { length: number; start: number[] }>;
  log_history: Record<string, number>[];
  predictions: { predicted: string; score: number }[];
}

const fixture = fileURLToPath(new URL('../fixtures/guide/', import.meta.url));
const pipelines = fileURLToPath(new URL('../../pipelines/', import.meta.url));
const expected: Expected = JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8'));
const RECIPE = 'pipelines/minds14.yaml';
/** Clips are shorter than the guide's, both go through them in one order, and each step is logged. */
const CHANGES = [
  `max_length=${expected.max_length}`,
  'stages.model.with.train_sampling_strategy=sequential',
  'logging_steps=1',
].flatMap((change) => ['--set', change]);

describe('pipelines/minds14.yaml gives what the Python of the guide gives', () => {
  const project = new Project();
  let run: RunResult;

  /** What `etude show` tells of a stage. */
  const show = async (stage: string, rows: number) => {
    const { stdout } = await project.etude(
      'show',
      RECIPE,
      stage,
      '--rows',
      String(rows),
      '--json',
      ...CHANGES,
    );
    return JSON.parse(stdout).splits;
  };

  before(async () => {
    project.write('package.json', '{}');
    cpSync(pipelines, project.path('pipelines'), { recursive: true });
    cpSync(
      join(fixture, 'minds14.parquet'),
      project.path('PolyAI/minds14/en-US/train-00000-of-00001.parquet'),
    );
    cpSync(join(fixture, 'checkpoint'), project.path('facebook/wav2vec2-base'), { recursive: true });
    run = await project.run(RECIPE, ...CHANGES);
    assert.equal(run.code, 0, run.stderr + run.stdout);
  });
  after(() => project.remove());

  it('the same rows in train and test, in the same order', async () => {
    const splits = await show('parts', 100);
    for (const [name, numbers] of Object.entries(expected.split)) {
      const paths = splits[name].rows.map(({ audio }: { audio: { path: string } }) => audio.path);
      assert.deepEqual(
        paths,
        numbers.map((number) => `${number}.wav`),
      );
    }
  });

  it('the same features, to 1e-6', async () => {
    const splits = await show('features', 1);
    for (const [name, { length, start }] of Object.entries(expected.features)) {
      const { input_values } = splits[name].rows[0];
      assert.equal(input_values.length, length);
      start.forEach((value, index) => {
        assertNear(input_values.head[index], value, 1e-6, name);
      });
    }
  });

  it('the same loss, gradient norm, learning rate and evaluation at each step', () => {
    const file = join(run.finished.models.model!, 'trainer_state.json');
    const { log_history } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Expected, 'log_history'>;
    assert.equal(log_history.length, expected.log_history.length);
    for (const [index, entry] of expected.log_history.entries()) {
      for (const [name, value] of Object.entries(entry)) {
        assertNear(
          log_history[index]![name]!,
          value,
          1e-4 * Math.abs(value),
          `${name} at step ${entry.step}`,
        );
      }
    }
  });

  it('the same prediction for each clip, with the same score', async () => {
    const { test } = await show('scores', 100);
    const { predictions } = test as Pick<Expected, 'predictions'>;
    assert.equal(predictions.length, expected.predictions.length);
    expected.predictions.forEach(({ predicted, score }, row) => {
      assert.equal(predictions[row]!.predicted, predicted);
      assertNear(predictions[row]!.score, score, 1e-5, `row ${row}`);
    });
  });
});

function assertNear(actual: number, wanted: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, not ${wanted}`);
}
