import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseStages, type StagesAsked } from '../../../src/pipeline/recipe/choose-stages.js';
import type { Pipeline, PipelineStage } from '../../../src/pipeline/recipe/pipeline.js';
import { EtudeError } from '../../../src/util/errors.js';

const stage = (id: string, from: string[] = [], more: Partial<PipelineStage> = {}) =>
  ({ id, from: Object.fromEntries(from.map((each, i) => [`input${i}`, each])), ...more }) as PipelineStage;

/** data → parts → features → model → scores, and next to them data → notes. */
const line = {
  file: '/project/recipe.yaml',
  stages: [
    stage('data'),
    stage('notes', ['data']),
    stage('parts', ['data']),
    stage('features', ['parts']),
    stage('model', ['features']),
    stage('scores', ['model', 'features']),
  ],
} as Pipeline;

const variant = (lr: number) => ({ variantOf: 'model', cell: { lr } });
const matrix = {
  file: '/project/grid.yaml',
  stages: [
    stage('data'),
    stage('model[lr=1,seed=2]', ['data'], variant(1)),
    stage('model[lr=2,seed=2]', ['data'], variant(2)),
  ],
  cells: [1, 2].map((lr) => ({ params: { lr }, stages: { data: 'data', model: `model[lr=${lr},seed=2]` } })),
} as unknown as Pipeline;

function chosen(asked: StagesAsked, pipeline = line) {
  const { pipeline: some, force, whole } = chooseStages(pipeline, asked);
  return { stages: some.stages.map(({ id }) => id).join(' '), force: [...force].join(' '), whole };
}

function refusal(asked: StagesAsked): EtudeError {
  try {
    chooseStages(line, asked);
  } catch (error) {
    assert.ok(error instanceof EtudeError);
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

test('a requested stage runs with what it needs, and nothing else', () => {
  assert.deepEqual(chosen({ until: ['features'] }), {
    stages: 'data parts features',
    force: '',
    whole: false,
  });
  assert.deepEqual(chosen({ stages: ['features'] }), chosen({ until: ['features'] }));
  assert.equal(chosen({ stages: ['notes,parts'] }).stages, 'data notes parts');
  assert.equal(chosen({ stages: ['notes'], until: ['parts'] }).stages, 'data notes parts');
  assert.equal(chosen({ stages: ['scores', 'notes'] }).whole, true);
});

test('by default, the complete recipe runs', () => {
  assert.equal(chooseStages(line, {}).pipeline, line);
  assert.deepEqual(chosen({}), { stages: 'data notes parts features model scores', force: '', whole: true });
  assert.equal(chosen({ force: true }).force, 'data notes parts features model scores');
  assert.equal(chosen({ force: ['model'] }).force, 'model');
});

test('with --from, a stage and all its dependents are recomputed, along with what they need', () => {
  const from = chosen({ from: ['model'] });
  assert.deepEqual(from, { stages: 'data parts features model scores', force: 'model scores', whole: false });
  const between = chosen({ from: ['parts'], until: ['model'] });
  assert.deepEqual(between, {
    stages: 'data parts features model',
    force: 'parts features model',
    whole: false,
  });
});

test('all unknown stages are reported at once, with suggestions', () => {
  const { message, hint, expected } = refusal({
    stages: ['modle'],
    until: ['featurs'],
    from: ['nothing-like-it'],
  });
  assert.match(message, /no stages 'modle', 'featurs', 'nothing-like-it'/);
  assert.equal(hint, "Did you mean 'model', 'features'?");
  assert.equal(expected, 'one of data, notes, parts, features, model, scores');
});

test('a stage to start from that no requested stage needs is a mistake', () => {
  assert.match(refusal({ from: ['model'], until: ['features'] }).message, /--from names 'model', which none/);
  assert.match(
    refusal({ force: ['notes'], until: ['features'] }).message,
    /--force names 'notes', which none/,
  );
});

test("the recipe's id stands for all cells of a matrix, a cell's id for itself", () => {
  assert.equal(chosen({ stages: ['model'] }, matrix).whole, true);
  const one = chooseStages(matrix, { stages: ['model[lr=2,seed=2]'] }).pipeline;
  assert.deepEqual(
    one.stages.map(({ id }) => id),
    ['data', 'model[lr=2,seed=2]'],
  );
  assert.deepEqual(
    one.cells?.map(({ params }) => params),
    [{ lr: 2 }],
  );
  assert.equal(chooseStages(matrix, { until: ['data'] }).pipeline.cells, undefined);
});
