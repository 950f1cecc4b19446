import type { EncodedAudio } from '../src/learning/data/column.js';
import type { LargeAudio } from '../src/learning/data/encode-large.js';
import { problemOf } from '../src/learning/data/parameter-error.js';
import { PointsOutsideError } from '../src/learning/data/read/audio-file.js';
import { inspect } from '../src/learning/data/read/inspect.js';
import { locate } from '../src/learning/data/read/locate.js';
import { openSource } from '../src/learning/data/read/open-source.js';
import { countOf, partsOf, refuseBad, rowsOf, unitOf } from '../src/learning/data/read/split-slices.js';
import type { DataFile, OpenedSource, SourceRow } from '../src/learning/data/read/table.js';
import {
  type BadRow,
  BadRowsError,
  inOne,
  skippedRows,
} from '../src/learning/data/unusable/in-data-files.js';
import { defineBuiltIn } from '../src/stage/define-stage.js';
import type { LoadParams } from '../src/stage/params.js';
import { revisionSource } from '../src/stage/revision-source.js';
import { SourcesChanged } from '../src/stage/sources-changed.js';
import type { Source, SourceFile, StageContext } from '../src/stage/stage-type.js';
import { EtudeError, formatWhere } from '../src/util/errors.js';
import { lookUp } from '../src/util/look-up.js';
import { count } from '../src/util/words.js';

/**
 * `load_dataset` of Hugging Face datasets for local files and datasets on the Hub: Parquet, audio folders,
 * CSV and JSON Lines, distinguished by their names. Audio files are embedded unchanged; nothing is decoded
 * here.
 */
const load = defineBuiltIn<LoadParams>()({
  name: 'load',
  description: 'Read a dataset from Parquet, CSV, JSON Lines or a folder of audio.',
  inputs: {},
  output: 'dataset',
  libraries: ['hyparquet', 'hyparquet-compressors', 'csv-parse', 'apache-arrow'],

  async sources(params, place) {
    const found = await inspect(params, place);
    found.rows();
    await fetchUndigested(found.files);
    const files = found.files.map(({ shown: _, repository: __, ...file }) => file);
    const sources: Source[] = [{ param: found.param, files }, ...revisionSource(params.revision)];
    // The folder that data_files are relative to is a path, and thus not part of the result.
    if (found.param === 'data_files' && params.data_dir !== undefined)
      sources.push({ param: 'data_dir', files: [] });
    if (params.data_root !== undefined) sources.push({ param: 'data_root', files: [] });
    return sources;
  },

  async outline({ params, place, problem, warn }) {
    try {
      const { features, warnings, rows } = await inspect(params, place);
      warnings.forEach(warn);
      return { kind: 'dataset', features, splits: rows() };
    } catch (error) {
      if (!(error instanceof EtudeError)) throw error;
      // Problems inside a file block only this stage, through `sources`; stages that do not depend on it can
      // run.
      const inside = error.where !== undefined || error instanceof BadRowsError;
      if (inside && !(error instanceof PointsOutsideError)) return undefined;
      const described = problemOf(error, params.data_files === undefined ? 'path' : 'data_files');
      problem({ ...described, message: `${formatWhere(error.where)}${described.message}` });
      return undefined;
    }
  },

  async run(context) {
    const { place, objects, signal, progress, log } = context;
    const params = pinned(context);
    const located = await locate(params, place);
    const source = await openSource(located, params);
    checkUnchanged(source.files, context.sources[located.param] ?? []);
    const parts = partsOf(source, params.split);
    rowsOf(source, located, params);
    const total = countOf(Object.values(parts).flat());

    const { ChunkWriter } = await import('../src/learning/data/chunking.js');
    const { fitValue } = await import('../src/learning/data/convert-value.js');
    const { reportSkipped } = await import('../src/learning/data/unusable/report-unusable.js');
    const { makeSplit } = await import('../src/stage/split-rows.js');
    const { headOf } = await import('../src/learning/data/encode-large.js');
    const { Undecodable } = await import('../src/learning/audio/undecodable.js');
    const { features } = source;
    const undecodable = new Undecodable();
    const writer = new ChunkWriter(features, objects);
    const splits: Record<string, Awaited<ReturnType<typeof makeSplit>>> = {};
    const bad: BadRow[] = [];
    let done = 0;
    let kept = 0;
    const fit = ({ values, where, written }: SourceRow, name: string): unknown[] | EtudeError => {
      const mistakes: EtudeError[] = [];
      const fitted = Object.entries(features).map(([column, feature]) => {
        try {
          return fitValue(feature, lookUp(values, column), column, where, written?.(column));
        } catch (error) {
          if (!(error instanceof EtudeError)) throw error;
          mistakes.push(error);
          return undefined;
        }
      });
      if (mistakes.length > 0) return inOne(mistakes);
      for (const [i, feature] of Object.values(features).entries()) {
        if (feature._type !== 'Audio' || feature.storage !== 'encoded') continue;
        const audio = fitted[i] as EncodedAudio | LargeAudio;
        undecodable.look(headOf(audio), audio.path ?? name);
      }
      return fitted;
    };
    for (const [split, list] of Object.entries(parts)) {
      const [firstDone, firstKept] = [done, kept];
      for (const { table, start, end } of list) {
        let at = start;
        for await (const read of table.rows(start, end)) {
          signal.throwIfAborted();
          const row = done - firstDone;
          const fitted = table.problems?.get(at) ?? fit(read, `row ${row} of ${split}`);
          if (fitted instanceof EtudeError) bad.push({ split, row, error: fitted });
          else {
            // Rows of a result that will fail need not be written.
            if (bad.length === 0 || params.on_error === 'skip') await writer.add(fitted);
            kept += 1;
          }
          at += 1;
          done += 1;
          if (done % 16 === 0 || done === total) progress({ done, total, unit: 'rows' });
        }
      }
      await writer.endSplit();
      splits[split] = await makeSplit(
        Array.from({ length: kept - firstKept }, (_, i) => firstKept + i),
        objects,
      );
    }
    refuseBad(bad, total, features, params);
    for (const warning of undecodable.warnings()) log('warning', warning);
    const artifact = {
      kind: 'dataset' as const,
      features,
      chunks: await writer.end(),
      splits,
      ...(bad.length > 0 && { skipped: reportSkipped(skippedRows(bad, source.files), log) }),
    };
    const { warnOfRepeatedClips } = await import('../src/learning/data/repeated-clips.js');
    await warnOfRepeatedClips(context, artifact);
    const { classWarnings } = await import('../src/learning/data/split-classes.js');
    for (const warning of await classWarnings(artifact, objects)) log('warning', warning);
    return {
      artifact,
      rowsComputed: done,
      summary: summarise(features, splits, kept, bad.length),
    };
  },
});

