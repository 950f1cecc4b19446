import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const METRIC = `import { weight } from './lib/weight.js';
export default {
  name: 'cost',
  compute: ({ labels, predictions }) =>
    (weight * labels.filter((label, i) => label !== predictions[i]).length) / labels.length,
};
`;

test("a metric of the user's own decides which model is best, and its code is part of the fingerprint", async () => {
  const project = toneProject(16, SHORT_TONE_RECIPE);
  project.write('package.json', '{"private": true, "type": "module"}');
  project.write('cost.js', METRIC);
  project.write('lib/weight.js', 'export const weight = 3;\n');
  const best =
    'metrics: [accuracy, ./cost.js], metric_for_best_model: cost, greater_is_better: false, load_best_model_at_end: true,';
  project.edit('recipe.yaml', 'model: checkpoint,', `model: checkpoint, ${best}`);
  project.edit('recipe.yaml', 'split: test }', 'split: test, metrics: [./cost.js] }');
  const first = await project.run();
  const { test_accuracy, test_cost } = first.finished.metrics;
  assert.ok(Math.abs(test_cost! - 3 * (1 - test_accuracy!)) < 1e-9, JSON.stringify(first.finished));

  const planned = async () => {
    const { stages } = await (await project.open()).plan();
    return stages.flatMap((each) =>
      each.type === 'hit' ? [] : [`${each.stage.id}: ${each.because.map(({ text }) => text)}`],
    );
  };
  project.write('cost.js', `// Errors, weighted.\n${METRIC}`);
  assert.deepEqual(await planned(), []);
  project.write('lib/weight.js', 'export const weight = 5;\n');
  assert.deepEqual(await planned(), [
    'model: ./cost.js changed',
    'scores: ./cost.js changed,input model will change',
  ]);

  // Code that is imported by a name that only running it shows would go unnoticed.
  project.edit(
    'cost.js',
    "import { weight } from './lib/weight.js';",
    "const { weight } = await import(['.', 'lib', 'weight.js'].join('/'));",
  );
  const third = await project.etudeRun('--keep-going');
  assert.match(JSON.stringify(third.finished), /\.\/cost\.js loads code that is not in its fingerprint/);
});
