import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunFinished } from '../../../src/pipeline/run/run-pipeline.js';
import { commandsOf } from '../../../src/project/run-summary/commands.js';
import { markdownLines, markdownTable, markdownText } from '../../../src/project/run-summary/markdown.js';
import { summaryOf } from '../../../src/project/run-summary/run-summary.js';
import { MemoryObjects } from '../../support/memory-objects.js';

const HOSTILE = '<img src=x> a\\|b `c` *d* [e](https://evil.example) </pre> \u001b[31m\n# f www.evil.example';

const finished: RunFinished = {
  at: 0,
  type: 'run-finished',
  status: 'failed',
  seconds: 72,
  stages: [
    { id: 'model', uses: 'train', status: 'run', because: ['learning_rate 3e-5 → 1e-4'], seconds: 70.4 },
    {
      id: HOSTILE,
      uses: HOSTILE,
      status: 'failed',
      because: [HOSTILE],
      seconds: 1,
      error: `${HOSTILE}\n  x`,
    },
    { id: 'later', uses: 'evaluate', status: 'skipped', because: ['x failed'], seconds: 0 },
  ],
  metrics: {},
  metricNames: {},
  models: { model: `${process.cwd()}/.etude/models/tones/model` },
};

async function summarized(changes: Partial<RunFinished> = {}): Promise<string> {
  const objects = new MemoryObjects();
  const evaluation = {
    split: 'test',
    labels: ['a', 'b'],
    confusion_matrix: [
      [3, 1],
      [0, 4],
    ],
    intervals: { level: 0.95, accuracy: [0.625, 1] },
  };
  const artifact = {
    kind: 'report' as const,
    metrics: { test: { loss: 0.4, accuracy: 0.875 }, [HOSTILE]: { [HOSTILE]: 2 } },
    files: { 'test.json': await objects.put(Buffer.from(JSON.stringify(evaluation))) },
  };
  return summaryOf({
    pipeline: HOSTILE,
    engine: 'cpu 4.22',
    finished: { ...finished, ...changes },
    entries: new Map([['scores', { artifact }]]),
    objects,
    commands: ['etude run recipe.yaml'],
  });
}

test('metrics come with their intervals, stages with why they ran and their time, models with their folder', async () => {
  const text = await summarized();
  assert.match(text, /\| stage \| split \| accuracy \|.*\| loss \|\n/);
  assert.match(
    text,
    /<code>scores<\/code> \| <code>test<\/code> \| 0\.875 \(0\.625–1\.000\) \|.*\| 0\.400 \|/,
  );
  assert.match(text, /\| <code>model<\/code> \| train \| run \| learning_rate 3e-5 → 1e-4 \| 1m 10s \|/);
  assert.match(text, /\| <code>later<\/code> \| evaluate \| skipped \| x failed \| {2}\|/);
  assert.match(text, /\| <code>model<\/code> \| <code>\.etude\/models\/tones\/model<\/code> \|/);
  assert.match(text, /<pre>\netude run recipe\.yaml\n<\/pre>\n$/);
});

test('names and messages stay text, whatever Markdown or HTML is in them', async () => {
  const text = await summarized();
  const ours = text.replaceAll(/<pre>[^<]*<\/pre>|<\/?code>/g, '');
  assert.doesNotMatch(ours, /[<>\\`]|\]\(|https:|www\.|^# f/m);
  assert.ok(!text.includes('\u001b'));
  // A cell's text ends no cell.
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('hit/run'));
  const hostile = text.split('\n').find((line) => line.startsWith('| <code>&#60;img'))!;
  assert.equal(hostile.split('|').length, rows[0]!.split('|').length);
  assert.equal(markdownText('snake_case at 10:30, 3e-5'), 'snake_case at 10:30, 3e-5'.replace(':', '&#58;'));
  // Neither a list nor a line across the page.
  assert.equal(markdownText('- a'), '&#45; a');
  assert.equal(markdownText('---'), '&#45;--');
  assert.equal(markdownText('1. a, -0.5'), '1&#46; a, -0.5');
  assert.equal(markdownText('-0.5'), '-0.5');
  assert.equal(markdownText('__f__ a_b'), '&#95;&#95;f&#95;&#95; a_b');
  assert.equal(markdownText('x'.repeat(1000)).length, 301);
  assert.equal(markdownLines(['</pre><b>', '  & x']), '<pre>\n&#60;/pre&#62;&#60;b&#62;\n  &#38; x\n</pre>');
});

test('a long table ends with how many more rows there are', () => {
  const rows = Array.from({ length: 250 }, (_, i) => [String(i)]);
  const lines = markdownTable([{ title: 'n', isNumeric: true }], rows).split('\n');
  assert.deepEqual(lines.slice(0, 3), ['| n |', '| ---: |', '| 0 |']);
  assert.deepEqual(lines.slice(-3), ['| 199 |', '', '… and 50 more']);
});

test('a matrix is a table of its combinations, the best one marked, and of the means of repetitions', async () => {
  const cell = (seed: number, rate: number, accuracy: number) => ({
    params: { rate, seed },
    status: 'success' as const,
    metrics: { test_loss: 1, test_accuracy: accuracy },
    seconds: 3,
    stages: {},
  });
  const text = await summarized({
    matrix: {
      metric: 'test_accuracy',
      best: 1,
      cells: [cell(1, 0.1, 0.5), { ...cell(1, 0.2, 0.75), params: { rate: '<i>', seed: 1 } }],
      repetitions: {
        over: ['seed'],
        best: 0,
        groups: [
          { params: { rate: 0.1 }, cells: 2, metrics: { test_accuracy: { mean: 0.5, std: 0.1, of: 2 } } },
        ],
      },
    },
  });
  assert.match(text, /\| rate \| seed \| test accuracy \| test loss \| time \| {2}\|/);
  assert.match(
    text,
    /\| <code>&#60;i&#62;<\/code> \| <code>1<\/code> \| 0\.750 \| 1\.000 \| 3\.0s \| ← best \|/,
  );
  assert.match(text, /\| <code>0\.1<\/code> \| mean \| 0\.500 ± 0\.100 \| {2}\| {2}\| {2}\|/);
});

test('the commands name the stages and overrides as a shell reads them', () => {
  const recipe = { file: `${process.cwd()}/my recipe.yaml`, overrides: { set: ['a=1', "b='x'"] } };
  assert.deepEqual(commandsOf(recipe, { stages: ['scores'] }, true), [
    `etude run 'my recipe.yaml' scores --set a=1 --set 'b='\\''x'\\'''`,
    `etude reproduce 'my recipe.yaml'`,
  ]);
});
