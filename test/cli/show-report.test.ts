import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { openDatasetView } from '../../src/cli/show/dataset.js';
import { openReportView } from '../../src/cli/show/report.js';
import { encodeColumn } from '../../src/learning/data/column.js';
import { makeSplit } from '../../src/learning/data/dataset.js';
import type { PipelineStage } from '../../src/pipeline/recipe/pipeline.js';
import type { Origin } from '../../src/project/report-clip-names.js';
import type { Artifact, DatasetArtifact, Features } from '../../src/stage/artifact.js';
import { paint } from '../../src/terminal/line.js';
import evaluate from '../../stages/evaluate.js';
import load from '../../stages/load.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import rename from '../../stages/rename.js';
import { MemoryObjects } from '../support/memory-objects.js';

const objects = new MemoryObjects();
const ROWS = 8;

async function dataset(
  features: Features,
  values: Record<string, unknown[]>,
  rows = ROWS,
): Promise<DatasetArtifact> {
  const columns = Object.fromEntries(
    await Promise.all(
      Object.entries(features).map(
        async ([name, feature]) => [name, await objects.put(encodeColumn(feature, values[name]!))] as const,
      ),
    ),
  );
  // Reversed: a row of the split is not the row of the same number in the data.
  const order = Array.from({ length: rows }, (_, i) => rows - 1 - i);
  const splits = { test: await makeSplit(order, objects) };
  return { kind: 'dataset', features, splits, chunks: [{ rows, columns }] };
}

const label = { _type: 'ClassLabel', names: ['no', 'yes'] } as const;
const labels = Array.from({ length: ROWS }, (_, i) => i % 2);
const clips = labels.map((_, i) => ({ bytes: null, path: `clip-${i}.wav` }));
const sound = await dataset({ audio: { _type: 'Audio' }, label } as unknown as Features, {
  audio: clips,
  label: labels,
});
const encoded = await dataset({ label } as unknown as Features, { label: labels });

/**
 * All of one class, in the order of the split: every other row is misclassified, the first with the most
 * confidence.
 */
const predictions = labels.map((_, row) => ({
  row,
  label: row % 2 ? 'yes' : 'no',
  predicted: 'yes',
  score: 0.9 - row / 100,
}));
const body = { split: 'test', num_rows: ROWS, metrics: {}, labels: ['no', 'yes'], classes: [], predictions };
const file = await objects.put(
  Buffer.from(
    JSON.stringify({
      ...body,
      confusion_matrix: [
        [0, 4],
        [0, 4],
      ],
    }),
  ),
);
const report = {
  kind: 'report' as const,
  metrics: { test: { accuracy: 0.5 } },
  files: { 'test.json': file },
};

function origin(middle: { keepsRows?: boolean }, artifacts: Record<string, Artifact>): Origin {
  const stage = (id: string, type: object, from: Record<string, string>) =>
    ({ id, type, from }) as unknown as PipelineStage;
  const scores = stage('scores', evaluate, { model: 'model', dataset: 'encoded' });
  const stages = [stage('sound', load, {}), stage('encoded', middle, { dataset: 'sound' }), scores];
  return { stage: scores, stages, artifacts: new Map(Object.entries(artifacts)) };
}

const reportShown = async (from: Origin | undefined, rows = Number.POSITIVE_INFINITY) => {
  const view = await openReportView(report, objects, { rows, origin: from });
  const { splits } = (await view.json()) as { splits: { test: { predictions: { file?: string }[] } } };
  return {
    ...splits.test,
    text: (await view.lines(80)).map((line) => paint(line, picocolors.createColors(false))),
  };
};

test("a report's JSON includes every prediction with its file; a limit is stated", async () => {
  const whole = await reportShown(origin(mapPreprocess, { sound, encoded }));
  assert.equal(whole.predictions.length, ROWS);
  assert.equal('predictions_limit' in whole, false);
  assert.deepEqual(
    whole.predictions.map((each) => each.file),
    labels.map((_, i) => `clip-${ROWS - 1 - i}.wav`),
  );
  const cut = await reportShown(origin(rename, { sound, encoded }), 3);
  assert.deepEqual(
    [cut.predictions.length, (cut as { predictions_limit?: number }).predictions_limit],
    [3, 3],
  );
});

test("mistakes name the clip's file", async () => {
  const { text } = await reportShown(origin(mapPreprocess, { sound, encoded }), 2);
  assert.match(
    text.join('\n'),
    /2 of 4 rows misclassified[\s\S]*row +file[\s\S]*0 +clip-7\.wav +no +yes[\s\S]*2 +clip-5\.wav/,
  );
});

test('no file is named where rows may not match: filtered, reordered, or missing from the cache', async () => {
  const fewer = await dataset(
    { audio: { _type: 'Audio' } } as unknown as Features,
    { audio: clips.slice(1) },
    ROWS - 1,
  );
  const unsure = [
    origin(mapPreprocess, { sound: fewer, encoded }),
    origin({}, { sound, encoded }),
    origin(mapPreprocess, { encoded }),
    origin(mapPreprocess, { sound }),
    undefined,
  ];
  for (const each of unsure)
    assert.deepEqual(
      (await reportShown(each)).predictions.map(({ file: name }) => name),
      labels.map(() => undefined),
    );
});

test("a dataset's JSON says when it contains only the first rows", async () => {
  const shown = async (rows: number) =>
    ((await openDatasetView(encoded, objects, { rows }).json()) as { splits: { test: object } }).splits.test;
  assert.deepEqual(await shown(1), { num_rows: ROWS, rows_limit: 1, rows: [{ label: 1 }] });
  assert.equal('rows_limit' in (await shown(Number.POSITIVE_INFINITY)), false);
});

test('a report of several labels a clip shows the figures of each label; one of numbers, its metrics', async () => {
  const stored = async (parts: object) =>
    objects.put(Buffer.from(JSON.stringify({ split: 'test', num_rows: 2, metrics: {}, ...parts })));
  const label = { label: 'si\u001bren', threshold: 0.3, precision: 0.5, recall: 1, f1: 2 / 3 };
  const answers = [{ row: 0, labels: [], predicted: ['siren'], scores: [0.4] }];
  const view = async (parts: object) => {
    const files = { 'test.json': await stored({ labels: ['siren'], predictions: answers, ...parts }) };
    const artifact = { kind: 'report' as const, metrics: { test: { mAP: 0.75 } }, files };
    return openReportView(artifact, objects, { rows: 5 });
  };
  const several = await view({
    num_clips: 1,
    aggregate: 'vote',
    classes: [{ ...label, average_precision: 0.75, support: 1 }],
  });
  const lines = (await several.lines(100)).map((line) => paint(line, picocolors.createColors(false)));
  assert.match(lines.join('\n'), /test {2}1 clip of 2 windows, vote/);
  assert.match(lines.at(-1)!, /^ {2}sien +0\.75 +0\.50 +1\.00 +0\.67 +0\.3 +1$/);
  for (const classes of [undefined, [label], 'x']) {
    const plain = (await (await view({ classes })).lines(100)).map((line) =>
      paint(line, picocolors.createColors(false)),
    );
    assert.match(plain.at(-1)!, /^test +0\.750$/);
  }
  const { splits } = (await several.json()) as { splits: Record<string, { predictions: unknown[] }> };
  assert.deepEqual(JSON.parse(JSON.stringify(splits.test!.predictions)), answers);
});
