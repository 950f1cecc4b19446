import type { Features } from '../../../stage/artifact.js';
import { EtudeError, type Where } from '../../../util/errors.js';
import { lookUp } from '../../../util/look-up.js';
import type { Row } from '../dataset.js';
import { describeFeature } from '../features.js';
import { inOne, refuseMalformed } from '../unusable/in-data-files.js';
import { type AudioPlace, readAudio, referencedFile } from './audio-file.js';
import { readCsv, readJsonLines } from './csv-and-jsonl.js';
import { JsonInference, KnownType, TextInference, type TypeInference } from './infer-types.js';
import type { DataFile, SourceRow, Table } from './table.js';

/** If this many lines at the start of a file are all malformed, it counts as something else. */
const MOST_MALFORMED = 1000;
const STOPPED = `Only the first ${MOST_MALFORMED} lines were read, as all of them are malformed.`;

/** A table whose bad rows are known, and to which more may be added. */
export type ScannedTable = Table & { problems: Map<number, EtudeError> };

/**
 * CSV, JSON Lines or Parquet files after one reading: the types of their columns, and the audio files that
 * they name.
 */
export interface ScannedTables {
  features: Features;
  /** Names of all columns, including those left out. */
  available: string[];
  tables: Map<DataFile, ScannedTable>;
  /** Audio files that rows name, each once. */
  audio: DataFile[];
  /** The distinct values of the label column, without null. */
  labels: Set<unknown>;
  /** Rows without a label, by table. */
  unlabelled: Map<Table, Unlabelled[]>;
}

/** A row that has no label, and the text in its place. */
export interface Unlabelled {
  row: number;
  where: Where;
  written?: string;
}

/** How a table's columns become the dataset's. */
export interface TextTableOptions extends AudioPlace {
  format: 'csv' | 'json' | 'parquet';
  /** The new name of a column of audio paths; undefined for other columns. */
  audioColumn(column: string): string | undefined;
  /** A column whose distinct values are needed, and whether the user named it as the label. */
  labelColumn: string;
  labelAsked: boolean;
  /** Columns to read, by their new names; all by default. */
  columns?: readonly string[];
}

/**
 * Scans CSV or JSON Lines files: every row is looked at once, for the columns' types (int64, float64, bool,
 * string; lists in JSON) and to check that each audio file exists: rows whose audio is missing are noted with
 * their table. Files of one dataset must have the same columns. A file without a single well-formed row is
 * refused at once; for the others, call `refuseMalformed` once labels have been checked, too.
 */
export async function scanTextTables(
  files: readonly DataFile[],
  options: TextTableOptions,
): Promise<ScannedTables> {
  const audioColumns = new Set<string>();
  const scanned = await scan(files, options, audioColumns);
  // A column of audio that only later lines of JSON have: the earlier ones lack it.
  return scanned.late ? scan(files, options, audioColumns) : scanned;
}

async function scan(
  files: readonly DataFile[],
  options: TextTableOptions,
  audioColumns: Set<string>,
): Promise<ScannedTables & { late: boolean }> {
  const inferences = new Map<string, TypeInference>();
  const audio = new Map<string, DataFile>();
  const tables = new Map<DataFile, ScannedTable>();
  const labels = new Set<unknown>();
  const unlabelled = new Map<Table, Unlabelled[]>();
  let [scanned, late, hopeless, stopped] = [false, false, false, false];
  for (const file of files) {
    let num_rows = 0;
    let well_formed = 0;
    const problems = new Map<number, EtudeError>();
    const without: Unlabelled[] = [];
    if (options.format === 'parquet') await knowTypes(file, inferences);
    for await (const { values, where, written, malformed } of records(file, options)) {
      const row = num_rows++;
      if (malformed !== undefined) {
        problems.set(row, malformed);
        if (well_formed > 0 || num_rows < MOST_MALFORMED) continue;
        stopped = true;
        break;
      }
      if (options.format !== 'json' && well_formed === 0 && inferences.size > 0)
        checkColumns(values, inferences, where);
      well_formed += 1;
      const label = lookUp(values, options.labelColumn);
      if (label !== undefined && label !== null) labels.add(label);
      else without.push({ row, where, written: written?.(options.labelColumn) });
      const mistakes: EtudeError[] = [];
      const lacking = [...audioColumns].filter((column) => !Object.hasOwn(values, column));
      for (const column of [...Object.keys(values), ...lacking]) {
        const value = lookUp(values, column);
        const inference = inferenceOf(inferences, column, options);
        try {
          if (options.audioColumn(column) === undefined) inference.see(value, where);
          else {
            late ||= scanned && !audioColumns.has(column);
            audioColumns.add(column);
            const found = await audioOf(value, column, file, options, where);
            audio.set(found.path, found);
          }
        } catch (error) {
          // Mistakes of one row are collected with those of others; anything else ends the scan.
          if (!(error instanceof EtudeError) || error.where?.row === undefined) throw error;
          mistakes.push(error);
        }
      }
      scanned = true;
      if (mistakes.length > 0) problems.set(row, inOne(mistakes));
    }
    hopeless ||= well_formed === 0 && problems.size > 0;
    const rows: Table['rows'] = (start, end) =>
      readTable(file, { start, end, problems }, inferences, options);
    const table = { num_rows, problems, rows };
    tables.set(file, table);
    unlabelled.set(table, without);
  }
  // Where a file has no row, nothing that is said of columns and labels would help.
  if (hopeless) refuseMalformed([...tables.values()], stopped ? STOPPED : undefined);
  const available = [...inferences.keys()].map((column) => options.audioColumn(column) ?? column);
  return {
    features: featuresOf(inferences, options),
    available,
    tables,
    audio: [...audio.values()],
    // As they will be in the rows: 01 and 1 are the same integer.
    labels: new Set(Array.from(labels, (label) => inferences.get(options.labelColumn)!.convert(label))),
    unlabelled,
    late,
  };
}

