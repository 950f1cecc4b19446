import type { EncodedAudio } from '../src/learning/data/column.js';
import { ParameterError, problemOf } from '../src/learning/data/parameter-error.js';
import { LeadsOutError } from '../src/learning/data/read/audio-file.js';
import { locate } from '../src/learning/data/read/locate.js';
import type { Located } from '../src/learning/data/read/located.js';
import { openSource } from '../src/learning/data/read/open-source.js';
import type { DataFile, OpenedSource } from '../src/learning/data/read/table.js';
import { resolveSplit, splitName } from '../src/learning/data/split-spec.js';
import type { LoadParams } from '../src/stage/params.js';
import type { Source, SourceFile, StageContext, StageType } from '../src/stage/stage-type.js';
import { EtudeError, formatWhere } from '../src/util/errors.js';
import { lookUp } from '../src/util/look-up.js';

interface Part {
  table: OpenedSource['splits'][string][number];
  start: number;
  end: number;
}

/** The tables' parts that make each split of the result. An unknown split is an EtudeError. */
function partsOf(source: OpenedSource, split: string | undefined): Record<string, Part[]> {
  const whole = (tables: Part['table'][]) =>
    tables.map((table) => ({ table, start: 0, end: table.num_rows }));
  if (split === undefined) {
    return Object.fromEntries(Object.entries(source.splits).map(([name, tables]) => [name, whole(tables)]));
  }
  const numRows = Object.entries(source.splits).map(
    ([name, tables]) => [name, sum(tables.map((table) => table.num_rows))] as const,
  );
  const parts: Part[] = [];
  for (const slice of resolveSplit(split, Object.fromEntries(numRows))) {
    let first = 0;
    for (const table of source.splits[slice.split]!) {
      const start = Math.max(slice.start - first, 0);
      const end = Math.min(slice.end - first, table.num_rows);
      if (start < end) parts.push({ table, start, end });
      first += table.num_rows;
    }
  }
  return { [splitName(split)]: parts };
}

