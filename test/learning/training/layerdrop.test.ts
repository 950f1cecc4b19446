import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import * as tf from '../../../src/engine/tf.js';
import { RandomDraws } from '../../../src/learning/model/random-draws.js';
import { logitsOf } from '../../../src/learning/training/forward.js';
import { upload } from '../../../src/learning/training/upload-weights.js';
import { Random } from '../../../src/random/random.js';
import { tinyModel } from '../../support/training-setting.js';

it('layerdrop skips each layer with its probability, independently of the others, anew in each pass', async () => {
  await openEngine('cpu');
  const probability = 0.3;
  const { config, weights } = await tinyModel('stable-layer-norm', { layerdrop: probability });
  const draws = new RandomDraws(Random.stream(9, 'layers'));
  const batch = {
    inputs: { data: new Float32Array(160), shape: [1, 160] as [number, number] },
    labels: [0],
  };
  const tensors = upload(weights);
  tf.tidy(() => logitsOf(tensors, config, batch, { draws }));
  tf.dispose(tensors);
  const { drawn } = draws;
  assert.equal(drawn.length, config.num_hidden_layers);
  const passes = 10_000;
  const dropped = drawn.map(() => 0);
  let both = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    draws.droppedLayers = [];
    draws.redraw(drawn);
    for (const layer of draws.droppedLayers) dropped[layer]! += 1;
    if (draws.droppedLayers.length === drawn.length) both += 1;
  }
  for (const count of dropped) assert.ok(Math.abs(count / passes - probability) < 0.02, String(dropped));
  assert.ok(Math.abs(both / passes - probability ** 2) < 0.015, String(both));
});
