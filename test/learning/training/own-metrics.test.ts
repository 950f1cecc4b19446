import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { namedMetrics, TAKEN } from '../../../src/learning/training/named-metrics.js';
import { loadOwnMetrics, measureOwn, metricModules } from '../../../src/learning/training/own-metrics.js';
import type { MetricRequest } from '../../../src/stage/metric.js';
import type { OutlineProblem } from '../../../src/stage/stage-type.js';
import { placeAt } from '../../support/stage.js';
import { tempFolder } from '../../support/temp-folder.js';

const METRIC = 'export default { name: "cost", compute: ({ labels }) => labels.length };';

test('a metric of a module of the project gets labels, predictions, probabilities and names', async () => {
  const dir = tempFolder();
  writeFileSync(
    join(dir, 'cost.mjs'),
    `export default { name: 'cost', compute: (request) => {
    globalThis.requested = request;
    return 0.5;
  } };`,
  );
  const metrics = ['accuracy', './cost.mjs'];
  assert.deepEqual(metricModules(metrics), [{ param: 'metrics', module: './cost.mjs' }]);
  const ownMetrics = await loadOwnMetrics(metrics, TAKEN, placeAt(dir), ({ message }) =>
    assert.fail(message),
  );
  const logits = Float32Array.of(0, 0, Math.log(3), 0);
  const measured = { labels: [0, 1], predicted: [0, 0], logits, names: ['a', 'b'] };
  assert.deepEqual(namedMetrics({ metrics, ownMetrics }, measured), { accuracy: 0.5, cost: 0.5 });
  const { requested } = globalThis as unknown as { requested: { probabilities: number[][] } };
  delete (globalThis as { requested?: unknown }).requested;
  const { probabilities, ...rest } = requested;
  assert.deepEqual(rest, { labels: [0, 1], predictions: [0, 0], names: ['a', 'b'] });
  assert.deepEqual(
    probabilities.map((row) => row.map((share) => Number(share.toFixed(6)))),
    [
      [0.5, 0.5],
      [0.75, 0.25],
    ],
  );
});

test('all modules that are no metrics are reported, each at its place', async () => {
  const outer = tempFolder();
  const dir = join(outer, 'project');
  mkdirSync(dir);
  writeFileSync(join(outer, 'outside.mjs'), METRIC);
  const modules = {
    'none.mjs': 'export const x = 1;',
    'number.mjs': 'export default 3;',
    'uncomputed.mjs': 'export default { name: "x" };',
    'named.mjs': 'export default { name: "a/b", compute: () => 1 };',
    'taken.mjs': METRIC.replace('cost', 'loss'),
    'cost.mjs': METRIC,
    'twice.mjs': METRIC,
    'broken.mjs': 'export default {\n  ,',
  };
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(dir, name), text);
  const names = [...Object.keys(modules), 'missing.mjs', 'metric.py', '../outside.mjs'].map(
    (name) => `./${name}`,
  );
  const found: OutlineProblem[] = [];

  const loaded = await loadOwnMetrics(names, TAKEN, placeAt(dir), (problem) => found.push(problem));
  assert.deepEqual([...loaded.keys()], ['./cost.mjs']);
  assert.deepEqual(
    found.map(({ param, message }) => `${param[1]} ${message}`),
    [
      "0 the metric module './none.mjs' exports no metric",
      "1 the metric module './number.mjs' exports no metric",
      "2 the metric module './uncomputed.mjs' exports no metric",
      "3 'a/b' is no name for a metric",
      "4 there is another metric 'loss'",
      "6 there is another metric 'cost'",
      "7 the metric module './broken.mjs' cannot be loaded: Unexpected token ',' in line 2, column 3",
      "8 no such metric module: './missing.mjs'",
      "9 not a metric module: './metric.py'",
      "10 the metric module './../outside.mjs' is outside the project",
    ],
  );
});

test('a metric that is no finite number is an error', () => {
  const request = { labels: [], predictions: [], probabilities: [], names: [] };
  for (const [value, got] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['1', 'string'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Promise.resolve(1), 'a promise'],
  ] as const) {
    assert.throws(() => measureOwn({ name: 'cost', compute: () => value as number }, request), {
      message: "the metric 'cost' is not a number",
      got,
    });
  }
});

test('a metric that throws is named; one that changes what it gets changes nothing else', () => {
  const request = {
    labels: [0, 1],
    predictions: [1, 0],
    probabilities: [
      [0, 1],
      [1, 0],
    ],
    names: ['a', 'b'],
  };
  const failing = () => {
    throw new TypeError('boom');
  };
  assert.throws(() => measureOwn({ name: 'cost', compute: failing }, request), {
    name: 'EtudeError',
    message: "the metric 'cost' failed: boom",
    got: /^at .*failing/,
  });
  const before = structuredClone(request);
  const compute = (given: MetricRequest) => {
    (given.predictions as number[]).sort();
    (given.probabilities as number[][])[0]!.reverse();
    return 1;
  };
  assert.equal(measureOwn({ name: 'cost', compute }, request), 1);
  assert.deepEqual(request, before);
});
