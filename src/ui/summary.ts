import type { FolderChange, RunEvent, StageOutcome } from '../pipeline/run/events/run-events.js';
import { formatDuration } from '../terminal/format.js';
import {
  chop,
  clean,
  fit,
  fitLine,
  fold,
  foldIndented,
  type Line,
  type Style,
  span,
  widthOf,
} from '../terminal/line.js';
import { type Cell, table, tablesThatFit } from '../terminal/table.js';
import { shownFrom } from '../util/points-outside.js';
import { count } from '../util/words.js';
import { cacheText } from './cache-line.js';
import { foldVariants, matrixLines } from './matrix-table.js';
import { metricTable } from './metrics.js';
import { allHits, type RunView } from './view-model.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

const statusStyle: Record<StageOutcome['status'], Style> = {
  hit: 'dim',
  run: 'green',
  failed: 'red',
  skipped: 'yellow',
};

/**
 * The end of a run: a table `stage · hit/run · because · time` that can be copied, what went wrong and how to
 * continue, the reports' metrics, and where the models are. If everything was a hit, only the result. Lines
 * are at most `width` columns.
 */
export function summaryLines(view: RunView, width: number, cwd = process.cwd()): Line[] {
  const { finished } = view;
  if (finished === undefined) return [];
  const lines: Line[] = [];
  if (!(finished.status === 'success' && allHits(view))) lines.push([], ...stageTable(finished, width));
  lines.push(...errors(finished, width));
  lines.push(...metrics(finished, width));
  lines.push(...models(finished, width, cwd));
  lines.push([], ...closing(view, finished, width));
  for (const line of cacheLines(finished, view.recipe, cwd, width - 2))
    lines.push([span('  '), span(line, 'dim')]);
  return lines.map((line) => fitLine(line, width));
}

/** The command is on a line of its own if it would be broken otherwise: lines are what people copy. */
function cacheLines(finished: Finished, recipe: string, cwd: string, width: number): string[] {
  const cache = cacheText(finished, recipe, cwd);
  if (cache === undefined) return [];
  const { size, command } = cache;
  const whole = foldIndented(`${size} ${command}`, width);
  return whole.length === 1 ? whole : [size, command].flatMap((text) => foldIndented(text, width));
}

function stageTable(finished: Finished, width: number): Line[] {
  const narrow = width < 50;
  const stages = foldVariants(finished.stages, finished.matrix);
  const room = reasonRoom(stages, width, narrow);
  const rows = stages.flatMap((stage) => {
    const reasons = fold(stage.because.map(clean).join(', '), room);
    return reasons.map((reason, i): Cell[] =>
      i === 0
        ? [
            { text: clean(stage.id), style: 'bold' },
            { text: stage.tally ?? stage.status, style: statusStyle[stage.status] },
            { text: reason },
            { text: stage.status === 'skipped' ? '' : formatDuration(stage.seconds), style: 'dim' },
          ]
        : [{ text: '' }, { text: '' }, { text: reason }, { text: '' }],
    );
  });
  const columns = [
    { title: 'stage' },
    { title: narrow ? '' : 'hit/run' },
    { title: 'because', flexible: true },
    { title: 'time', align: 'right' as const },
  ];
  return table(columns, rows, width, 2);
}

/** The room that the other columns leave for the reasons. */
function reasonRoom(stages: ReturnType<typeof foldVariants>, width: number, narrow: boolean): number {
  const widest = (texts: string[]) => Math.max(...texts.map(widthOf));
  const id = widest(['stage', ...stages.map((stage) => clean(stage.id))]);
  const status = widest([narrow ? '' : 'hit/run', ...stages.map((stage) => stage.tally ?? stage.status)]);
  const time = widest(['time', ...stages.map((stage) => formatDuration(stage.seconds))]);
  return Math.max(8, width - 2 - id - status - time - 6);
}

function errors(finished: Finished, width: number): Line[] {
  return finished.stages.flatMap(({ id, error }) => {
    if (error === undefined) return [];
    const body = error.split('\n').flatMap((line) => foldIndented(line, width - 2));
    return [
      [],
      [span('✖ ', 'red'), span(clean(id), 'bold')],
      ...body.map((line) => [span('  '), span(line)]),
    ];
  });
}

