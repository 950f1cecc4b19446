import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { predictions } from '../../../src/learning/training/metrics.js';
import {
  checkDefined,
  checkMetrics,
  METRIC_NAMES,
  type NamedMetrics,
  namedMetrics,
} from '../../../src/learning/training/named-metrics.js';

interface Case {
  labels: number[];
  logits: number[];
  classes: number;
  metrics: Record<string, number>;
  f1: Record<string, number>;
  top_k: Record<string, number>;
}

const fixture = new URL('../../fixtures/training/named-metrics.json', import.meta.url);
const cases: Record<string, Case> = JSON.parse(readFileSync(fixture, 'utf8'));
const letters = (size: number) => Array.from('abcdef').slice(0, size);

function measure({ labels, logits, classes }: Case, how: NamedMetrics): Record<string, number> {
  const values = Float32Array.from(logits);
  const { predicted } = predictions(values, classes);
  return namedMetrics(how, { labels, predicted, logits: values, names: letters(classes) });
}

function near(got: number | undefined, expected: number, what: string): void {
  assert.ok(Math.abs(got! - expected) < 1e-12, `${what}: ${got}, not ${expected}`);
}

describe("metrics by name equal scikit-learn's", () => {
  for (const [name, each] of Object.entries(cases)) {
    it(name, () => {
      const found = measure(each, { metrics: [...METRIC_NAMES] });
      assert.deepEqual(Object.keys(found).sort(), [...METRIC_NAMES].sort());
      for (const [metric, value] of Object.entries(each.metrics)) near(found[metric], value, metric);
      for (const [f1_average, value] of Object.entries(each.f1) as [NamedMetrics['f1_average'], number][])
        near(measure(each, { metrics: ['f1'], f1_average }).f1, value, `f1 ${f1_average}`);
      for (const [top_k, value] of Object.entries(each.top_k))
        near(
          measure(each, { metrics: ['top_k_accuracy'], top_k: Number(top_k) }).top_k_accuracy,
          value,
          top_k,
        );
    });
  }

  it('also if everything is one class', () => {
    const one = { ...cases.five!, labels: [1, 1], logits: [0, 9, 0, 0, 0, 0, 9, 0, 0, 0] };
    const found = measure(one, { metrics: ['matthews_corrcoef', 'balanced_accuracy', 'f1'] });
    assert.deepEqual(found, { matthews_corrcoef: 0, balanced_accuracy: 1, f1: 1 });
  });
});

describe('options of metrics', () => {
  const problems = (how: NamedMetrics, size?: number) => {
    const found: string[] = [];
    const names = size === undefined ? undefined : letters(size);
    checkMetrics(how, names, ({ param, message }) => found.push(`${param.join('.')}: ${message}`));
    return found;
  };

  it('without the metric that they are for are reported', () => {
    assert.deepEqual(problems({ metrics: ['f1', 'top_k_accuracy'], f1_average: 'binary', top_k: 3 }), []);
    assert.match(problems({ f1_average: 'micro', top_k: 3 }).join(), /^f1_average: .*,top_k: /);
  });

  it('that do not fit the classes are reported', () => {
    assert.match(problems({ metrics: ['top_k_accuracy'] }, 2)[0]!, /^metrics\.0: the 2 best of 2 classes/);
    assert.match(problems({ metrics: ['top_k_accuracy'], top_k: 6 }, 5)[0]!, /^top_k: the 6 best of 5/);
    assert.deepEqual(problems({ metrics: ['top_k_accuracy'], top_k: 4 }, 5), []);
    assert.match(problems({ metrics: ['f1'], f1_average: 'binary' }, 3)[0]!, /for two classes/);
    assert.deepEqual(problems({ metrics: ['f1'], f1_average: 'binary' }, 2), []);
  });

  it('that a split leaves undefined are reported', () => {
    const check = (labels: number[]) => {
      const found: string[] = [];
      checkDefined({ metrics: ['ece', 'roc_auc'] }, { split: 'test', labels }, (problem) =>
        found.push(`${problem.param.join('.')}: ${problem.message}`),
      );
      return found;
    };
    assert.deepEqual(check([2, 2, 1]), []);
    assert.deepEqual(check([2, 2]), [
      "metrics.1: roc_auc is undefined: all rows of split 'test' are of one class",
    ]);
  });
});
