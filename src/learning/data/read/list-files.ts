import { readdir, realpath, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceFolder } from '../../../stage/source-folder.js';
import { byCodePoints } from '../../../util/code-points.js';

/** Files that describe a dataset and are not data (skipped by Hugging Face datasets, too). */
const ignored = [
  'README.md',
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'dummy_data.zip',
];

/**
 * Names (relative, with `/`, sorted) of the files below a folder. Hidden files and folders, folders that
 * begin with `__`, and files that only describe the dataset are skipped; links are followed, but not in
 * cycles.
 *
 * @param lost Collects the names of what looks like a file but is not one: broken links, pipes and devices.
 */
export async function listFiles(root: string, lost: string[] = []): Promise<string[]> {
  const names: string[] = [];
  const walk = async (dir: string, prefix: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(dir);
    if (above.includes(real)) return;
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(dir, entry.name);
      const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (kind?.isDirectory() && !entry.name.startsWith('__')) {
        await walk(path, `${prefix}${entry.name}/`, [...above, real]);
      } else if (kind?.isFile() && !ignored.includes(entry.name)) {
        names.push(prefix + entry.name);
      } else if (!kind?.isDirectory() && !kind?.isFile()) {
        lost.push(prefix + entry.name);
      }
    }
  };
  await walk(root, '', []);
  return names.sort(byCodePoints);
}

/** The same below a folder of a folder, which may be a repository of the Hub. */
export async function listFolder(root: SourceFolder, dir: string, lost?: string[]): Promise<string[]> {
  if (root.repository === undefined) return listFiles(root.file(dir).path, lost);
  const prefix = dir === '.' ? '' : `${dir.replace(/\/$/, '')}/`;
  const below = [...root.repository.files.keys()].filter((name) => name.startsWith(prefix));
  return below
    .map((name) => name.slice(prefix.length))
    .filter((name) => {
      const folders = name.split('/').slice(0, -1);
      const hidden = name.split('/').some((part) => part.startsWith('.'));
      return (
        !hidden && !folders.some((part) => part.startsWith('__')) && !ignored.includes(posix.basename(name))
      );
    })
    .sort(byCodePoints);
}

/**
 * The warning about names that are not files, which Hugging Face's `datasets` skips: mostly data that were
 * not fetched.
 */
export function lostFiles(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const unique = [...new Set(names)].sort(byCodePoints);
  const more = unique.length > 3 ? ` and ${unique.length - 3} more` : '';
  const are =
    unique.length === 1 ? '1 name is not a file and is' : `${unique.length} names are not files and are`;
  return [
    `${are} left out (broken links, pipes or devices): ${unique.slice(0, 3).join(', ')}${more}. ` +
      'Fetch the data first (dvc pull, git annex get), or remove them',
  ];
}
