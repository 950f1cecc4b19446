import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { makeReport } from '../../../src/learning/report/make-report.js';
import { html } from '../../../src/learning/report/page/html.js';
import type { ReportedRun, Section } from '../../../src/learning/report/section.js';
import { evaluationFile, HOSTILE, reportedRun } from '../../support/reported-run.js';

const CLIPS = [
  { truth: 0, guess: 0 },
  { truth: 0, guess: 1, file: 'low/<b>.wav' },
  { truth: 1, guess: 1 },
  { truth: 1, guess: 1 },
];

test('the same artifacts give the same file, with the numbers in it', async () => {
  const run = await reportedRun([evaluationFile(['low', 'high'], CLIPS)]);
  const page = await makeReport([run], { title: 'tones' });
  assert.equal(await makeReport([run], { title: 'tones' }), page);
  for (const piece of ['75.0 %', 'low/&#60;b&#62;.wav', '1.5 million parameters', '2.25', '1.125'])
    assert.ok(page.includes(piece), piece);
  assert.doesNotMatch(page, /<script|https?:(?!\/\/www\.w3\.org)|NaN|undefined/);
  const models = run.models.map((model) => ({
    ...model,
    artifact: { ...model.artifact, num_parameters: 4242 },
  }));
  assert.match(await makeReport([{ ...run, models }], { title: 'tones' }), /<p>4,242 parameters/);
});

test('a run without results, an empty split and a class that does not occur are shown as that', async () => {
  const nothing: ReportedRun = { ...(await reportedRun([])), evaluations: [], models: [] };
  assert.match(await makeReport([nothing], { title: 'none' }), /None of its results is in the cache/);
  const files = [
    evaluationFile(['low', 'high', 'never'], CLIPS),
    evaluationFile(['low', 'high'], [], 'empty'),
  ];
  const page = await makeReport([await reportedRun(files)], { title: 'tones' });
  assert.doesNotMatch(page, /NaN|Infinity|undefined/);
});

test('hundreds of classes are a picture rather than a table of thousands of cells', async () => {
  const labels = Array.from({ length: 300 }, (_, i) => `class ${i}`);
  const clips = Array.from({ length: 3000 }, (_, i) => ({
    truth: i % 300,
    guess: i % 7 === 0 ? (i * 31) % 300 : i % 300,
  }));
  const page = await makeReport([await reportedRun([evaluationFile(labels, clips)])], { title: 'many' });
  assert.doesNotMatch(page, /class="matrix"/);
  // The whole picture has a name, and its parts must not.
  assert.doesNotMatch(page, /<(g|rect|path)[^>]* aria-label=/);
  assert.ok(page.length < 2_000_000, String(page.length));
});

test('several runs are compared, the best value of each metric in bold', async () => {
  const better = await reportedRun([evaluationFile(['low', 'high'], CLIPS)], { name: 'better' });
  const worse = await reportedRun([evaluationFile(['low', 'high'], [...CLIPS, CLIPS[1]!])], {
    name: 'worse',
  });
  const page = await makeReport([worse, better], { title: 'both' });
  const [comparison] = /<section id="comparison".*?<\/section>/s.exec(page)!;
  assert.match(comparison, /<strong>0\.750<\/strong>/);
  assert.match(comparison, /0\.600/);
  assert.deepEqual(
    [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id).sort(),
    [...new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))].sort(),
  );
});

test('a section’s values and script are in the page, and only that script may run', async () => {
  const script = 'document.title = "ran";';
  const section: Section = {
    id: 'extra',
    title: 'Extra',
    make: async ({ name }) => ({ body: html`<p>${name}</p>`, data: HOSTILE, script }),
  };
  const run = await reportedRun([]);
  const page = await makeReport([run, run], { title: 'x', sections: [section] });
  const hash = createHash('sha256').update(script).digest('base64');
  assert.ok(page.includes(`script-src &#39;sha256-${hash}&#39;;`));
  assert.equal(page.split(script).length, 2);
  const [, values] = /<script type="application\/json" id="run-0-extra-data">(.*?)<\/script>/s.exec(page)!;
  assert.deepEqual(JSON.parse(values!), HOSTILE);
});

test('several labels are shown with their figures and curves, unless the file is not what it should be', async () => {
  const predictions = [
    { row: 0, labels: ['<rain>', 'wind'], predicted: ['<rain>'], scores: [0.9, 0.2] },
    { row: 1, labels: [], predicted: ['<rain>'], scores: [0.6, 0.1] },
    { row: 2, labels: ['wind'], predicted: [], scores: [0.1, 0.3] },
  ];
  const figures = { precision: 0.5, recall: 0.625, f1: 0.5625, average_precision: 0.875, support: 17 };
  const classes = ['<rain>', 'wind'].map((label) => ({ label, threshold: 0.35, ...figures }));
  const file = { split: 'test', num_rows: 3, metrics: { mAP: 0.875 }, labels: ['<rain>', 'wind'], classes };
  const whole = JSON.stringify({ ...file, predictions });
  const page = await makeReport([await reportedRun([whole])], { title: 'sounds' });
  for (const piece of ['Measures by label', 'Average precision', '0.35', '0.625', '>17<', '&#60;rain&#62;'])
    assert.ok(page.includes(piece), piece);
  assert.match(page, /Labels, the lowest F1 first/);
  assert.match(page, /Precision-recall curves of split test/);
  assert.doesNotMatch(page, /<rain>|NaN|undefined/);
  const odd = [
    { ...file, predictions: [{ row: 0, labels: ['wind'], scores: [0.5] }] },
    { ...file, predictions, classes: [{ label: 'wind' }] },
  ].map((value) => JSON.stringify(value));
  assert.doesNotMatch(await makeReport([await reportedRun(odd)], { title: 'odd' }), /Measures by label/);
});

test('numbers are shown as predicted against true, with the largest residuals first', async () => {
  const predictions = [
    { row: 0, value: [1, 10], predicted: [1.5, 10] },
    { row: 1, value: [2, 10], predicted: [1.25, 10] },
  ];
  const file = { split: 'test', num_rows: 2, metrics: { mse: 0.4 }, labels: ['age', '<b>'], predictions };
  const page = await makeReport([await reportedRun([JSON.stringify(file)])], { title: 'numbers' });
  assert.match(page, /Predicted against true age of split test/);
  // Mean, spread, mean of the absolute values, largest.
  assert.match(page, /<th [^>]*>age<\/th>(<td [^>]*>[^<]*<\/td>){4}/);
  for (const piece of ['-0.125', '0.625', '>0.75<']) assert.ok(page.includes(piece), piece);
  const [, list] = /The largest residuals of age<.caption>(.*?)<.table>/s.exec(page)!;
  assert.ok(list!.indexOf('-0.75') < list!.indexOf('0.5<'), list);
  assert.doesNotMatch(page, /<b>|NaN|Infinity|undefined/);
  const single = { ...file, labels: ['age'], predictions: [{ row: 0, value: 1, predicted: 3 }] };
  assert.match(await makeReport([await reportedRun([JSON.stringify(single)])], { title: 'one' }), />2<\/td>/);
});
