import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { classLines, durationLines } from '../../src/cli/show/histograms.js';
import { clipDurations, countClasses } from '../../src/project/dataset-summary.js';
import { paint } from '../../src/terminal/line.js';
import { clipBytes, clipDataset } from '../support/clips.js';
import { MemoryObjects } from '../support/memory-objects.js';

const text = (lines: Parameters<typeof paint>[0][]) =>
  lines.map((line) => paint(line, picocolors.createColors(false)).trimEnd());

test('classes are counted split by split, and durations are known without decoding', async () => {
  const objects = new MemoryObjects();
  const bytesOf = (number: number) => (number === 5 ? Uint8Array.of(1) : undefined);
  const dataset = await clipDataset(
    objects,
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    { train: [0, 2, 3], test: [4, 5] },
    (number) => bytesOf(number) ?? clipBytes(number),
  );
  const [counts] = await countClasses(dataset, objects, ['train', 'test']);
  assert.deepEqual(text(classLines(counts!, ['train', 'test'], 80)), [
    'label                            train  test',
    'low    ████████████████████████      2     1',
    'high   ████████████████              1     1',
  ]);
  const durations = await clipDurations(dataset, objects, ['train', 'test']);
  assert.deepEqual(
    durations.map(({ seconds }) => seconds),
    [[200 / 8000, 240 / 8000, 260 / 8000], [280 / 8000]],
  );
  const lines = text(durationLines(durations, 120));
  assert.match(lines[1]!, /^train audio +3 +\S+ +0\.03 s +0\.03 s +0\.03 s +█/);
  assert.match(lines[2]!, /^test audio +1 .*█$/);
});

test('many classes are cut off, and a class without rows has no bar', () => {
  const classes = Array.from({ length: 50 }, (_, id) => ({ label: `class ${id}`, rows: { train: 50 - id } }));
  const lines = text(classLines({ column: 'label', classes }, ['train'], 80));
  assert.equal(lines.length, 42);
  assert.equal(lines.at(-1), 'and 10 classes with fewer rows');
  const none = text(classLines({ column: 'label', classes: [{ label: 'never', rows: {} }] }, ['train'], 80));
  assert.match(none[1]!, /^never +· +0$/);
  assert.deepEqual(durationLines([{ column: 'audio', split: 'train', seconds: [] }], 80), []);
});