function metrics(finished: Finished, width: number): Line[] {
  if (finished.matrix !== undefined) return [[], ...matrixLines(finished.matrix, width)];
  const { metrics: names, rows } = metricTable(finished.metrics, finished.metricNames);
  if (rows.length === 0) return [];
  const columns = [
    { title: '' },
    ...names.map((title) => ({ title: clean(title).replaceAll('_', ' '), align: 'right' as const })),
  ];
  const cells = rows.map(({ split, values }): Cell[] => [
    { text: split, style: 'bold' },
    ...values.map((text, i) => ({ text, style: i === 0 ? ('green' as const) : ('plain' as const) })),
  ]);
  return [[], ...tablesThatFit(columns, cells, width, 2)];
}

function models(finished: Finished, width: number, cwd: string): Line[] {
  // For a matrix, the models of the best cell.
  const best = finished.matrix?.cells[finished.matrix.best ?? -1];
  const shown = best && new Set(Object.values(best.stages));
  const entries = Object.entries(finished.models).filter(([id]) => shown === undefined || shown.has(id));
  if (entries.length === 0) return [];
  const labelOf = (id: string) => (id === 'model' ? id : `model ${clean(id)}`);
  const label = Math.max(...entries.map(([id]) => widthOf(labelOf(id))));
  const lines = entries.flatMap(([id, path]): Line[] => {
    const shown = clean(shownFrom(cwd, path));
    const name = fit(labelOf(id), label);
    // A path is never truncated, because people copy it: if it does not fit next to its name, it gets its own
    // lines.
    if (4 + label + widthOf(shown) <= width)
      return [[span('  '), span(name, 'bold'), span('  '), span(shown)]];
    return [
      [span('  '), span(name, 'bold')],
      ...chop(shown, width - 4).map((part) => [span('    '), span(part)]),
    ];
  });
  return [[], ...lines];
}

/**
 * `1 model folder repaired, 1 written`, if there was anything to do. That a model just trained was written
 * goes without saying.
 */
function folderChanges({ changedModels = {} }: Finished, allHits: boolean): string | undefined {
  const of = (change: FolderChange) => Object.values(changedModels).filter((each) => each === change).length;
  const parts = [
    { number: of('repaired'), what: 'repaired' },
    { number: allHits ? of('written') : 0, what: 'written' },
  ].filter(({ number }) => number > 0);
  if (parts.length === 0) return undefined;
  return parts
    .map(({ number, what }, i) => `${i === 0 ? count(number, 'model folder') : number} ${what}`)
    .join(', ');
}

function closing(view: RunView, finished: Finished, width: number): Line[] {
  const time = formatDuration(finished.seconds);
  const of = (status: StageOutcome['status']) => finished.stages.filter((stage) => stage.status === status);
  const tally = [
    count(of('hit').length, 'hit'),
    ...(['run', 'failed', 'skipped'] as const).flatMap((status) =>
      of(status).length > 0 ? [`${of(status).length} ${status}`] : [],
    ),
  ].join(', ');
  if (finished.status === 'success') {
    const done =
      folderChanges(finished, allHits(view)) ?? (allHits(view) ? 'nothing has changed' : undefined);
    const text = done === undefined ? tally : `${tally}: ${done}`;
    return [[span('✔ ', 'green'), span(text), span(` · ${time}`, 'dim')]];
  }
  const cancelled = finished.status === 'cancelled';
  const text = fold(`${cancelled ? 'cancelled' : 'failed'}: ${tally} · ${time}`, width - 2);
  const head = text.map(
    (line, i): Line => [
      i > 0 ? span('  ') : cancelled ? span('■ ', 'yellow') : span('✖ ', 'red'),
      span(line),
    ],
  );
  const hint = cancelled
    ? 'Finished work is kept. Run the same command again to continue.'
    : 'Finished work is kept. Fix the problem and run the same command again to continue.';
  return [...head, ...fold(hint, width - 2).map((line): Line => [span('  '), span(line, 'dim')])];
}
