import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { layOut } from '../../src/terminal/columns.js';
import { type Line, lineWidth, paint } from '../../src/terminal/line.js';
import { headerLine, logLines } from '../../src/ui/header.js';
import { liveLines } from '../../src/ui/live-lines.js';
import { finishedLine } from '../../src/ui/stage-lines.js';
import { summaryLines } from '../../src/ui/summary.js';
import { initialView, reduce } from '../../src/ui/view-model.js';
import {
  cancelledRun,
  EventScript,
  failedRun,
  guideRun,
  hitsOnly,
  trainingAt,
} from '../support/ui/events.js';
import { manyStages } from '../support/ui/many-stages.js';
import { matchSnapshot } from '../support/ui/snapshot.js';

const colorless = picocolors.createColors(false);
const scripts: Record<string, () => EventScript> = {
  guideRun,
  hitsOnly,
  failedRun,
  cancelledRun,
  manyStages,
};

/** The complete output at a moment: what has scrolled up, the live region, and at the end the summary. */
function picture(script: EventScript, until: number, columns: number): { still: Line[]; live: Line[] } {
  let view = initialView;
  const still: Line[] = [];
  for (const event of script.events) {
    if (event.at > until) break;
    view = reduce(view, event);
    if (event.type === 'run-started') still.push(headerLine(view, columns - 1));
    if (event.type === 'stage-log') still.push(...logLines(event.text, event.level, event.id, columns - 1));
    if (event.type === 'stage-finished') {
      still.push(finishedLine(view.stages.find(({ id }) => id === event.id)!, layOut(view.stages, columns)));
    }
  }
  still.push(...summaryLines(view, columns - 1, '/home/me'));
  return { still, live: liveLines(view, { columns, rows: 24 }, until, 3) };
}

for (const columns of [40, 80, 120]) {
  test(`output at ${columns} columns`, () => {
    const moments: [name: string, at: number][] = [
      ['guideRun', 1200],
      ['guideRun', 60_000],
      ['guideRun', 1e9],
      ['hitsOnly', 1e9],
      ['failedRun', 1e9],
      ['cancelledRun', 1000],
      ['cancelledRun', 8500],
      ['manyStages', 600],
    ];
    const shown = moments.map(([name, at]) => {
      const { still, live } = picture(scripts[name]!(), at, columns);
      const lines = [...still, ...live].map((line) => paint(line, colorless));
      return [`──── ${name} at ${at / 1000} s`, ...lines].join('\n');
    });
    matchSnapshot(`columns-${columns}`, shown.join('\n'));
  });
}

test('no line is wider than the terminal less one, and the live region is lower than it, at any size and moment', () => {
  for (const [name, script] of Object.entries(scripts)) {
    const { events } = script();
    for (const columns of [20, 33, 40, 59, 60, 80, 120, 300]) {
      let view = initialView;
      for (const [i, event] of events.entries()) {
        view = reduce(view, event);
        if (i % 23 !== 0 && i !== events.length - 1) continue;
        const layout = layOut(view.stages, columns);
        const lines = [
          headerLine(view, columns - 1),
          ...view.stages.map((stage) => finishedLine(stage, layout)),
          ...summaryLines(view, columns - 1),
        ];
        for (const rows of [3, 10, 24]) {
          const live = liveLines(view, { columns, rows }, event.at + 50, i);
          assert.ok(live.length <= rows - 2, `${name}: ${live.length} live lines on ${rows} rows`);
          lines.push(...live);
        }
        for (const line of lines)
          if (lineWidth(line) > Math.max(20, columns - 1))
            assert.fail(`${name} at ${columns} columns: ${paint(line, colorless)}`);
      }
    }
  }
});

test('stage lines of a run line up: every time ends in the same column', () => {
  const { still } = picture(guideRun(), 1e9, 80);
  const times = still.slice(1).filter((line) => line[0]?.text === '✔ ' && line.length > 4);
  assert.equal(times.length, 8);
  assert.deepEqual(new Set(times.map(lineWidth)), new Set([79]));
});

