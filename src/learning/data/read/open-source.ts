import type { Feature, Features } from '../../../stage/artifact.js';
import type { LoadParams } from '../../../stage/params.js';
import { EtudeError, systemMessage } from '../../../util/errors.js';
import { lookUp } from '../../../util/look-up.js';
import { noLabel } from '../convert-value.js';
import { describeFeature, isName } from '../features.js';
import { ParameterError } from '../parameter-error.js';
import { splitsNamed } from '../split-spec.js';
import { inOne, refuseMalformed } from '../unusable/in-data-files.js';
import { audioFolder, metadataFiles, scanMetadata } from './audio-folder.js';
import { refine } from './card-features.js';
import { classLabel, encodesLabel, withLabelNames } from './class-label.js';
import { fetchTables } from './fetch-tables.js';
import type { Located } from './located.js';
import type { DataFile, FeaturedTable, OpenedSource, Table } from './table.js';
import type { ScannedTables } from './text-tables.js';

/** A source, and every file that is read along with it. */
export interface SourceWithFiles extends OpenedSource {
  files: DataFile[];
}

/** Opens located files: Parquet by its footers, tables of text by a scan, folders of audio by their names. */
export async function openSource(located: Located, params: LoadParams): Promise<SourceWithFiles> {
  for (const [split, files] of Object.entries(located.splits))
    if (!isName(split))
      throw new EtudeError(`a split cannot be named '${split}'`, { where: { file: files[0]?.shown } });
  const source = await open(located, params);
  checkColumnsExist(source.available, params);
  const files = located.card === undefined ? source.files : [located.card, ...source.files];
  const warnings = [...(located.warnings ?? []), ...(source.warnings ?? []), ...sharedFiles(located)];
  return { features: source.features, splits: source.splits, files, warnings };
}

type Opened = Omit<SourceWithFiles, 'warnings'> & { available: string[]; warnings?: string[] };

/** The warning about files that are in two splits. */
function sharedFiles({ splits }: Located): string[] {
  const owners = new Map<string, { file: DataFile; splits: string[] }>();
  for (const [split, files] of Object.entries(splits))
    for (const file of files) {
      const owner = owners.get(file.path) ?? { file, splits: [] };
      owners.set(file.path, { file, splits: [...owner.splits, split] });
    }
  const shared = [...owners.values()].filter((owner) => owner.splits.length > 1);
  const [first] = shared;
  if (first === undefined) return [];
  const names = first.splits.map((split) => `'${split}'`).join(' and ');
  const more =
    shared.length === 1 ? '' : `, and so ${shared.length === 2 ? 'is' : 'are'} ${shared.length - 1} more`;
  return [
    `${first.file.shown} is in several splits, ${names}${more}: the model is tested on data it was trained on`,
  ];
}

async function open(located: Located, params: LoadParams): Promise<Opened> {
  switch (located.format) {
    case 'parquet':
      // Hyparquet and its decompressors are loaded only for Parquet.
      return openFiles(located, params, (await import('./parquet.js')).openParquet);
    case 'save_to_disk':
      return openFiles(located, params, (await import('./arrow.js')).openArrow);
    case 'audiofolder': {
      const metadata = metadataFiles(located, params);
      if (metadata === undefined) {
        const folder = audioFolder(located, params);
        return selectColumns({ ...folder, available: Object.keys(folder.features) }, params.columns);
      }
      await fetchTables(Object.values(metadata).flat());
      const scanned = await scanMetadata(Object.values(metadata).flat(), located, wanted(params));
      return fromScan(metadata, scanned, params);
    }
    default: {
      const { scanTextTables } = await import('./text-tables.js');
      await fetchTables(Object.values(located.splits).flat());
      const audio = params.audio_column_name ?? 'audio';
      const scanned = await scanTextTables(Object.values(located.splits).flat(), {
        format: located.format,
        root: located.root,
        dataRoot: located.dataRoot,
        ...wanted(params),
        audioColumn: (column) => (column === audio ? column : undefined),
      });
      return fromScan(located.splits, scanned, params);
    }
  }
}

/** What to look for when scanning tables. */
function wanted({ columns, label_column_name }: LoadParams) {
  return {
    columns,
    labelColumn: label_column_name ?? 'label',
    labelAsked: label_column_name !== undefined,
  };
}

function fromScan(files: Record<string, DataFile[]>, scanned: ScannedTables, params: LoadParams): Opened {
  const splits = Object.fromEntries(
    Object.entries(files).map(([split, list]) => [split, list.map((file) => scanned.tables.get(file)!)]),
  );
  const { features, available } = scanned;
  const opened = {
    features,
    available,
    splits,
    files: [...Object.values(files).flat(), ...scanned.audio],
  };
  const column = params.label_column_name ?? 'label';
  const encoded = encodeLabel(opened, column, params.label_column_name !== undefined, scanned.labels);
  noteUnlabelled(scanned, lookUp(encoded.features, column), column);
  refuseMalformed([...scanned.tables.values()]);
  return encoded;
}

/** Rows without a label are bad if labels are classes. */
function noteUnlabelled(
  { tables, unlabelled }: ScannedTables,
  feature: Feature | undefined,
  column: string,
): void {
  if (feature?._type !== 'ClassLabel') return;
  for (const table of tables.values())
    for (const { row, where, written } of unlabelled.get(table) ?? []) {
      const known = table.problems.get(row) ?? [];
      table.problems.set(row, inOne([known, noLabel(feature.names, column, where, null, written)].flat()));
    }
}

