import type { MatrixResult } from '../../pipeline/run/events/run-events.js';
import { formatDuration, formatMetric } from '../../terminal/format.js';
import { lookUp } from '../../util/look-up.js';
import { markdownCode, markdownTable } from './markdown.js';

/**
 * A row per combination of a matrix, the best one marked; then the means of those that repeat a measurement.
 */
export function matrixTable({ cells, metric, best, repetitions }: MatrixResult): string {
  const params = Object.keys(cells[0]?.params ?? {});
  const metrics = [...new Set(cells.flatMap((cell) => Object.keys(cell.metrics)))];
  metrics.sort((one, other) => Number(other === metric) - Number(one === metric));
  const valuesOf = (values: Readonly<Record<string, unknown>>, absent: string) =>
    params.map((name) => {
      const value = lookUp(values, name);
      return value === undefined ? absent : markdownCode(textOf(value));
    });
  const rows = cells.map((cell, index) => [
    ...valuesOf(cell.params, ''),
    ...metrics.map((name) => numberText(lookUp(cell.metrics, name))),
    cell.status === 'success' ? formatDuration(cell.seconds) : '',
    cell.status === 'success' ? (index === best ? '← best' : '') : cell.status,
  ]);
  const means = (repetitions?.groups ?? []).map((group, index, { length }) => [
    ...valuesOf(group.params, 'mean'),
    ...metrics.map((name) => {
      const { mean, std } = lookUp(group.metrics, name) ?? {};
      return std === undefined ? numberText(mean) : `${numberText(mean)} ± ${numberText(std)}`;
    }),
    '',
    length > 1 && index === repetitions?.best ? '← best' : '',
  ]);
  const columns = [
    ...params.map((title) => ({ title })),
    ...metrics.map((name) => ({ title: name.replaceAll('_', ' '), isNumeric: true })),
    { title: 'time', isNumeric: true },
    { title: '' },
  ];
  const table = markdownTable(columns, rows);
  return means.length === 0 ? table : `${table}\n\n${markdownTable(columns, means)}`;
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : formatMetric(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