function featuresOf(inferences: Map<string, TypeInference>, options: TextTableOptions): Features {
  const entries = [...inferences].map(([column, inference]) => {
    const renamed = options.audioColumn(column);
    return renamed === undefined
      ? ([column, inference.feature(options.labelAsked && column === options.labelColumn)] as const)
      : ([renamed, { _type: 'Audio', storage: 'encoded' }] as const);
  });
  return Object.fromEntries(entries.filter(([name]) => options.columns?.includes(name) ?? true)) as Features;
}

async function* readTable(
  file: DataFile,
  { start, end, problems }: { start: number; end: number; problems: ReadonlyMap<number, EtudeError> },
  inferences: Map<string, TypeInference>,
  options: TextTableOptions,
): AsyncGenerator<SourceRow, void, undefined> {
  let next = 0;
  for await (const { values, where, written } of records(file, options)) {
    if (next >= end) return;
    const row = next++;
    if (row < start) continue;
    const converted: Row = {};
    for (const [column, inference] of inferences) {
      const renamed = options.audioColumn(column);
      if (options.columns !== undefined && !options.columns.includes(renamed ?? column)) continue;
      if (renamed === undefined) converted[column] = inference.convert(lookUp(values, column) ?? null);
      else if (!problems.has(row))
        converted[renamed] = await readAudio(
          await audioOf(lookUp(values, column), column, file, options, where),
          where,
        );
    }
    yield { values: converted, where, written };
  }
}

async function* records(
  file: DataFile,
  { format }: TextTableOptions,
): AsyncGenerator<SourceRow, void, undefined> {
  if (format === 'csv') yield* readCsv(file);
  else if (format === 'json') yield* readJsonLines(file);
  else {
    const { openParquet } = await import('./parquet.js');
    const table = await openParquet(file);
    yield* table.rows(0, table.num_rows);
  }
}

/** The columns of a Parquet file, which must be those of the files before it. */
async function knowTypes(file: DataFile, inferences: Map<string, TypeInference>): Promise<void> {
  const { openParquet } = await import('./parquet.js');
  const { features } = await openParquet(file);
  for (const [column, feature] of Object.entries(features)) {
    const before = inferences.get(column)?.feature();
    if (before === undefined) inferences.set(column, new KnownType(feature));
    else if (JSON.stringify(before) !== JSON.stringify(feature)) {
      throw new EtudeError(`the files of the dataset have different types in column '${column}'`, {
        expected: describeFeature(before),
        got: describeFeature(feature),
        where: { file: file.shown },
      });
    }
  }
}

function inferenceOf(
  inferences: Map<string, TypeInference>,
  column: string,
  { format }: TextTableOptions,
): TypeInference {
  let inference = inferences.get(column);
  if (inference === undefined) {
    inference = format === 'csv' ? new TextInference() : new JsonInference(column);
    inferences.set(column, inference);
  }
  return inference;
}

/** Headers must not differ between CSV files (JSON Lines may leave a column out of a row). */
function checkColumns(values: object, known: Map<string, unknown>, where: Where): void {
  const columns = Object.keys(values);
  if (columns.length === known.size && columns.every((column) => known.has(column))) return;
  throw new EtudeError('the files of the dataset have different columns', {
    expected: [...known.keys()].join(', '),
    got: columns.join(', '),
    where: { file: where.file },
  });
}

async function audioOf(
  value: unknown,
  column: string,
  file: DataFile,
  options: TextTableOptions,
  where: Where,
): Promise<DataFile> {
  if (typeof value !== 'string') {
    throw new EtudeError(`no audio file in column '${column}'`, {
      expected: 'a path',
      got: value === null || value === undefined ? 'nothing' : JSON.stringify(value),
      where,
    });
  }
  return referencedFile(value, file, options, where);
}
