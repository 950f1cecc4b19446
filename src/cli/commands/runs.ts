import { relative } from 'node:path';
import type { RunRecord } from '../../index.js';
import { formatDuration } from '../../terminal/format.js';
import { clean, type Line, type Style } from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';
import { metricTable } from '../../ui/metrics.js';
import { projectOf } from '../open-recipe.js';
import { outputWidth, printJson, printLines } from '../print.js';

const styles: Record<RunRecord['status'] | 'running', Style> = {
  success: 'green',
  failed: 'red',
  cancelled: 'yellow',
  unfinished: 'yellow',
  running: 'cyan',
};

/** `etude runs [RECIPE]`: past runs of a project, newest first. */
export async function runs(
  recipe: string | undefined,
  options: { cacheDir?: string; limit?: number; json?: boolean },
): Promise<void> {
  const project = projectOf(options);
  const records = (await project.runs({ recipe })).slice(0, options.limit);
  if (options.json) return printJson({ runs: records });
  const { dir, why } = project.cacheFolder(recipe);
  if (records.length === 0) return printLines([[{ text: clean(`no runs in ${dir} (${why})`) }]]);
  printLines(runLines(records, outputWidth()));
}

/** A table of runs; its metrics have names unless all are accuracies. */
export function runLines(records: readonly RunRecord[], width: number): Line[] {
  const isAccuracy = records.every((record) => mainMetrics(record).every(({ name }) => name === 'accuracy'));
  const rows = records.map((record): Cell[] => {
    const status = record.status === 'unfinished' && isAlive(record.pid) ? 'running' : record.status;
    return [
      { text: clean(record.run), style: 'bold' },
      { text: localTime(record.started), style: 'dim' },
      { text: clean(relative('', record.recipe)) },
      { text: status, style: styles[status] },
      { text: record.seconds === undefined ? '' : formatDuration(record.seconds), style: 'dim' },
      { text: metricsText(record, isAccuracy) },
    ];
  });
  const columns = [
    { title: 'run' },
    { title: 'started' },
    { title: 'recipe' },
    { title: 'status' },
    { title: 'time', align: 'right' as const },
    { title: isAccuracy ? 'accuracy' : 'metrics', flexible: true },
  ];
  return table(columns, rows, width);
}

/** The accuracy of each split; of a split without it, its first metric. */
function mainMetrics({
  metrics = {},
  metricNames = {},
}: RunRecord): Record<'split' | 'name' | 'value', string>[] {
  const { metrics: names, rows } = metricTable(metrics, metricNames);
  return rows.map(({ split, values }) => {
    const first = values.findIndex((value) => value !== '');
    return { split, name: names[first] ?? '', value: values[first] ?? '' };
  });
}

/** `test 0.934, unseen_voices 0.871` if all are accuracies, otherwise with names: `test mse 0.021`. */
function metricsText(record: RunRecord, isAccuracy: boolean): string {
  return mainMetrics(record)
    .map(({ split, name, value }) =>
      [split, isAccuracy ? '' : name, value].map(clean).filter(Boolean).join(' '),
    )
    .join(', ');
}

function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
