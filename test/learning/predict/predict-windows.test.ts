import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { audioInputs } from '../../../src/learning/predict/audio-inputs.js';
import { Classifier } from '../../../src/learning/predict/classifier.js';
import { predictFiles } from '../../../src/learning/predict/predict-files.js';
import type { Aggregate } from '../../../src/learning/training/aggregate.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { sharedTempFolder } from '../../support/temp-folder.js';
import { CUT, expected, writeWindowCalls } from '../../support/window-calls.js';

const root = sharedTempFolder('predict-windows');
before(() =>
  openEngine(testEngine, { threads: 1, device: testEngine === 'onnxruntime' ? testDevice : undefined }),
);

test('calls are classified by their windows as by transformers, whatever is computed at a time', async () => {
  writeWindowCalls(root);
  const folder = join(root, 'base');
  const files = readdirSync(folder).map((name) => ({ name, path: join(folder, name) }));
  const classifier = await Classifier.open(files, folder);
  const windows = { ...CUT, remainder: 'shift', min_length_s: 0 } as const;
  for (const [how, batchSize] of [
    ['mean_logits', 4],
    ['max', 1],
    ['vote', 64],
  ] as [Aggregate, number][]) {
    const inputs = await audioInputs([join(root, 'calls')]);
    const options = { topK: 1, batchSize, windows, aggregate: how };
    let call = 0;
    for await (const prediction of predictFiles(classifier, inputs, options)) {
      assert.ok('scores' in prediction);
      const { answers, scores, starts } = expected.calls[call++]!;
      assert.equal(prediction.windows, starts.length);
      assert.equal(prediction.scores[0]!.label, answers[how], `call ${call}, ${how}`);
      assert.ok(Math.abs(prediction.scores[0]!.score - scores[how]!) < 1e-4, `call ${call}, ${how}`);
    }
    assert.equal(call, expected.calls.length);
  }
});
