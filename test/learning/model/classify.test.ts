import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testEngine } from '../../support/engine.js';
import {
  compute,
  isKeyBias,
  maxDifference,
  reference,
  relativeDifference,
} from '../../support/reference-model.js';

const kinds = [
  'group-norm',
  'stable-layer-norm',
  'weighted-sum',
  'stable-weighted-sum',
  'tied-weighted-sum',
  'hubert',
  'hubert-large',
];

describe('the classifier computes what transformers computes', () => {
  for (const [name, masked] of kinds.flatMap((kind) => [[kind, false] as const, [kind, true] as const])) {
    for (const engine of ['cpu', testEngine] as const) {
      it(`${name}, ${masked ? 'with' : 'without'} attention mask, on ${engine}`, async () => {
        const { model, expected } = await reference(name);
        const kind = masked ? 'masked' : 'plain';
        const computed = await compute(engine, model.config, model.weights, expected, masked);
        assert.ok(maxDifference(computed.logits, expected.read(`${kind}.logits`).data) < 1e-5, 'logits');
        assert.ok(Math.abs(computed.loss - expected.read(`${kind}.loss`).data[0]!) < 1e-5, 'loss');
        const names = [...expected.entries.keys()].filter((key) => key.startsWith(`${kind}.grad.`));
        assert.deepEqual(
          names.map((key) => key.slice(kind.length + 6)).sort(),
          Object.keys(computed.gradients).sort(),
        );
        for (const key of names) {
          const gradient = computed.gradients[key.slice(kind.length + 6)]!;
          assert.ok(maxDifference(gradient, expected.read(key).data) < 1e-5, key);
          if (!isKeyBias(key)) assert.ok(relativeDifference(gradient, expected.read(key).data) < 1e-4, key);
        }
      });
    }
  }
});
