import type { DatasetArtifact, DatasetReader, Objects, Row, SkippedRows } from '../../index.js';
import { clipDurations, countClasses } from '../../project/dataset-summary.js';
import { readDataset } from '../../project/read-dataset.js';
import {
  clean,
  fold,
  foldIndented,
  type Line,
  lineWidth,
  span,
  truncate,
  widthOf,
} from '../../terminal/line.js';
import { type Cell, table } from '../../terminal/table.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { proseWidth } from '../print.js';
import { describeFeature } from './feature-names.js';
import { classLines, durationLines } from './histograms.js';
import { describeValue, valueToJson } from './values.js';
import type { Part, View } from './view.js';

/** Wider rows are easier to read as a list. */
const WIDEST_TABLE = 140;

/** Lines of a value. */
const MOST_LINES = 4;

/** A dataset: its splits, features and first rows. */
export function openDatasetView(artifact: DatasetArtifact, objects: Objects, part: Part): View {
  const reader = readDataset(artifact, objects);
  const splits = chosenSplits(reader, part.split);
  return {
    async json() {
      const shown: Record<string, { num_rows: number; rows_limit?: number; rows: Row[] }> = {};
      for (const split of splits) {
        const rows: Row[] = [];
        for await (const row of reader.rows(split, { end: part.rows }))
          rows.push(await rowToJson(reader, row));
        const numRows = reader.num_rows(split);
        shown[split] = { num_rows: numRows, ...(rows.length < numRows && { rows_limit: part.rows }), rows };
      }
      return {
        splits: shown,
        features: reader.features,
        ...(artifact.skipped && { skipped: artifact.skipped }),
      };
    },
    async lines(width) {
      const lines: Line[] = [...splitTable(reader, splits, width), [], ...featureLines(reader, width)];
      if (artifact.skipped !== undefined) lines.push([], ...skippedLines(artifact.skipped, width));
      for (const counts of await countClasses(artifact, objects, splits))
        lines.push([], ...classLines(counts, splits, width));
      const durations = durationLines(await clipDurations(artifact, objects, splits), width);
      if (durations.length > 0) lines.push([], ...durations);
      for (const split of splits) lines.push([], ...(await rowLines(reader, split, part.rows, width)));
      return lines;
    },
  };
}

function chosenSplits(reader: DatasetReader, split: string | undefined): readonly string[] {
  if (split === undefined) return reader.splits;
  if (reader.splits.includes(split)) return [split];
  throw new EtudeError(`the dataset has no split '${split}'`, {
    expected: `one of ${reader.splits.join(', ')}`,
  });
}

async function rowToJson(reader: DatasetReader, row: Row): Promise<Row> {
  const entries = Object.entries(reader.features).map(
    async ([name, feature]) => [name, await valueToJson(feature, row[name])] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function splitTable(reader: DatasetReader, splits: readonly string[], width: number): Line[] {
  const rows = splits.map((split): Cell[] => [
    { text: clean(split), style: 'bold' },
    { text: String(reader.num_rows(split)) },
  ]);
  return table([{ title: 'split' }, { title: 'rows', align: 'right' }], rows, width);
}

/** What the stage skipped, and why. */
function skippedLines({ rows, first }: SkippedRows, width: number): Line[] {
  const cells = first.map(({ split, row, file = '', reason }): Cell[] => [
    { text: clean(split), style: 'bold' },
    { text: String(row) },
    { text: clean(file) },
    { text: clean(reason), style: 'dim' },
  ]);
  const lines = table(
    [
      { title: 'skipped' },
      { title: 'row', align: 'right' },
      { title: 'file' },
      { title: '', flexible: true },
    ],
    cells,
    width,
  );
  return rows > first.length ? [...lines, [span(`and ${rows - first.length} more`, 'dim')]] : lines;
}

function featureLines(reader: DatasetReader, width: number): Line[] {
  const rows = Object.entries(reader.features).flatMap(([name, feature]): Cell[][] => {
    const first: Cell[] = [{ text: clean(name), style: 'bold' }, { text: describeFeature(feature) }];
    if (feature._type !== 'ClassLabel') return [first];
    const names = feature.names.map((label, i) => `${i} ${clean(label)}`).join(', ');
    const room = Math.max(
      20,
      proseWidth(width) - 2 - Math.max(7, ...Object.keys(reader.features).map((key) => key.length)),
    );
    return [first, ...fold(names, room).map((text): Cell[] => [{ text: '' }, { text, style: 'dim' }])];
  });
  return table([{ title: 'feature' }, { title: 'type', flexible: true }], rows, width);
}

/** The first rows of a split, as a table if the columns fit, otherwise each row as a list of its values. */
async function rowLines(reader: DatasetReader, split: string, limit: number, width: number): Promise<Line[]> {
  const names = Object.keys(reader.features);
  const shown: string[][] = [];
  for await (const row of reader.rows(split, { end: limit })) {
    shown.push(await Promise.all(names.map((name) => describeValue(reader.features[name]!, row[name]))));
  }
  const total = reader.num_rows(split);
  const head: Line = [span(clean(split), 'bold'), span(`  ${shown.length} of ${count(total, 'row')}`, 'dim')];
  const asTable = table(
    [{ title: 'row', align: 'right' }, ...names.map((title) => ({ title: clean(title) }))],
    shown.map((values, i): Cell[] => [
      { text: String(i), style: 'dim' },
      ...values.map((text) => ({ text })),
    ]),
    width,
    2,
  );
  const asWide = Math.max(0, ...asTable.map(lineWidth));
  if (asWide <= Math.min(width, WIDEST_TABLE)) return [head, ...asTable];
  const lines: Line[] = [head];
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(widthOf));
  const room = Math.max(12, width - 6 - widest(names.map(clean)) - widest([String(shown.length)]));
  shown.forEach((values, i) => {
    const cells = values.flatMap((text, column): Cell[][] =>
      folded(clean(text), room).map((line, part) => [
        { text: part === 0 && column === 0 ? String(i) : '', style: 'dim' },
        { text: part === 0 ? clean(names[column] ?? '') : '', style: 'bold' },
        { text: line },
      ]),
    );
    const columns = [{ title: '', align: 'right' as const }, { title: '' }, { title: '', flexible: true }];
    lines.push(...table(columns, cells, width, 2));
  });
  return lines;
}

/** A value in lines of `room` columns, of which a long text gets only the first. */
function folded(text: string, room: number): string[] {
  const lines = foldIndented(text, room);
  const first = lines.slice(0, MOST_LINES);
  return lines.length > MOST_LINES ? [...first.slice(0, -1), truncate(`${first.at(-1)} …`, room)] : first;
}
