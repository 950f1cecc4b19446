import { posix } from 'node:path';
import type { LoadParams } from '../../../stage/params.js';
import type { SourceFolder } from '../../../stage/source-folder.js';
import { byCodePoints } from '../../../util/code-points.js';
import { EtudeError } from '../../../util/errors.js';
import { globMatcher, hasMagic, splitPattern } from './glob.js';
import { listFolder, lostFiles } from './list-files.js';
import type { DataFile } from './table.js';

/** A file of a folder, by its name below `dir`. */
export function dataFile(root: SourceFolder, name: string, dir = '.'): DataFile {
  const below = dir === '.' ? name : posix.join(dir, name);
  // In this order: V8 gives objects that grow after a spread a hidden class each, of 300 bytes.
  const file: DataFile = { shown: posix.join(root.shown, below), ...root.file(below), name };
  return root.repository === undefined ? file : { ...file, repository: root.repository };
}

/**
 * The files that names and patterns (relative to `dir`) stand for, by split, in the order of their names.
 *
 * @param lost Collects the names that match but are not files: see `listFiles`.
 */
export async function expandAll(
  patterns: NonNullable<LoadParams['data_files']>,
  root: SourceFolder,
  dir: string,
  lost: string[] = [],
): Promise<Record<string, DataFile[]>> {
  const bySplit = typeof patterns === 'string' || Array.isArray(patterns) ? { train: patterns } : patterns;
  const splits = Object.entries(bySplit).map(async ([split, list]) => {
    const found = await Promise.all([list].flat().map((pattern) => expand(pattern, root, dir, lost)));
    const byPath = new Map(found.flat().map((file) => [file.path, file]));
    return [split, [...byPath.values()].sort((a, b) => byCodePoints(a.name, b.name))] as const;
  });
  return Object.fromEntries(await Promise.all(splits));
}

async function expand(pattern: string, root: SourceFolder, dir: string, lost: string[]): Promise<DataFile[]> {
  if (pattern.includes('://')) {
    throw new EtudeError(`data_files cannot be fetched: '${pattern}'`, {
      expected: 'local files, or files of the dataset',
      hint: 'Download them first.',
    });
  }
  const below = (name: string) => (dir === '.' ? name : posix.join(dir, name));
  const shown = posix.join(root.shown, dir, pattern);
  if (!hasMagic(pattern)) {
    const name = posix.normalize(pattern);
    if (await root.isFile(below(name))) return [dataFile(root, name, dir)];
    throw new EtudeError(`no such file: '${shown}'`, {
      expected: 'data_files that are files, or patterns that match some',
    });
  }
  const { folder, rest } = splitPattern(posix.normalize(pattern));
  const matches = globMatcher(rest);
  const none: string[] = [];
  const names = (await root.isFolder(below(folder))) ? await listFolder(root, below(folder), none) : [];
  const unread = none.filter((name) => matches(name)).map((name) => posix.join(folder, name));
  lost.push(...unread);
  const matched = names.filter((name) => matches(name));
  if (matched.length === 0)
    throw new EtudeError(`no file matches '${shown}'`, {
      hint: lostFiles(unread).map((text) => `${text}.`)[0],
    });
  return matched.map((name) => dataFile(root, posix.join(folder, name), dir));
}
