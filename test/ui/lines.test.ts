import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { layOut } from '../../src/ui/columns.js';
import { headerLine, logLines } from '../../src/ui/header.js';
import { type Line, lineWidth, paint } from '../../src/ui/line.js';
import { liveLines } from '../../src/ui/live-lines.js';
import { finishedLine } from '../../src/ui/stage-lines.js';
import { summaryLines } from '../../src/ui/summary.js';
import { initialView, reduce } from '../../src/ui/view-model.js';
import { cancelledRun, type EventScript, failedRun, guideRun, hitsOnly } from './events.js';
import { manyStages } from './many-stages.js';
import { matchSnapshot } from './snapshot.js';

const colorless = picocolors.createColors(false);
const scripts: Record<string, () => EventScript> = {
  guideRun,
  hitsOnly,
  failedRun,
  cancelledRun,
  manyStages,
};

/** The whole picture at a moment: what has scrolled up, what moves, and at the end the summary. */
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
  test(`pictures at ${columns} columns`, () => {
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
        for (const rows of [3, 10, 24]) {
          const live = liveLines(view, { columns, rows }, event.at + 50, i);
          assert.ok(live.length <= rows - 2, `${name}: ${live.length} live lines on ${rows} rows`);
          const layout = layOut(view.stages, columns);
          const done = view.stages.map((stage) => finishedLine(stage, layout));
          for (const line of [
            headerLine(view, columns - 1),
            ...live,
            ...done,
            ...summaryLines(view, columns - 1),
          ]) {
            const text = paint(line, colorless);
            assert.ok(lineWidth(line) <= Math.max(20, columns - 1), `${name} at ${columns} columns: ${text}`);
          }
        }
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

test('a space stands between the loss and its curve, however small the loss is', () => {
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