/** Rows of each split of the result. A split without any is an EtudeError: at `split` where that cuts all away, else at its file. */
function rowsOf(source: OpenedSource, located: Located, params: LoadParams): Record<string, number> {
  const counts = Object.entries(partsOf(source, params.split)).map(
    ([name, list]) => [name, sum(list.map(({ start, end }) => end - start))] as const,
  );
  const empty = counts.find(([, rows]) => rows === 0)?.[0];
  if (empty === undefined) return Object.fromEntries(counts);
  const message = `split '${empty}' has no rows`;
  const expected = 'at least one row';
  const file = located.splits[empty]?.[0]?.shown;
  if (params.split !== undefined && /[[]/.test(params.split))
    throw new ParameterError('split', message, { expected, got: `'${params.split}'` });
  throw new EtudeError(message, { expected, where: file === undefined ? undefined : { file } });
}

/**
 * `load_dataset` of Hugging Face datasets for files on this machine and data sets of the Hub: Parquet, audio folders, CSV and JSON Lines,
 * told apart by their names. Audio files are embedded as they are; nothing is decoded here.
 */
const load: StageType<LoadParams> = {
  name: 'load',
  description: 'Reads a data set from Parquet, CSV, JSON Lines or a folder of audio.',
  inputs: {},
  output: 'dataset',
  libraries: ['hyparquet', 'hyparquet-compressors', 'csv-parse', 'apache-arrow'],

  async sources(params, place) {
    const located = await locate(params, place);
    const source = await openSource(located, params);
    rowsOf(source, located, params);
    await fetchUndigested(source.files);
    const files = source.files.map(({ shown: _, repository: __, ...file }) => file);
    const sources: Source[] = [{ param: located.param, files }];
    // What a revision holds counts, not its name.
    if (params.revision !== undefined) sources.push({ param: 'revision', files: [] });
    // The folder that data_files are relative to is a path, and so no part of the result.
    if (located.param === 'data_files' && params.data_dir !== undefined)
      sources.push({ param: 'data_dir', files: [] });
    if (params.data_root !== undefined) sources.push({ param: 'data_root', files: [] });
    return sources;
  },

  async outline({ params, place, problem, warn }) {
    try {
      const located = await locate(params, place);
      const source = await openSource(located, params);
      source.warnings.forEach(warn);
      return { kind: 'dataset', features: source.features, splits: rowsOf(source, located, params) };
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      // What is wrong inside a file blocks this stage alone, through `sources`; stages that do not depend on it can run.
      if (error.where !== undefined && !(error instanceof LeadsOutError)) return undefined;
      const told = problemOf(error, params.data_files === undefined ? 'path' : 'data_files');
      problem({ ...told, message: `${formatWhere(error.where)}${told.message}` });
      return undefined;
    }
  },

  async run(context) {
    const { place, objects, signal, progress, log } = context;
    const params = pinned(context);
    const located = await locate(params, place);
    const source = await openSource(located, params);
    checkUnchanged(source.files, context.sources[located.param] ?? []);
    for (const warning of source.warnings) log('warning', warning);
    const parts = partsOf(source, params.split);
    const total = sum(Object.values(rowsOf(source, located, params)));

    const { ChunkWriter } = await import('../src/learning/data/chunking.js');
    const { fitValue } = await import('../src/learning/data/fit-value.js');
    const { makeSplit } = await import('../src/stage/split-rows.js');
    const { Undecodable } = await import('../src/learning/audio/undecodable.js');
    const { features } = source;
    const undecodable = new Undecodable();
    const writer = new ChunkWriter(features, objects);
    const splits: Record<string, Awaited<ReturnType<typeof makeSplit>>> = {};
    let done = 0;
    for (const [name, list] of Object.entries(parts)) {
      const first = done;
      for (const { table, start, end } of list) {
        for await (const { values, where, written } of table.rows(start, end)) {
          signal.throwIfAborted();
          const row = Object.entries(features).map(([column, feature]) => {
            const value = fitValue(feature, lookUp(values, column), column, where, written?.(column));
            if (feature._type === 'Audio' && feature.storage === 'encoded') {
              const { bytes, path } = value as EncodedAudio;
              undecodable.look(bytes, path ?? `row ${done - first} of ${name}`);
            }
            return value;
          });
          await writer.add(row);
          done += 1;
          if (done % 16 === 0 || done === total) progress({ done, total, unit: 'rows' });
        }
      }
      await writer.endSplit();
      splits[name] = await makeSplit(
        Array.from({ length: done - first }, (_, i) => first + i),
        objects,
      );
    }
    for (const warning of undecodable.warnings()) log('warning', warning);
    const artifact = { kind: 'dataset' as const, features, chunks: await writer.end(), splits };
    const { warnOfRepeatedClips } = await import('../src/learning/data/repeated-clips.js');
    await warnOfRepeatedClips(context, artifact);
    const { classWarnings } = await import('../src/learning/data/split-classes.js');
    for (const warning of await classWarnings(artifact, objects)) log('warning', warning);
    return {
      artifact,
      rowsComputed: done,
      summary: summarise(features, splits, done),
    };
  },
};

function summarise(
  features: OpenedSource['features'],
  splits: Record<string, { num_rows: number }>,
  rows: number,
): string {
  const unit = Object.values(features).some((feature) => feature._type === 'Audio') ? 'clips' : 'rows';
  const names = Object.entries(splits);
  const parts =
    names.length > 1 ? ` (${names.map(([name, { num_rows }]) => `${name} ${num_rows}`).join(', ')})` : '';
  return `${rows} ${unit}${parts}`;
}

/** The parameters with the commit of the Hub that the run was planned with in place of a branch that may have moved since. */
function pinned({ params, sources }: StageContext<LoadParams>): LoadParams {
  const origin = Object.values(sources)
    .flat()
    .find((file) => file.origin !== undefined)?.origin;
  return origin === undefined ? params : { ...params, revision: origin.commit };
}

/** Downloads the small files of the Hub whose SHA-256 it does not tell, so that they can be planned with. */
async function fetchUndigested(files: readonly DataFile[]): Promise<void> {
  const unknown = files.filter((file) => file.repository !== undefined && file.digest === undefined);
  await unknown[0]?.repository?.ensure(unknown.map((file) => file.origin!.file));
}

/** The files must be those whose content is in the fingerprint: other ones would be kept under a wrong name. */
function checkUnchanged(files: readonly DataFile[], sources: StageContext['sources'][string]): void {
  const planned = new Map<string, SourceFile>(sources.map((file) => [file.name, file]));
  const named = new Set(files.map((file) => file.name));
  const other = files.find((file) => planned.get(file.name)?.path !== file.path);
  if (other === undefined && named.size === planned.size) return;
  throw new EtudeError('the files of the data set changed since the run was planned', {
    got: other === undefined ? 'a file is gone' : `a new file, ${other.shown}`,
    hint: 'Run it again.',
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export default load;