test('what a stage says of its result uses the room that the reasons leave, and is not cut inside a word', () => {
  const at80 = (summary: string) => {
    const because = ['never run'];
    const script = new EventScript().started([
      { id: 'features', uses: 'map-preprocess', status: 'run', because },
    ]);
    script.stage('features').finished('features', 'run', 1.6, { summary });
    return paint(picture(script, Number.POSITIVE_INFINITY, 80).still[1]!, colorless);
  };
  assert.match(at80('train 669, test 171, unseen 140'), / {2}train 669, test 171, unseen 140 +1\.6s$/);
  assert.match(at80('train 669, test 171, hard 14 (calls)'), / {2}train 669, test 171, hard 14… +1\.6s$/);
  assert.match(at80(`1120 ${'x'.repeat(40)}`), / {2}1120 x{25}… +1\.6s$/);
});

test('there is a space between the loss and its curve, however small the loss is', () => {
  const { events } = guideRun();
  let view = initialView;
  for (const event of events.filter(({ at }) => at <= 60_000)) {
    if (event.type === 'stage-progress' && event.training) {
      view = reduce(view, { ...event, training: { ...event.training, loss: 0.0241 } });
    } else view = reduce(view, event);
  }
  for (const columns of [40, 80, 120]) {
    const text = liveLines(view, { columns, rows: 24 }, 60_000, 0).map((line) => paint(line, colorless));
    assert.match(text.join('\n'), /loss 0\.024 [▁▂▃▄▅▆▇█]/);
  }
});

test('at 40 columns a named part is shown by its name, and its percentage is not taken for that of the total', () => {
  const script = new EventScript().started([{ id: 'model', uses: 'train', status: 'run', because: ['x'] }]);
  script.stage('model').wait(1);
  script.progress('model', { done: 31, total: 100, unit: 'clips', phase: 'convolution features (train)' });
  const live = () => picture(script, Number.POSITIVE_INFINITY, 40).live.map((line) => paint(line, colorless));
  assert.match(live()[0]!, /^⠸ model {2}convolution fe… +31 %/);
  script.wait(1).progress('model', trainingAt(12, 100));
  assert.match(live()[0]!, /^⠸ model {2}━+[╸─]─+ +12 %/);
  assert.match(live()[1]!, /loss/);
  script.wait(1).progress('model', { done: 1, total: 2, unit: 'clips', phase: 'evaluating (test)' });
  assert.match(live()[0]!, /^⠸ model {2}evaluating +12 %/);
});

test('a run of hits says what it did to the folders of models', () => {
  const last = (changed?: Record<string, 'written' | 'repaired'>) => {
    const script = new EventScript().started([{ id: 'model', uses: 'train', status: 'hit', because: [] }]);
    script.finished('model', 'hit', 0).ended('success', {}, {}, changed);
    return paint(picture(script, Number.POSITIVE_INFINITY, 80).still.at(-1)!, colorless);
  };
  assert.equal(last(), '✔ 1 hit: nothing has changed · 0.0s');
  assert.equal(last({ model: 'repaired' }), '✔ 1 hit: 1 model folder repaired · 0.0s');
  assert.equal(
    last({ a: 'written', b: 'repaired', c: 'repaired' }),
    '✔ 1 hit: 2 model folders repaired, 1 written · 0.0s',
  );
});

test('no metric is left out of a narrow summary', () => {
  const script = new EventScript().started([{ id: 'scores', uses: 'evaluate', status: 'run', because: [] }]);
  const names = ['accuracy', 'f1_macro', 'f1_weighted', 'loss'];
  const metrics = { unseen_voices: Object.fromEntries(names.map((name, i) => [name, i / 10])) };
  script.stage('scores').finished('scores', 'run', 1).ended('success', metrics);
  for (const columns of [21, 30, 40, 120]) {
    const text = picture(script, Number.POSITIVE_INFINITY, columns).still.map((line) =>
      paint(line, colorless),
    );
    for (const word of ['accuracy', 'f1 macro', 'f1 weighted', 'loss', '0.300'])
      assert.ok(columns < 30 || text.join('\n').includes(word), `${word} at ${columns}`);
    assert.ok(text.every((line) => line.length <= columns));
  }
});