/** Files that declare their columns. */
async function openFiles(
  located: Located,
  params: LoadParams,
  openNamed: (file: DataFile, columns?: readonly string[]) => Promise<FeaturedTable>,
): Promise<Opened> {
  const openFile = (file: DataFile, columns?: readonly string[]) =>
    namingFile(file, () => openNamed(file, columns));
  const named = params.split === undefined ? undefined : splitsNamed(params.split);
  const splits = Object.entries(located.splits).filter(([split]) => named?.includes(split) ?? true);
  const all = Object.values(located.splits).flat();
  const used = splits.flatMap(([, files]) => files);
  // The caller that resolves the expression reports an unknown split, with all names.
  const opened = new Map(
    await Promise.all(used.map(async (file) => [file, await openFile(file, params.columns)] as const)),
  );
  const first = opened.get(used[0]!) ?? (await openFile(all[0]!, params.columns));
  for (const [file, { features }] of opened) checkSameFeatures(first.features, features, file);
  const features = Object.fromEntries(
    Object.entries(first.features).map(([name, feature]) => [
      name,
      refine(feature, lookUp(located.declared, name)),
    ]),
  );
  const tables = [...opened.values()].filter(({ num_rows }) => num_rows > 0);
  const silent = first.withoutBytes?.find(
    (name) => tables.length > 0 && tables.every(({ withoutBytes }) => withoutBytes?.includes(name)),
  );
  if (silent !== undefined) throw noBytes(silent);
  const audio = params.audio_column_name;
  if (audio !== undefined && Object.hasOwn(features, audio)) features[audio] = asAudio(features, audio);
  const bySplit = Object.fromEntries(
    Object.entries(located.splits).map(([split, files]) => [
      split,
      files.map((file) => opened.get(file) ?? empty),
    ]),
  );
  const files = [...(located.describing ?? []), ...used];
  const source = { features, available: first.available, splits: bySplit, files };
  const label = params.label_column_name;
  if (label === undefined || !encodesLabel(features, label, true)) return source;
  const values = new Set<unknown>();
  for (const file of used) {
    const table = await openFile(file, [label]);
    for await (const row of table.rows(0, table.num_rows)) {
      const value = lookUp(row.values, label);
      if (value !== null && value !== undefined) values.add(value);
    }
  }
  return encodeLabel(source, label, true, values);
}

function noBytes(column: string): EtudeError {
  return new EtudeError(`column '${column}' has the names of audio files, but no audio`, {
    expected: "the files' bytes in each row",
    hint: 'Load the folder of the files instead, or save the dataset with them: push_to_hub of datasets does.',
  });
}

/** A library's message about a file that it cannot handle names neither the file nor what to do. */
async function namingFile<T extends Table>(file: DataFile, open: () => Promise<T>): Promise<T> {
  const named = (error: unknown) => {
    if (error instanceof EtudeError || isAbort(error) || systemMessage(error) !== undefined) return error;
    return new EtudeError('the file cannot be read', {
      where: { file: file.shown },
      got: error instanceof Error ? error.message : String(error),
      hint: 'It may be damaged, or use something that Etude does not support.',
      cause: error,
    });
  };
  try {
    const table = await open();
    const rows = async function* (start: number, end: number) {
      try {
        yield* table.rows(start, end);
      } catch (error) {
        throw named(error);
      }
    };
    return { ...table, rows };
  } catch (error) {
    throw named(error);
  }
}

/** The work was stopped; the file is not at fault. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

const empty: Table = { num_rows: 0, async *rows() {} };

function encodeLabel(source: Opened, column: string, asked: boolean, values: Iterable<unknown>): Opened {
  if (!encodesLabel(source.features, column, asked)) return source;
  const feature = classLabel(source.features[column]!, values, column);
  return {
    ...source,
    features: { ...source.features, [column]: feature },
    splits: withLabelNames(source.splits, column),
  };
}

function asAudio(features: Features, column: string): Features[string] {
  const feature = features[column]!;
  if (feature._type === 'Audio') return feature;
  if (feature._type === 'Value' && feature.dtype === 'binary') return { _type: 'Audio', storage: 'encoded' };
  throw new EtudeError(`column '${column}' is not audio`, {
    expected: 'bytes, or a struct of bytes and path',
    got: describeFeature(feature),
  });
}

function checkSameFeatures(first: Features, features: Features, file: DataFile): void {
  const words = (of: Features) =>
    Object.entries(of).map(([name, feature]) => `${name} ${describeFeature(feature)}`);
  if (JSON.stringify(first) === JSON.stringify(features)) return;
  throw new EtudeError('the files of the dataset have different columns', {
    expected: words(first).join(', '),
    got: words(features).join(', '),
    where: { file: file.shown },
  });
}

function selectColumns(source: Opened, columns: readonly string[] | undefined): Opened {
  if (columns === undefined) return source;
  const features = Object.fromEntries(
    Object.entries(source.features).filter(([name]) => columns.includes(name)),
  );
  return { ...source, features };
}

function checkColumnsExist(names: readonly string[], params: LoadParams): void {
  const asked = {
    columns: params.columns ?? [],
    audio_column_name: params.audio_column_name,
    label_column_name: params.label_column_name,
  };
  for (const [param, columns] of Object.entries(asked)) {
    const unknown = [columns ?? []].flat().find((column) => !names.includes(column));
    if (unknown === undefined) continue;
    throw new ParameterError(param, `no column '${unknown}' in the dataset`, { wrong: unknown, names });
  }
}
