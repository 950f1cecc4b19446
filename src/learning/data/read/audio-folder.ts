import { dirname, posix } from 'node:path';
import type { Features } from '../../../stage/artifact.js';
import type { LoadParams } from '../../../stage/params.js';
import { byCodePoints } from '../../../util/code-points.js';
import { EtudeError } from '../../../util/errors.js';
import type { Row } from '../dataset.js';
import { readAudio } from './audio-file.js';
import { metadataNames } from './formats.js';
import type { Located } from './located.js';
import { splitOfFolder } from './split-names.js';
import type { DataFile, Table } from './table.js';
import type { ScannedTables } from './text-tables.js';

/** A folder of audio without metadata files: one row per file. */
export interface AudioFolder {
  features: Features;
  splits: Record<string, Table[]>;
  files: DataFile[];
  /** Why there are no labels although folders look like labels. */
  warnings: string[];
}

/**
 * Rows from the files of a folder, as Hugging Face's `audiofolder` makes them: an `audio` column, and a
 * `label` (ClassLabel of the sorted names of the parent folders) if there is more than one such name, all
 * files are at the same depth and there is no metadata file; `drop_labels: false` always gives labels, `true`
 * never. Folders that only say which split a clip belongs to are not labels (there, Hugging Face gives each
 * split a class of its own).
 */
export function audioFolder(located: Located, params: LoadParams): AudioFolder {
  const all = Object.values(located.splits).flat();
  const audio = all.filter((file) => !isMetadata(file));
  const labels = [...new Set(audio.map(labelOf))].sort(byCodePoints);
  const depths = new Set(audio.map((file) => file.path.split(/[\\/]/).length));
  const inSplits = Object.entries(located.splits).every(([split, files]) =>
    files.every((file) => isMetadata(file) || [labelOf(file), splitOfFolder(labelOf(file))].includes(split)),
  );
  const usual = labels.length > 1 && depths.size === 1 && !inSplits;
  const bare = audio.length === all.length;
  const labelled = bare && (params.drop_labels === undefined ? usual : !params.drop_labels);
  const features: Features = { audio: { _type: 'Audio', storage: 'encoded' } };
  if (labelled) features.label = { _type: 'ClassLabel', names: labels };
  const withAudio = params.columns?.includes('audio') ?? true;
  const splits = Object.entries(located.splits).map(([split, files]) => {
    const clips = files.filter((file) => !isMetadata(file));
    const table: Table = {
      num_rows: clips.length,
      async *rows(start, end) {
        for (const file of clips.slice(start, end)) {
          const where = { file: file.shown };
          const values: Row = withAudio ? { audio: await readAudio(file, where) } : {};
          yield { values: labelled ? { ...values, label: labelOf(file) } : values, where };
        }
      },
    };
    return [split, [table]];
  });
  const wanted = bare && params.drop_labels !== true;
  const warnings = wanted ? labelWarnings({ audio, labels, labelled, inSplits }) : [];
  return { features, splits: Object.fromEntries(splits), files: audio, warnings };
}

interface Labelling {
  audio: readonly DataFile[];
  labels: readonly string[];
  labelled: boolean;
  /** Whether the folders have the names of the splits. */
  inSplits: boolean;
}

function labelWarnings({ audio, labels, labelled, inSplits }: Labelling): string[] {
  const [one] = labels;
  const [first] = audio;
  if (one === undefined || first === undefined) return [];
  const folders = labels.map((name) => `'${name}'`).join(', ');
  if (inSplits && labels.length > 1)
    return [
      labelled
        ? `the classes are the split folders: ${folders}`
        : `no labels: the folders ${folders} are splits, and have no class folders`,
    ];
  if (labelled) return [];
  if (labels.length === 1)
    return inSplits || !first.name.includes('/')
      ? []
      : [`no labels: all audio files are in one folder, '${one}'`];
  const depthOf = ({ name }: DataFile) => name.split(/[\\/]/).length;
  const other = audio.find((file) => depthOf(file) !== depthOf(first));
  return [`no labels: audio files are at different depths, such as ${first.name} and ${other?.name}`];
}

function labelOf(file: DataFile): string {
  return posix.basename(dirname(file.path).replaceAll('\\', '/'));
}

function isMetadata(file: DataFile): boolean {
  return metadataNames.includes(posix.basename(file.name));
}

/** The metadata files of an audio folder by split; `undefined` if there are none, or they are ignored. */
export function metadataFiles(located: Located, params: LoadParams): Record<string, DataFile[]> | undefined {
  const splits = Object.entries(located.splits).map(
    ([split, files]) => [split, files.filter(isMetadata)] as const,
  );
  if (params.drop_metadata || splits.every(([, files]) => files.length === 0)) return undefined;
  const without = splits.find(([, files]) => files.length === 0);
  if (without !== undefined) {
    throw new EtudeError(`split '${without[0]}' has no metadata file`, {
      expected: 'one in each split, because one of them has it',
    });
  }
  const extensions = [
    ...new Set(splits.flatMap(([, files]) => files.map((file) => posix.extname(file.name)))),
  ];
  if (extensions.length > 1) {
    throw new EtudeError('metadata files of different formats cannot be combined', {
      expected: 'metadata.csv, metadata.jsonl or metadata.parquet',
      got: extensions.join(', '),
    });
  }
  return Object.fromEntries(splits);
}

function formatOf({ name }: DataFile): 'csv' | 'json' | 'parquet' {
  return name.endsWith('.csv') ? 'csv' : name.endsWith('.parquet') ? 'parquet' : 'json';
}

/** Scans metadata files: their columns, `file_name` replaced by `audio`, and `x_file_name` by `x`. */
export async function scanMetadata(
  files: readonly DataFile[],
  located: Located,
  options: { columns?: readonly string[]; labelColumn: string; labelAsked: boolean },
): Promise<ScannedTables> {
  const { scanTextTables } = await import('./text-tables.js');
  const scanned = await scanTextTables(files, {
    ...options,
    format: formatOf(files[0]!),
    root: located.root,
    dataRoot: located.dataRoot,
    audioBelow: true,
    audioColumn(column) {
      if (column === 'file_name') return 'audio';
      return column.endsWith('_file_name') ? column.slice(0, -'_file_name'.length) : undefined;
    },
  });
  const named = [...scanned.tables.values()].some(({ problems }) => problems.size > 0);
  if (scanned.audio.length === 0 && !named) {
    throw new EtudeError('metadata without audio files', {
      expected: "a 'file_name' column",
      got: Object.keys(scanned.features).join(', ') || 'no rows',
      where: { file: files[0]!.shown },
    });
  }
  return scanned;
}
