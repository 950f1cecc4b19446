import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  await assert.rejects(opened.report(['recipe.yaml']), /no evaluation and no model in the cache/);
  await assert.rejects(opened.report(['nowhere']), /no run 'nowhere'/);

  const { finished, ...ran } = await project.run();
  assert.equal(finished.status, 'success', JSON.stringify(ran));
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
  await assert.rejects(opened.report(['recipe.yaml:scores']), /makes no report in HTML/);
});
