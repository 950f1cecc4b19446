import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statuses } from '../support/command-line.js';
import { computations, writeCountStage } from '../support/counting-stage.js';
import { Project } from '../support/project.js';

const RECIPE = `name: grid
params: { rate: 1, most: 1 }
matrix:
  rate: [10, 20, 30]
  most: [101, 102, 103]
stages:
  data:
    uses: ./stages/count.js
    with: { value: 1 }
  features:
    uses: ./stages/count.js
    from: data
    with: { value: 2 }
  model:
    uses: ./stages/count.js
    from: features
    with: { value: "\${{ params.rate }}", modulo: "\${{ params.most }}" }
`;

const project = new Project();

test('a 3 × 3 matrix computes the shared stages once and its nine cells, and then nothing again', async () => {
  writeCountStage(project);
  project.write('recipe.yaml', RECIPE);
  const first = await project.run({ jobs: 2 });
  assert.equal(computations(project), 2 + 9);
  assert.equal(Object.keys(statuses(first)).length, 2 + 9);
  const { matrix } = first.finished;
  assert.equal(matrix?.cells.length, 9);
  assert.deepEqual(matrix?.cells[5]?.params, { rate: 20, most: 103 });
  assert.equal(matrix?.cells[5]?.stages.model, 'model[rate=20,most=103]');
  // The totals of all of the cell's reports: those that the cells share, and its own.
  assert.equal(matrix?.cells[5]?.metrics.model_all_total, 23);

  const again = await project.etude('run', 'recipe.yaml');
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /11 hits: nothing has changed/);
  assert.match(again.stdout, /rate {2}most .*time/);
  assert.equal(again.stdout.split('\n').filter((line) => /^ {2}[123]0 {4}10[123] /.test(line)).length, 9);
  assert.equal(computations(project), 2 + 9);
});

test('one more value computes only its own cells', async () => {
  const { stages } = await (await project.open({ set: ['matrix.rate=[10,20,30,40]'] })).plan();
  assert.deepEqual(
    stages.filter(({ type }) => type === 'run').map(({ stage }) => stage.id),
    [101, 102, 103].map((most) => `model[rate=40,most=${most}]`),
  );
  project.edit('recipe.yaml', '[10, 20, 30]', '[10, 40, 20, 30]');
  const { code, stdout } = await project.etude('run', 'recipe.yaml', '--json');
  assert.equal(code, 0);
  assert.equal(computations(project), 2 + 9 + 3);
  const outcome = JSON.parse(stdout) as { type: string; matrix: { cells: unknown[] } };
  assert.deepEqual([outcome.type, outcome.matrix.cells.length], ['run-finished', 12]);
});

test("one cell can be forced, shown and drawn; the recipe's own stage id is ambiguous", async () => {
  const one = await project.run({ force: ['model[rate=40,most=102]'] });
  assert.deepEqual(
    Object.entries(statuses(one)).filter(([, status]) => status === 'run'),
    [['model[rate=40,most=102]', 'run']],
  );
  const shown = await project.etude('show', 'recipe.yaml', 'model[rate=40,most=102]', '--json');
  assert.match(shown.stdout, /"total": 43/);
  const ambiguous = await project.etude('show', 'recipe.yaml', 'model');
  assert.equal(ambiguous.code, 1);
  assert.match(ambiguous.stderr, /stage 'model' differs between the cells of the matrix/);
  const graph = await project.etude('graph', 'recipe.yaml', '--format', 'mermaid');
  assert.match(graph.stdout, /model\[rate=40,most=102\]/);
});
