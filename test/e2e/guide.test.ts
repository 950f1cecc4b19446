import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Recipe, Row } from '../../src/index.js';
import type { Ran } from '../support/command-line.js';
import { Project } from '../support/project.js';

/** What the guide's Python code gave on the same clips: see test/fixtures/guide/make.py. */
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
/**
 * The clips are shorter than the guide's, both implementations process them in the same order, and every step
 * is logged.
 */
const CHANGES = {
  recipe: RECIPE,
  set: [
    `max_length=${expected.max_length}`,
    'stages.model.with.train_sampling_strategy=sequential',
    'logging_steps=1',
  ],
};

describe("pipelines/minds14.yaml gives the same results as the guide's Python code", () => {
  const project = new Project();
  let run: Ran;
  let recipe: Recipe;

  /** The first rows of each split of a dataset. */
  async function rowsOf(stage: string, rows: number): Promise<Record<string, Row[]>> {
    const dataset = await recipe.dataset(stage);
    const found: Record<string, Row[]> = {};
    for (const split of dataset.splits) {
      const read: Row[] = [];
      for await (const row of dataset.rows(split)) if (read.push(row) === rows) break;
      found[split] = read;
    }
    return found;
  }

  before(async () => {
    project.write('package.json', '{}');
    cpSync(pipelines, project.path('pipelines'), { recursive: true });
    cpSync(
      join(fixture, 'minds14.parquet'),
      project.path('PolyAI/minds14/en-US/train-00000-of-00001.parquet'),
    );
    cpSync(join(fixture, 'checkpoint'), project.path('facebook/wav2vec2-base'), { recursive: true });
    run = await project.run(CHANGES);
    assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
    recipe = await project.open(CHANGES);
  });

  it('the same rows in train and test, in the same order', async () => {
    const splits = await rowsOf('parts', 100);
    for (const [name, numbers] of Object.entries(expected.split)) {
      const paths = splits[name]!.map(({ audio }) => (audio as { path: string }).path);
      assert.deepEqual(
        paths,
        numbers.map((number) => `${number}.wav`),
      );
    }
  });

  it('the same features, to 1e-6', async () => {
    const splits = await rowsOf('features', 1);
    for (const [name, { length, start }] of Object.entries(expected.features)) {
      const input_values = splits[name]![0]!.input_values as ArrayLike<number>;
      assert.equal(input_values.length, length);
      start.forEach((value, index) => {
        assertNear(input_values[index]!, value, 1e-6, name);
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
    const { artifact, objects } = await recipe.artifact('scores');
    assert.ok(artifact.kind === 'report');
    const [report] = Object.values(artifact.files);
    const text = Buffer.from(await objects.read(report!)).toString();
    const { predictions } = JSON.parse(text) as Pick<Expected, 'predictions'>;
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
