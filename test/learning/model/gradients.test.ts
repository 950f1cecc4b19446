import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelWeights } from '../../../src/learning/model/model.js';
import { testEngine } from '../../support/engine.js';
import { compute, maxDifference, reference } from '../../support/reference-model.js';

for (const name of ['group-norm', 'stable-layer-norm']) {
  test(`gradients of ${name} are the same on ${testEngine} and cpu`, async () => {
    const { model, expected } = await reference(name);
    const one = await compute(testEngine, model.config, model.weights, expected, true);
    const other = await compute('cpu', model.config, model.weights, expected, true);
    assert.ok(maxDifference(one.logits, other.logits) < 1e-5);
    for (const [parameter, gradient] of Object.entries(one.gradients)) {
      assert.ok(maxDifference(gradient, other.gradients[parameter]!) < 1e-5, parameter);
    }
  });

  test(`gradients of ${name} are the slopes of the loss (finite differences)`, async () => {
    const { model, expected } = await reference(name);
    const { gradients } = await compute(testEngine, model.config, model.weights, expected, true);
    // A step along each parameter's gradient raises the loss by the step times the gradient's norm.
    for (const part of [
      'feature_extractor.conv_layers.0.conv.weight',
      'pos_conv_embed.conv.parametrizations.weight.original1',
      'layers.1.attention.k_proj.weight',
      'classifier.weight',
    ]) {
      const parameter = Object.keys(gradients).find((key) => key.endsWith(part))!;
      const gradient = gradients[parameter]!;
      const norm = Math.hypot(...gradient);
      const step = 2e-3;
      const lossAt = async (direction: number) => {
        const { shape, data } = model.weights[parameter]!;
        const moved = data.map((value, index) => value + (direction * step * gradient[index]!) / norm);
        const weights: ModelWeights = { ...model.weights, [parameter]: { shape, data: moved } };
        return (await compute(testEngine, model.config, weights, expected, true, false)).loss;
      };
      const slope = ((await lossAt(1)) - (await lossAt(-1))) / (2 * step);
      assert.ok(Math.abs(slope - norm) < 0.01 * norm + 2e-4, `${parameter}: ${slope} and ${norm}`);
    }
  });
}
