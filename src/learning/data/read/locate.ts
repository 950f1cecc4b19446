import { stat } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { LoadParams } from '../../../stage/params.js';
import { isRepositoryId, localFolder } from '../../../stage/source-folder.js';
import type { Place } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { ParameterError } from '../parameter-error.js';
import { expandAll } from './expand-data-files.js';
import { formats, metadataNames, takes } from './formats.js';
import { lostFiles } from './list-files.js';
import { bySplitNames, locateFolder } from './locate-folder.js';
import type { Located } from './located.js';
import { assignSplits } from './split-names.js';
import type { DataFile, Format } from './table.js';

/**
 * Finds the files that `load` names, as `load_dataset` does: `path` is a folder, a file, or a format
 * (`parquet`, `csv`, `json`, `audiofolder`) with `data_files` or `data_dir`, or a dataset of the Hub, whose
 * large files are not downloaded here. Splits come from `data_files`, from the dataset card's configurations,
 * or from the files' names (see `assignSplits`); the files of a split are in the order of their names.
 * Anything missing or unsupported is an EtudeError.
 */
export async function locate(params: LoadParams, place: Place): Promise<Located> {
  const located = await locateFiles(params, place);
  const { data_root } = params;
  if (data_root === undefined) return located;
  const dataRoot = place.resolve(data_root);
  const isRemote = Object.values(located.splits).some((files) => files[0]?.repository !== undefined);
  if (isRemote)
    throw new ParameterError('data_root', 'data_root is for local tables', {
      got: `'${params.path}', a dataset on the Hugging Face Hub`,
    });
  if (!namesAudio(located))
    throw new ParameterError('data_root', 'data_root is for audio files that a table names', {
      expected: 'CSV, JSON Lines, or a metadata file in a folder of audio',
      got: located.format === 'audiofolder' ? 'a folder of audio without a metadata file' : located.format,
    });
  if (!(await stat(dataRoot).catch(() => undefined))?.isDirectory())
    throw new ParameterError('data_root', `no such folder: '${data_root}'`, {
      expected: 'a folder as data_root',
    });
  return { ...located, dataRoot };
}

/** Whether there is a table whose rows can name audio files. */
function namesAudio({ format, splits }: Located): boolean {
  if (format === 'csv' || format === 'json') return true;
  const files = Object.values(splits).flat();
  return format === 'audiofolder' && files.some(({ name }) => metadataNames.includes(posix.basename(name)));
}

async function locateFiles(params: LoadParams, place: Place): Promise<Located> {
  const { path, revision } = params;
  const isFormat = (formats as readonly string[]).includes(path);
  const absolute = place.resolve(path);
  const stats = isFormat ? undefined : await stat(absolute).catch(() => undefined);
  if (!isFormat && stats === undefined && isRepositoryId(path)) {
    const { locateOnHub } = await import('./locate-on-hub.js');
    return locateOnHub(params, place);
  }
  if (revision !== undefined) {
    throw new ParameterError('revision', 'revision is for datasets on the Hugging Face Hub', {
      got: `revision '${revision}' of a local path`,
    });
  }
  if (isFormat) {
    if (params.name !== undefined)
      throw new ParameterError('name', `format '${path}' has no configurations`, {
        got: `name '${params.name}'`,
      });
    return locateFormat(path as Format, params, place);
  }
  if (stats === undefined) throw missing(path);
  if (stats.isDirectory()) {
    const { locateSaved } = await import('./locate-saved.js');
    return (await locateSaved(params, absolute)) ?? locateFolder(params, localFolder(path, absolute));
  }
  const format = formats.find((one) => one !== 'audiofolder' && takes(one, path));
  if (format === undefined) {
    throw new EtudeError(`'${path}' is not a dataset`, {
      expected: 'a folder, or a .parquet, .csv, .tsv or .jsonl file',
    });
  }
  const name = posix.basename(path);
  const file = { name, path: absolute, shown: path };
  return {
    format,
    param: 'path',
    root: dirname(absolute),
    splits: { [Object.keys(assignSplits([name], false))[0]!]: [file] },
  };
}

async function locateFormat(format: Format, params: LoadParams, place: Place): Promise<Located> {
  const { data_files, data_dir } = params;
  if (data_files === undefined) {
    if (data_dir === undefined) {
      throw new EtudeError(`format '${format}' needs files`, {
        expected: 'data_files or data_dir',
        got: 'neither',
      });
    }
    const folder = localFolder(data_dir, place.resolve(data_dir));
    if (!(await folder.isFolder('.')))
      throw new ParameterError('data_dir', `no such folder: '${data_dir}'`, {
        expected: 'a folder as data_dir',
      });
    return { ...(await bySplitNames(folder, '.', format)), param: 'data_dir' };
  }
  const base = localFolder(data_dir ?? '.', '', (file) =>
    place.resolve(data_dir === undefined ? file : join(data_dir, file)),
  );
  const lost: string[] = [];
  const splits = await expandAll(data_files, base, '.', lost);
  // Names are relative to the folder that all files have in common; the split is added because it is not part
  // of the path.
  const folder = commonFolder(Object.values(splits).flat());
  const renamed = Object.entries(splits).map(([split, files]) => [
    split,
    files.map((file) => ({ ...file, name: `${split}/${relative(folder, file.path).split(sep).join('/')}` })),
  ]);
  return {
    format,
    param: 'data_files',
    root: folder,
    splits: Object.fromEntries(renamed),
    warnings: lostFiles(lost),
  };
}

function missing(path: string): EtudeError {
  const oneWord = /^[\w-]+$/.test(path);
  return new EtudeError(`no such file or folder: '${path}'`, {
    hint: oneWord ? 'Datasets on the Hugging Face Hub need their owner: owner/name.' : undefined,
  });
}

function commonFolder(files: readonly DataFile[]): string {
  const folders = files.map((file) => dirname(file.path).split(sep));
  const first = folders[0] ?? [];
  const length = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
  return first.slice(0, length < 0 ? first.length : length).join(sep) || sep;
}