function summarise(
  features: OpenedSource['features'],
  splits: Record<string, { num_rows: number }>,
  rows: number,
  skipped: number,
): string {
  const names = Object.entries(splits);
  const parts =
    names.length > 1 ? ` (${names.map(([name, { num_rows }]) => `${name} ${num_rows}`).join(', ')})` : '';
  return `${count(rows, unitOf(features))}${parts}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * The parameters with the commit that the run was planned with, in place of a branch that may have moved
 * since.
 */
function pinned({ params, sources }: StageContext<LoadParams>): LoadParams {
  const origin = Object.values(sources)
    .flat()
    .find((file) => file.origin !== undefined)?.origin;
  return origin === undefined ? params : { ...params, revision: origin.commit };
}

/** Downloads small files of the Hub whose SHA-256 it does not report, so that they can be fingerprinted. */
async function fetchUndigested(files: readonly DataFile[]): Promise<void> {
  const unknown = files.filter((file) => file.repository !== undefined && file.digest === undefined);
  await unknown[0]?.repository?.ensure(unknown.map((file) => file.origin!.file));
}

/** The files must be those whose content is in the fingerprint: others would be stored under a wrong name. */
function checkUnchanged(files: readonly DataFile[], sources: StageContext['sources'][string]): void {
  const planned = new Map<string, SourceFile>(sources.map((file) => [file.name, file]));
  const named = new Set(files.map((file) => file.name));
  const other = files.find((file) => planned.get(file.name)?.path !== file.path);
  if (other === undefined && named.size === planned.size) return;
  const names = files.filter((file) => planned.get(file.name)?.path !== file.path).map(({ shown }) => shown);
  const gone = sources.filter(({ name }) => !named.has(name)).map(({ name }) => name);
  throw new SourcesChanged(
    [...names, ...gone],
    'the files of the dataset changed since the run was planned',
    other === undefined ? 'a file is gone' : `a new file, ${other.shown}`,
  );
}

export default load;
