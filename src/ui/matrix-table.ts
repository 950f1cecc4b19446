import type { MatrixResult, RunEvent } from '../pipeline/run/events/run-events.js';
import { formatDuration, formatMetric } from '../terminal/format.js';
import { clean, type Line, lineWidth } from '../terminal/line.js';
import { type Cell, table } from '../terminal/table.js';
import { lookUp } from '../util/look-up.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;
type Outcome = Finished['stages'][number];

/** More columns of numbers than this are not helpful. */
const MOST_METRICS = 6;

/**
 * A row for each combination of a matrix: its parameters, its metrics, and how long its own stages took, with
 * the best one marked; then mean and spread over combinations that only repeat a measurement. The deciding
 * metric comes first; if the lines would be too wide, the last metrics are left out.
 */
export function matrixLines(matrix: MatrixResult, width: number): Line[] {
  const params = Object.keys(matrix.cells[0]?.params ?? {});
  const metrics = metricNames(matrix);
  for (let shown = Math.min(metrics.length, MOST_METRICS); ; shown--) {
    const lines = rows(matrix, params, metrics.slice(0, shown), width);
    if (shown <= 1 || lines.every((line) => lineWidth(line) <= width)) return lines;
  }
}

function rows(matrix: MatrixResult, params: string[], metrics: string[], width: number): Line[] {
  const columns = [
    ...params.map((title) => ({ title: clean(title) })),
    ...metrics.map((name) => ({ title: clean(name).replaceAll('_', ' '), align: 'right' as const })),
    { title: 'time', align: 'right' as const },
    { title: '' },
  ];
  const cells = matrix.cells.map((cell, index): Cell[] => {
    const isBest = index === matrix.best;
    return [
      ...params.map(
        (name): Cell => ({ text: valueText(lookUp(cell.params, name)), style: isBest ? 'bold' : 'plain' }),
      ),
      ...metrics.map((name): Cell => {
        const value = lookUp(cell.metrics, name);
        const style = isBest && name === matrix.metric ? 'green' : 'plain';
        return { text: value === undefined ? '' : formatMetric(value), style };
      }),
      { text: cell.status === 'success' ? formatDuration(cell.seconds) : '', style: 'dim' },
      cell.status === 'success'
        ? { text: isBest ? '← best' : '', style: 'green' }
        : { text: cell.status, style: cell.status === 'failed' ? 'red' : 'yellow' },
    ];
  });
  return table(columns, [...cells, ...meanRows(matrix, params, metrics)], width, 2);
}

/** A row for the cells that only repeat a measurement: the mean of each metric, and its spread. */
function meanRows({ repetitions, metric }: MatrixResult, params: string[], metrics: string[]): Cell[][] {
  return (repetitions?.groups ?? []).map((group, index, { length }): Cell[] => {
    const { over, best } = repetitions!;
    const isBest = length > 1 && index === best;
    const counts = Object.values(group.metrics).map(({ of }) => of);
    const fewest = Math.min(group.cells, ...counts);
    const missing = counts.length > 0 && fewest < group.cells ? `${fewest} of ${group.cells} cells` : '';
    return [
      ...params.map((name): Cell => {
        const text = over.includes(name) ? 'mean' : valueText(lookUp(group.params, name));
        return { text, style: 'bold' };
      }),
      ...metrics.map((name): Cell => {
        const found = lookUp(group.metrics, name);
        const style = name === metric && (isBest || length === 1) ? 'green' : 'bold';
        return { text: found === undefined ? '' : spreadText(found), style };
      }),
      { text: '' },
      isBest
        ? { text: `← best${missing && `, ${missing}`}`, style: 'green' }
        : { text: missing, style: 'yellow' },
    ];
  });
}

function spreadText({ mean, std }: { mean: number; std?: number }): string {
  return std === undefined ? formatMetric(mean) : `${formatMetric(mean)} ± ${formatMetric(std)}`;
}

/** The deciding metric, then macro F1 of the same split, then these of other splits, then the rest. */
function metricNames({ metric, cells }: MatrixResult): string[] {
  const names = [...new Set(cells.flatMap((cell) => Object.keys(cell.metrics)))];
  if (metric === undefined) return names;
  const ending = metric.slice(metric.lastIndexOf('_'));
  const beside = `${metric.slice(0, -ending.length)}_f1_macro`;
  const ranks = [metric, beside, ending, '_f1_macro'];
  const rank = (name: string) => {
    const found = ranks.findIndex((each, i) => (i < 2 ? name === each : name.endsWith(each)));
    return found < 0 ? ranks.length : found;
  };
  return names.sort((a, b) => rank(a) - rank(b));
}

/** A parameter's value as in a recipe; small numbers with an exponent. */
function valueText(value: unknown): string {
  if (typeof value !== 'number') return clean(typeof value === 'string' ? value : JSON.stringify(value));
  const size = Math.abs(value);
  return size !== 0 && size < 1e-3 ? value.toExponential() : String(value);
}

/**
 * The cells' stages as one line per stage of the recipe: how many were hits, why others ran, and their total
 * time.
 */
export function foldVariants(
  stages: readonly Outcome[],
  matrix: MatrixResult | undefined,
): (Outcome & { tally?: string })[] {
  const writtenAs = new Map(
    (matrix?.cells ?? []).flatMap(({ stages: ids }) =>
      Object.entries(ids).map(([id, variant]) => [variant, id]),
    ),
  );
  const groups = new Map<string, Outcome[]>();
  for (const stage of stages) {
    const id = writtenAs.get(stage.id) ?? stage.id;
    groups.set(id, [...(groups.get(id) ?? []), stage]);
  }
  return [...groups].map(([id, members]) => {
    const [first] = members;
    if (members.length === 1) return first!;
    const tally = (['hit', 'run', 'failed', 'skipped'] as const)
      .map((status) => ({ status, count: members.filter((each) => each.status === status).length }))
      .filter(({ count }) => count > 0);
    const worst = tally.at(-1)!.status;
    const because = [...new Set(members.flatMap((each) => each.because))];
    const seconds = members.reduce((sum, each) => sum + each.seconds, 0);
    const words = tally.map(({ status, count }) => `${count} ${status}`).join(', ');
    return { ...first!, id, status: worst, because: because.slice(0, 2), seconds, tally: words };
  });
}
