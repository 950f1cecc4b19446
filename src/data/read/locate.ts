import { stat } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';
import { EtudeError } from '../../errors.js';
import type { LoadParams } from '../../stage-params.js';
import type { Place } from '../../stage-type.js';
import { ParameterError } from '../parameter-error.js';
import { type CardConfig, cardConfigs, chooseConfig } from './card-configs.js';
import { detectFormat, formats, takes } from './formats.js';
import { globToRegExp, hasMagic, splitPattern } from './glob.js';
import { listFiles } from './list-files.js';
import { assignSplits } from './split-names.js';
import type { DataFile, Format } from './table.js';

/** Files of a data set, found. */
export interface Located {
  format: Format | 'save_to_disk';
  /** The parameter that the files stand for. */
  param: 'path' | 'data_files' | 'data_dir';
  /** The data set's folder, which audio that rows name must lie in. */
  root: string;
  /** Files by split, in order. */
  splits: Record<string, DataFile[]>;
  /** The data set card, where its configurations said which files. */
  card?: DataFile;
  /** Files that say what is in the others (save_to_disk). */
  describing?: DataFile[];
  /** Files of a known format that belong to no split. */
  unused: number;
}

/**
 * Finds the files that `load` names, as `load_dataset` does: `path` is a folder, a file, or a format (`parquet`, `csv`, `json`,
 * `audiofolder`) with `data_files` or `data_dir`. Splits come from `data_files`, from the data set card's configurations, or from the
 * files' names (see `assignSplits`); the files of a split are in the order of their names.
 * What is not there, or is not supported, is an EtudeError.
 */
