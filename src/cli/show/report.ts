import type { Objects, ReportArtifact } from '../../index.js';
import { reportClipNames } from '../../project/report-clip-names.js';
import { formatMetric } from '../../terminal/format.js';
import { clean, foldIndented, type Line, span } from '../../terminal/line.js';
import { type Cell, tablesThatFit } from '../../terminal/table.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { type Certainty, certaintyLines } from './confidence-lines.js';
import { confusionLines } from './confusion.js';
import { isLabelFigures, type LabelFigures, labelLines } from './labels.js';
import type { Part, View } from './view.js';

interface Prediction {
  row: number;
  label: string;
  predicted: string;
  score: number;
}

/** What `evaluate` writes for each split. */
interface SplitReport extends Certainty {
  split: string;
  num_rows: number;
  /** If rows are windows of clips: how many clips, whose predictions these are. */
  num_clips?: number;
  aggregate?: string;
  metrics: Record<string, number>;
  labels: string[];
  classes: { label: string; precision: number; recall: number; f1: number; support: number }[];
  confusion_matrix: number[][];
  predictions: Prediction[];
}

/** The same where a clip has several labels, or numbers: then without classes. */
interface OtherReport extends Pick<SplitReport, 'split' | 'num_rows' | 'num_clips' | 'aggregate'> {
  classes?: LabelFigures[];
  predictions: { row: number }[];
}

type Named = Prediction & { file?: string };

/**
 * A report: its metrics, and for each split intervals, groups, classes, the confusion matrix and
 * misclassified rows.
 */
export async function openReportView(artifact: ReportArtifact, objects: Objects, part: Part): Promise<View> {
  const all = await Promise.all(Object.values(artifact.files).map((ref) => objects.read(ref)));
  const reports = all.flatMap((bytes) => parse(bytes) ?? []);
  const chosen = part.split === undefined ? reports : reports.filter(({ split }) => split === part.split);
  if (part.split !== undefined && chosen.length === 0 && !Object.hasOwn(artifact.metrics, part.split)) {
    throw new EtudeError(`the report has no split '${part.split}'`, {
      expected: `one of ${Object.keys(artifact.metrics).join(', ')}`,
    });
  }
  const nameOf = reportClipNames(part.origin, objects);
  const metrics = Object.entries(artifact.metrics).filter(([split]) => (part.split ?? split) === split);
  /**
   * With the files of their clips, if the recipe's data has them; one by one, because their chunks are large.
   */
  const named = async <P extends { row: number }>(
    predictions: readonly P[],
    split: string,
    numRows: number,
  ) => {
    const all: (Omit<P, 'row'> & { row: number; file?: string })[] = [];
    for (const { row, ...rest } of predictions)
      all.push({ row, file: await nameOf(split, row, numRows), ...rest });
    return all;
  };
  return {
    async json() {
      const splits: [string, object][] = [];
      for (const { split, predictions: all, ...rest } of chosen as OtherReport[]) {
        const predictions = await named(all.slice(0, part.rows), split, rest.num_rows);
        const limit = predictions.length < all.length ? { predictions_limit: part.rows } : {};
        splits.push([split, { ...rest, ...limit, predictions }]);
      }
      return { metrics: Object.fromEntries(metrics), splits: Object.fromEntries(splits) };
    },
    async lines(width) {
      const lines = metricLines(metrics, width);
      for (const report of chosen) {
        if (report.classes === undefined) continue;
        lines.push([], [span(clean(report.split), 'bold'), span(`  ${sizeOf(report)}`, 'dim')], []);
        if (!('confusion_matrix' in report)) {
          lines.push(...labelLines(report.classes, width));
          continue;
        }
        lines.push(
          ...certaintyLines(report, width),
          ...classLines(report, width),
          [],
          ...confusionLines(report.confusion_matrix, report.labels, width),
        );
        const { split, num_rows } = report;
        const wrong = report.predictions.filter(({ label, predicted }) => label !== predicted);
        const surest = wrong.sort((a, b) => b.score - a.score).slice(0, part.rows);
        lines.push(...wrongLines(await named(surest, split, num_rows), wrong.length, width));
      }
      return lines;
    },
  };
}

function sizeOf({ num_rows, num_clips, aggregate }: Omit<OtherReport, 'classes' | 'predictions'>): string {
  if (num_clips === undefined) return count(num_rows, 'row');
  return `${count(num_clips, 'clip')} of ${count(num_rows, 'window')}, ${clean(String(aggregate))}`;
}

function parse(bytes: Uint8Array): SplitReport | OtherReport | undefined {
  try {
    const report = JSON.parse(new TextDecoder().decode(bytes)) as Partial<SplitReport>;
    // A user's stage may put other files into its report.
    if (!Array.isArray(report.labels)) return undefined;
    if (Array.isArray(report.confusion_matrix)) return report as SplitReport;
    const { split, num_rows, classes, predictions } = report as Partial<OtherReport>;
    const isOther = typeof split === 'string' && Number.isInteger(num_rows) && Array.isArray(predictions);
    const isWhole = classes === undefined || (Array.isArray(classes) && classes.every(isLabelFigures));
    return isOther && isWhole ? (report as unknown as OtherReport) : undefined;
  } catch {
    return undefined;
  }
}

function metricLines(metrics: [split: string, values: Record<string, number>][], width: number): Line[] {
  const names = [...new Set(metrics.flatMap(([, values]) => Object.keys(values)))];
  const rows = metrics.map(([split, values]): Cell[] => [
    { text: clean(split), style: 'bold' },
    ...names.map((name) => ({ text: Object.hasOwn(values, name) ? formatMetric(values[name]!) : '' })),
  ]);
  const columns = names.map((name) => ({ title: clean(name).replaceAll('_', ' '), align: 'right' as const }));
  return tablesThatFit([{ title: 'split' }, ...columns], rows, width);
}

function classLines({ classes }: SplitReport, width: number): Line[] {
  const rows = classes.map(({ label, precision, recall, f1, support }, i): Cell[] => [
    { text: String(i), style: 'dim' },
    { text: clean(label), style: 'bold' },
    ...[precision, recall, f1].map((value) => ({ text: value.toFixed(2) })),
    { text: String(support), style: 'dim' },
  ]);
  const columns = ['precision', 'recall', 'f1', 'rows'].map((title) => ({ title, align: 'right' as const }));
  return tablesThatFit(
    [{ title: '', align: 'right' }, { title: 'class', flexible: true }, ...columns],
    rows,
    width,
    2,
    2,
  );
}

function wrongLines(shown: readonly Named[], wrong: number, width: number): Line[] {
  if (shown.length === 0) return [];
  const rows = shown.map(({ row, file = '', label, predicted, score }): Cell[] => [
    { text: String(row), style: 'dim' },
    { text: clean(file) },
    { text: clean(label) },
    { text: clean(predicted), style: 'red' },
    { text: score.toFixed(2), style: 'dim' },
  ]);
  const columns = [
    { title: 'row', align: 'right' as const },
    { title: shown.some(({ file }) => file !== undefined) ? 'file' : '' },
    { title: 'is' },
    { title: 'predicted', flexible: true },
    { title: 'score', align: 'right' as const },
  ];
  return [
    [],
    ...foldIndented(
      `  ${shown.length} of ${count(wrong, 'row')} misclassified, most confident first`,
      width,
    ).map((line): Line => [span(line, 'dim')]),
    ...tablesThatFit(columns, rows, width, 2),
  ];
}
