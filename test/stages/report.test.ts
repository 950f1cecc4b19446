import assert from 'node:assert/strict';
import { test } from 'node:test';
import report from '../../stages/report.js';
import { evaluationFile, reportedRun } from '../support/reported-run.js';
import { contextOf } from '../support/stage.js';

test('a report is an artifact with one page, without times and metrics of its own', async () => {
  const { evaluations, models, objects } = await reportedRun([
    evaluationFile(
      ['low', 'high'],
      [
        { truth: 0, guess: 1 },
        { truth: 1, guess: 1 },
      ],
    ),
  ]);
  const inputs = { evaluation: evaluations[0]!.artifact, model: models[0]!.artifact };
  const context = contextOf({ title: 'Tones <3', audio: '8MB' }, { objects, inputs });
  const { artifact } = await report.run(context);
  assert.deepEqual((await report.run(context)).artifact, artifact);
  assert.ok(artifact.kind === 'report');
  assert.deepEqual(artifact.metrics, {});
  const page = new TextDecoder().decode(await objects.read(artifact.files['report.html']!));
  assert.match(page, /<title>Tones &#60;3 /);
  assert.match(page, /<strong>50\.0 %<\/strong>/);
  assert.match(page, /1\.5 million parameters/);
});
