import type { PlannedStage, StagesAsked } from '../../index.js';
import { formatDuration } from '../../terminal/format.js';
import { clean, fitLine, foldIndented, type Line, span } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';
import { openRecipe, type RecipeOptions } from '../open.js';
import { outputWidth, printJson, printLines, proseWidth } from '../print.js';

/** A stage's row in `etude plan --json`: as in `run-finished`, with a prediction instead of a time. */
interface PlanRow {
  id: string;
  uses: string;
  status: PlannedStage['type'];
  because: string[];
  predictedSeconds?: number;
  /** Where that is unsure. */
  predictedRange?: [low: number, high: number];
  error?: string;
}

/**
 * `etude plan RECIPE [STAGE…]`: what a run would do, why, and how long it would take. Exit code 1 where a
 * stage is blocked.
 */
export async function plan(
  recipe: string,
  asked: readonly string[],
  options: RecipeOptions & Omit<StagesAsked, 'stages'> & { json?: boolean },
): Promise<void> {
  const opened = await openRecipe(recipe, options, { warnings: true });
  const { stages } = await opened.plan({ ...options, stages: asked });
  const rows = stages.map(rowOf);
  if (rows.some((row) => row.status === 'blocked')) process.exitCode = EXIT.failed;
  if (options.json) printJson({ stages: rows });
  else printLines(planLines(rows, outputWidth()));
}

function rowOf(planned: PlannedStage): PlanRow {
  const { id, uses } = planned.stage;
  if (planned.type === 'hit') return { id, uses, status: 'hit', because: [] };
  const because = planned.because.map((reason) => reason.text);
  if (planned.type === 'blocked') return { id, uses, status: 'blocked', because, error: planned.error };
  const { predictedSeconds, predictedRange } = planned;
  return { id, uses, status: 'run', because, predictedSeconds, ...(predictedRange && { predictedRange }) };
}

/** `≈ 2m 03s`; where that is unsure, `≈ 1m 10s to 3m 20s`. */
function expected(seconds: number, range?: readonly [low: number, high: number]): string {
  const times = range ?? [seconds];
  return `≈ ${times.map(formatDuration).join(' to ')}`;
}

/** The hits as a number, then a line for each stage that would run. */
export function planLines(rows: readonly PlanRow[], width: number): Line[] {
  const hits = rows.filter((row) => row.status === 'hit').length;
  const others = rows.filter((row) => row.status !== 'hit');
  if (others.length === 0) return [[span(`${count(hits, 'hit')}: nothing would run`)]];
  const cells = others.map((row): Cell[] => [
    { text: clean(row.id), style: 'bold' },
    { text: clean(row.uses), style: 'dim' },
    { text: row.status, style: row.status === 'run' ? 'green' : 'red' },
    { text: row.because.map(clean).join(', ') || (row.error === undefined ? '' : 'see below') },
    {
      text: row.predictedSeconds === undefined ? '' : expected(row.predictedSeconds, row.predictedRange),
      style: 'dim',
    },
  ]);
  const columns = [
    { title: '' },
    { title: '' },
    { title: '' },
    { title: '', flexible: true },
    { title: '', align: 'right' as const },
  ];
  const lines: Line[] = hits > 0 ? [[span(count(hits, 'hit'))]] : [];
  lines.push(...table(columns, cells, width));
  const known = others.filter((row) => row.predictedSeconds !== undefined);
  if (known.length === others.length && known.length > 1) {
    const total = (of: (row: PlanRow) => number) => known.reduce((sum, row) => sum + of(row), 0);
    const seconds = total((row) => row.predictedSeconds!);
    const [low, high] = [0, 1].map((end) =>
      total((row) => row.predictedRange?.[end] ?? row.predictedSeconds!),
    );
    const range = known.some((row) => row.predictedRange) ? ([low!, high!] as const) : undefined;
    lines.push([span(`${expected(seconds, range)} in total`, 'dim')]);
  }
  for (const { id, error, because } of others) {
    // Of a stage below a blocked one, the reason says it all.
    if (error === undefined || because.includes(error)) continue;
    lines.push([], [span('✖ ', 'red'), span(clean(id), 'bold')]);
    for (const line of error.split('\n')) {
      lines.push(...foldIndented(line, proseWidth(width) - 2).map((part): Line => [span('  '), span(part)]));
    }
  }
  return lines.map((line) => fitLine(line, width));
}
