import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Project as Opened } from '../../src/index.js';
import { SHORT_TONE_RECIPE, toneProject } from '../support/tone-project.js';

const RECIPE = `${SHORT_TONE_RECIPE}  picture:
    uses: report
    from: { evaluation: scores, model: model }
    with: { title: Two tones }
`;

test('recipes, runs and stages have reports, made from the cache', async () => {
  const project = toneProject(16, RECIPE);
  const { project: opened } = (await project.open()) as unknown as { project: Opened };
  await assert.rejects(opened.report(['recipe.yaml']), /has no results in the cache/);
  await assert.rejects(opened.report(['nowhere']), /no run 'nowhere'/);

  const { finished, summary, ...ran } = await project.run({ summary: true });
  assert.equal(finished.status, 'success', JSON.stringify(ran));
  const shown = `<code>test</code> | ${finished.metrics.test_accuracy!.toFixed(3)} (`;
  for (const piece of [shown, 'etude run ', 'etude reproduce ', '.etude/models/tones/model</code>'])
    assert.ok(summary?.includes(piece), summary);
  const { html, runs } = await opened.report(['recipe.yaml'], { output: 'out.html' });
  assert.deepEqual(runs, ['tones']);
  assert.equal(project.read('out.html'), html);
  const accuracy = `${(finished.metrics.test_accuracy! * 100).toFixed(1)} %`;
  for (const piece of [accuracy, 'as locked', 'etude reproduce recipe.yaml', 'data:image/svg+xml', 'tone-00'])
    assert.ok(html.includes(piece), piece);

  const [record] = await opened.runs();
  const both = await opened.report(['recipe.yaml', record!.run]);
  assert.deepEqual(both.runs, ['tones', `tones · ${record!.run}`]);
  assert.match(both.html, /id="comparison"/);
  assert.match(both.html, /class="status run"/);

  const { html: page } = await opened.report(['recipe.yaml:picture']);
  assert.match(page, /<h1><bdi>Two tones/);
  const alone = await opened.report(['recipe.yaml', 'speech']);
  assert.deepEqual(alone.runs, ['recipe.yaml:speech']);
  for (const piece of ['tones · speech', 'etude run recipe.yaml --until speech', '<caption>Splits', '<audio'])
    assert.ok(alone.html.includes(piece), piece);
  assert.doesNotMatch(alone.html, /Confusion|Training/);
  await assert.rejects(opened.report(['recipe.yaml', 'nowhere']), /no run 'nowhere'/);
  await assert.rejects(opened.report(['recipe.yaml:scores']), /makes no report in HTML/);
});

test('curves, confusions and metrics are exported as DVC reads them', async () => {
  const project = toneProject(
    16,
    SHORT_TONE_RECIPE.replace('num_train_epochs: 1', 'num_train_epochs: 1, logging_steps: 1'),
  );
  const recipe = await project.open();
  await assert.rejects(recipe.exportPlots('plots'), /no evaluation and no training in the cache/);
  const { finished } = await project.run();
  const files = await recipe.exportPlots('plots');
  const read = (name: string) => JSON.parse(project.read(`plots/${name}`));
  const { metrics, plots } = parse(project.read('plots/dvc.yaml')) as {
    metrics: string[];
    plots: Record<string, { x: string; y: string | Record<string, string>; template: string }>[];
  };
  assert.deepEqual(metrics, ['metrics.json']);
  assert.equal(read('metrics.json').scores.test.accuracy, finished.metrics.test_accuracy);
  const described = Object.assign({}, ...plots) as (typeof plots)[number];
  assert.deepEqual(described['model/loss'], {
    x: 'step',
    y: { 'model/train/loss.json': 'loss', 'model/eval/loss.json': 'loss' },
    template: 'linear',
  });
  assert.ok(
    read('model/eval/loss.json').every(({ step, loss }: Record<string, number>) => step! > 0 && loss! > 0),
  );
  const confusion = described['scores/test/confusion_matrix.json'];
  assert.deepEqual(confusion, { x: 'actual', y: 'predicted', template: 'confusion' });
  const clips = read('scores/test/confusion_matrix.json') as Record<string, string>[];
  const right = clips.filter(({ actual, predicted }) => actual === predicted).length;
  assert.equal(right / clips.length, finished.metrics.test_accuracy);
  // An earlier export is replaced; what else is there is not.
  assert.deepEqual(await recipe.exportPlots('plots'), files);
  project.write('plots/mine.txt', '');
  await assert.rejects(recipe.exportPlots('plots'), /'.*plots' is not empty/);
});
