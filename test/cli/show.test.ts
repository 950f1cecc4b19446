import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { normalizeArguments } from '../../src/cli/default-command.js';
import { confusionLines } from '../../src/cli/show/confusion.js';
import { waveform } from '../../src/cli/show/waveform.js';
import { paint } from '../../src/terminal/line.js';
import { table } from '../../src/terminal/table.js';
import { planLines } from '../../src/ui/plan-lines.js';

const colorless = picocolors.createColors(false);
const text = (lines: Parameters<typeof paint>[0][]) => lines.map((line) => paint(line, colorless));

test('a first word that looks like a recipe, or an option, means run; anything else is treated as a mistyped command', () => {
  const commands = ['run', 'plan'];
  const normal = (...args: string[]) => normalizeArguments(args, commands).join(' ');
  assert.equal(normal('pipelines/x.yaml'), 'run pipelines/x.yaml');
  assert.equal(normal('x.yml', '--jobs', '1'), 'run x.yml --jobs 1');
  assert.equal(normal('--keep-going', 'x.yaml'), 'run --keep-going x.yaml');
  assert.equal(normal('plan', 'x.yaml'), 'plan x.yaml');
  assert.equal(normal('pln', 'x.yaml'), 'pln x.yaml');
  assert.equal(normal('--help'), '--help');
  assert.equal(normal(), 'help');
});

test('the plan counts hits and has a line per stage that would run', () => {
  const rows = [
    { id: 'minds', uses: 'load', status: 'hit' as const, because: [] },
    {
      id: 'model',
      uses: 'train',
      status: 'run' as const,
      because: ['learning_rate 3e-5 → 1e-4'],
      predictedSeconds: 460,
    },
    {
      id: 'scores',
      uses: 'evaluate',
      status: 'run' as const,
      because: ['input model will change'],
      predictedSeconds: 4,
    },
  ];
  assert.deepEqual(text(planLines(rows, 80)), [
    '1 hit',
    'model   train     run  learning_rate 3e-5 → 1e-4  ≈ 7m 40s',
    'scores  evaluate  run  input model will change      ≈ 4.0s',
    '≈ 7m 44s in total',
  ]);
  const narrow = text(planLines(rows, 40));
  assert.equal(narrow[1], 'model   train     run  learni…  ≈ 7m 40s');
});

test('a confusion matrix is drawn if it fits, with names shortened first; otherwise its most common confusions are listed', () => {
  const labels = ['abroad', 'balance', 'freeze'];
  const matrix = [
    [9, 0, 1],
    [0, 10, 0],
    [2, 0, 8],
  ];
  assert.deepEqual(text(confusionLines(matrix, labels, 80)), [
    '  true class down, predicted across',
    '             0  1  2',
    '  abroad  0  9  ·  1',
    '  balance 1  · 10  ·',
    '  freeze  2  2  ·  8',
  ]);
  assert.equal(text(confusionLines(matrix, labels, 20))[3], '  balan… 1  · 10  ·');
  assert.deepEqual(text(confusionLines(matrix, labels, 12)), [
    '  most common confusions',
    '     2  fre…',
    '     1  abr…',
  ]);
});

test('a waveform shows the loudness of each part relative to the loudest', () => {
  const rising = Float32Array.from({ length: 800 }, (_, i) => (i % 2 ? -1 : 1) * (i / 800));
  assert.equal(waveform(rising, 8), '▂▃▄▄▅▆▇█');
  assert.equal(waveform(new Float32Array(100), 4), '▁▁▁▁');
  assert.equal(waveform(new Float32Array(0), 4), '');
});

test('a table keeps its columns and shortens only the flexible one', () => {
  const columns = [{ title: 'a' }, { title: 'why', flexible: true }, { title: 'n', align: 'right' as const }];
  const rows = [[{ text: 'x' }, { text: 'a long reason indeed' }, { text: '10' }]];
  assert.deepEqual(text(table(columns, rows, 18)), ['a  why           n', 'x  a long rea…  10']);
});