export async function locate(params: LoadParams, place: Place): Promise<Located> {
  const { path, revision } = params;
  const isFormat = (formats as readonly string[]).includes(path);
  if (revision !== undefined) {
    throw new ParameterError('revision', 'a revision belongs to a data set of the Hugging Face Hub', {
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
  const absolute = place.resolve(path);
  const stats = await stat(absolute).catch(() => undefined);
  if (stats === undefined) throw missing(path);
  if (stats.isDirectory()) {
    const { locateSaved } = await import('./locate-saved.js');
    return (await locateSaved(params, absolute)) ?? locateFolder(params, absolute);
  }
  const format = formats.find((one) => one !== 'audiofolder' && takes(one, path));
  if (format === undefined) {
    throw new EtudeError(`'${path}' is no data set`, {
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
    unused: 0,
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
    const absolute = place.resolve(data_dir);
    if (!(await isFolder(absolute)))
      throw new ParameterError('data_dir', `no such folder: '${data_dir}'`, {
        expected: 'data_dir to be a folder',
      });
    return { ...(await bySplitNames(absolute, data_dir, format)), param: 'data_dir' };
  }
  const base = data_dir ?? '.';
  const splits = await expandAll(data_files, base, (file) =>
    place.resolve(data_dir === undefined ? file : join(data_dir, file)),
  );
  // Names are relative to what all files have in common; the split belongs to them, for it is no part of the path.
  const folder = commonFolder(Object.values(splits).flat());
  const renamed = Object.entries(splits).map(([split, files]) => [
    split,
    files.map((file) => ({ ...file, name: `${split}/${toPosix(relative(folder, file.path))}` })),
  ]);
  return { format, param: 'data_files', root: folder, splits: Object.fromEntries(renamed), unused: 0 };
}

async function locateFolder(params: LoadParams, root: string): Promise<Located> {
  const { path, name } = params;
  const configs = await cardConfigs(root, path);
  let config: CardConfig | undefined =
    params.data_files === undefined || name !== undefined ? chooseConfig(configs, name) : undefined;
  if (name !== undefined && config === undefined) {
    if (!(await isFolder(join(root, name))) || name.includes('..')) {
      throw new ParameterError('name', `no configuration '${name}' in '${path}'`, {
        expected: 'a configuration of its README.md, or a folder of that name',
        wrong: name,
        names: configs.map((one) => one.name),
      });
    }
    config = { name, data_dir: name, default: false };
  }
  const card =
    configs.length === 0
      ? undefined
      : { name: 'README.md', path: join(root, 'README.md'), shown: `${path}/README.md` };
  const dir = params.data_dir ?? config?.data_dir ?? '.';
  const folder = join(root, dir);
  const shown = posix.join(path, toPosix(dir));
  if (!(await isFolder(folder)))
    throw new ParameterError(
      params.data_dir === undefined ? 'path' : 'data_dir',
      `no such folder: '${shown}'`,
    );
  const patterns = params.data_files ?? config?.data_files;
  if (patterns === undefined) return { ...(await bySplitNames(folder, shown)), param: 'path', card };
  const splits = await expandAll(patterns, shown, (file) => join(folder, file));
  const format = detectFormat(Object.values(splits).flatMap((files) => files.map((file) => file.name)));
  if (format === undefined) throw nothingFound(shown);
  return { format, param: 'path', root, splits, card, unused: 0 };
}

/** The files of a folder, sorted into splits by their names. */
async function bySplitNames(folder: string, shown: string, asked?: Format): Promise<Omit<Located, 'param'>> {
  const listed = await listFiles(folder);
  const format = asked ?? detectFormat(listed);
  const names = format === undefined ? [] : listed.filter((name) => takes(format, name));
  if (format === undefined || names.length === 0) throw nothingFound(shown, asked);
  const assigned = assignSplits(names, format !== 'audiofolder');
  const file = (name: string): DataFile => ({
    name,
    path: join(folder, name),
    shown: posix.join(shown, name),
  });
  const splits = Object.fromEntries(
    Object.entries(assigned).map(([split, files]) => [split, files.map(file)]),
  );
  const used = Object.values(assigned).reduce((sum, files) => sum + files.length, 0);
  return { format, root: folder, splits, unused: names.length - used };
}

async function expandAll(
  patterns: NonNullable<LoadParams['data_files']>,
  shown: string,
  resolve: (path: string) => string,
): Promise<Record<string, DataFile[]>> {
  const bySplit = typeof patterns === 'string' || Array.isArray(patterns) ? { train: patterns } : patterns;
  const splits = Object.entries(bySplit).map(async ([split, list]) => {
    const found = await Promise.all([list].flat().map((pattern) => expand(pattern, shown, resolve)));
    const byPath = new Map(found.flat().map((file) => [file.path, file]));
    return [split, [...byPath.values()].sort((a, b) => (a.name < b.name ? -1 : 1))] as const;
  });
  return Object.fromEntries(await Promise.all(splits));
}

async function expand(
  pattern: string,
  shown: string,
  resolve: (path: string) => string,
): Promise<DataFile[]> {
  if (pattern.includes('://')) {
    throw new EtudeError(`data_files cannot be fetched: '${pattern}'`, {
      expected: 'files on this machine',
      hint: 'Download them first.',
    });
  }
  const file = (name: string): DataFile => ({ name, path: resolve(name), shown: posix.join(shown, name) });
  if (!hasMagic(pattern)) {
    const found = await stat(resolve(pattern)).catch(() => undefined);
    if (found?.isFile()) return [file(posix.normalize(pattern))];
    throw new EtudeError(`no such file: '${posix.join(shown, pattern)}'`, {
      expected: 'data_files to be files or patterns that match some',
    });
  }
  const { folder, rest } = splitPattern(pattern);
  const matches = globToRegExp(rest);
  const names = (await isFolder(resolve(folder))) ? await listFiles(resolve(folder)) : [];
  const matched = names.filter((name) => matches.test(name));
  if (matched.length === 0) throw new EtudeError(`no file matches '${posix.join(shown, pattern)}'`);
  return matched.map((name) => file(posix.join(folder, name)));
}

function missing(path: string): EtudeError {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(path) || path.startsWith('.'))
    return new EtudeError(`no such file or folder: '${path}'`);
  return new EtudeError(`no such file or folder: '${path}'`, {
    expected: 'a folder or a file on this machine',
    hint: `If '${path}' is a data set of the Hugging Face Hub: this version cannot download it; save its Parquet files in a folder and give that as path.`,
  });
}

function nothingFound(shown: string, format?: Format): EtudeError {
  return new EtudeError(`no data in '${shown}'`, {
    expected: format === undefined ? 'Parquet, CSV, JSON Lines or audio files' : `files for '${format}'`,
  });
}

function commonFolder(files: readonly DataFile[]): string {
  const folders = files.map((file) => dirname(file.path).split(sep));
  const first = folders[0] ?? [];
  const length = first.findIndex((part, i) => folders.some((folder) => folder[i] !== part));
  return first.slice(0, length < 0 ? first.length : length).join(sep) || sep;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function toPosix(path: string): string {
  return path.split(sep).join('/');
}
