import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import { checkColumnName, isRecord } from '../features.js';
import { MalformedRow } from '../unusable/in-data-files.js';
import { parseJsonLine } from './json-line.js';
import type { DataFile, SourceRow } from './table.js';
import { readLines, readText } from './utf8-lines.js';

/** Values that pandas reads as missing, and so does Hugging Face's `csv` format. */
const missingValues = new Set(
  [
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
    'NA',
    'NULL',
  ].concat(['NaN', 'None', 'n/a', 'nan', 'null']),
);

/**
 * Rows of a CSV (or, by its name, tab-separated) file with a header line: every value is a string, or null if
 * it is missing to pandas. A row of another length is yielded as malformed.
 *
 * @throws EtudeError naming file and line, for a duplicate column or an unclosed quote
 */
export async function* readCsv(file: DataFile): AsyncGenerator<SourceRow, void, undefined> {
  const delimiter = file.path.toLowerCase().endsWith('.tsv') ? '\t' : ',';
  const parser = parse({
    bom: true,
    delimiter,
    skip_empty_lines: true,
    info: true,
    relax_column_count: true,
  });
  const text = Readable.from(readText(file));
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  let header: string[] | undefined;
  let row = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (header === undefined) {
        header = checkHeader(record, file.shown);
        continue;
      }
      const where = { file: file.shown, line: info.lines, row: row++ };
      if (record.length !== header.length) {
        const malformed = new MalformedRow('a row has a different number of values than there are columns', {
          expected: count(header.length, 'value'),
          got: `${record.length}`,
          where,
        });
        yield { values: {}, where, malformed };
        continue;
      }
      const values = header.map(
        (name, i) => [name, missingValues.has(record[i]!) ? null : record[i]!] as const,
      );
      yield {
        values: Object.fromEntries(values),
        where,
        written: (column) => record[header!.indexOf(column)],
      };
    }
  } catch (cause) {
    if (cause instanceof EtudeError) throw cause;
    // The parser is ahead of the rows taken from it: its line number is right, the row number would not be.
    const line = (cause as CsvError & { lines?: number }).lines;
    throw new EtudeError('the file is not CSV', {
      got: (cause as Error).message,
      where: { file: file.shown, line },
      cause,
    });
  } finally {
    text.destroy();
  }
  if (header === undefined)
    throw new EtudeError('the file is empty', { expected: 'a header line', where: { file: file.shown } });
}

/**
 * The names of the columns. One without a name (the index that pandas writes) is called `Unnamed: 0`, as in
 * pandas.
 */
function checkHeader(header: string[], file: string): string[] {
  for (const [i, name] of header.entries()) {
    if (name !== '') continue;
    const unnamed = `Unnamed: ${i}`;
    let free = unnamed;
    for (let again = 1; header.includes(free); again++) free = `${unnamed}.${again}`;
    header[i] = free;
  }
  header.forEach((name, i) => {
    checkColumnName(name, file);
    if (header.indexOf(name) < i)
      throw new EtudeError(`two columns are named '${name}'`, { where: { file, line: 1 } });
  });
  return header;
}

/**
 * Rows of a JSON Lines file: one object per line, empty lines skipped. Anything else is yielded as malformed.
 */
export async function* readJsonLines(file: DataFile): AsyncGenerator<SourceRow, void, undefined> {
  let row = 0;
  for await (const { line, text } of readLines(file)) {
    if (text.trim() === '') continue;
    const where = { file: file.shown, line, row: row++ };
    const malformed = (message: string, got: string): SourceRow => ({
      values: {},
      where,
      malformed: new MalformedRow(message, { expected: 'JSON Lines: one object per line', got, where }),
    });
    let values: unknown;
    try {
      values = parseJsonLine(text);
    } catch (error) {
      yield malformed('a line is not JSON', (error as Error).message);
      continue;
    }
    if (!isRecord(values)) {
      yield malformed('a line is not an object', text.slice(0, 40));
      continue;
    }
    for (const name of Object.keys(values)) checkColumnName(name, file.shown);
    yield { values, where };
  }
}
