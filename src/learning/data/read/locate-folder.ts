import { posix, sep } from 'node:path';
import type { LoadParams } from '../../../stage/params.js';
import type { SourceFolder } from '../../../stage/source-folder.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import { CONVERT } from '../../audio/convert-hint.js';
import { ParameterError } from '../parameter-error.js';
import { type CardConfig, cardConfigs, chooseConfig } from './card-configs.js';
import { dataFile, expandAll } from './expand-data-files.js';
import { detectFormat, isOtherSound, takes } from './formats.js';
import { listFolder, lostFiles } from './list-files.js';
import type { Located } from './located.js';
import { assignSplits } from './split-names.js';
import type { Format } from './table.js';

/** A folder contains nothing that could be read. */
export class NoDataError extends EtudeError {}

/**
 * Finds the files of a folder, or of a repository of the Hub, that `name`, `data_dir` and `data_files` ask
 * for.
 */
export async function locateFolder(params: LoadParams, root: SourceFolder): Promise<Located> {
  const { path, name } = params;
  const configs = await cardConfigs(root);
  let config: CardConfig | undefined =
    params.data_files === undefined || name !== undefined ? chooseConfig(configs, name) : undefined;
  if (name !== undefined && config === undefined) {
    if (name.includes('..') || !(await root.isFolder(name))) {
      throw new ParameterError('name', `no configuration '${name}' in '${path}'`, {
        expected: 'a configuration in its README.md, or a folder of that name',
        wrong: name,
        names: configs.map((one) => one.name),
      });
    }
    config = { name, data_dir: name, default: false };
  }
  const card = configs.length === 0 ? undefined : dataFile(root, 'README.md');
  const dir = posix.normalize((params.data_dir ?? config?.data_dir ?? '.').split(sep).join('/'));
  if (!(await root.isFolder(dir)))
    throw new ParameterError(
      params.data_dir === undefined ? 'path' : 'data_dir',
      `no such folder: '${posix.join(path, dir)}'`,
    );
  const patterns = params.data_files ?? config?.data_files;
  const declared = config?.features;
  if (patterns === undefined) return { ...(await bySplitNames(root, dir)), param: 'path', card, declared };
  const lost: string[] = [];
  const splits = await expandAll(patterns, root, dir, lost);
  const format = detectFormat(Object.values(splits).flatMap((files) => files.map((file) => file.name)));
  if (format === undefined) throw nothingFound(posix.join(path, dir));
  return { format, param: 'path', root: root.root, splits, card, declared, warnings: lostFiles(lost) };
}

/** The files of a folder, sorted into splits by their names. */
export async function bySplitNames(
  root: SourceFolder,
  dir: string,
  asked?: Format,
): Promise<Omit<Located, 'param'>> {
  const lost: string[] = [];
  const listed = await listFolder(root, dir, lost);
  const format = asked ?? detectFormat(listed);
  const names = format === undefined ? [] : listed.filter((name) => takes(format, name));
  if (format === undefined || names.length === 0)
    throw nothingFound(posix.join(root.shown, dir), asked, listed, lost);
  const assigned = assignSplits(names, format !== 'audiofolder');
  const splits = Object.fromEntries(
    Object.entries(assigned).map(([split, files]) => [split, files.map((name) => dataFile(root, name, dir))]),
  );
  const warnings = [
    ...leftOut(names, assigned),
    ...undecoded(format, listed),
    ...lostFiles(
      lost.filter((name) => takes(format, name) || (format === 'audiofolder' && isOtherSound(name))),
    ),
  ];
  return { format, root: root.file(dir).path, splits, warnings };
}

/** The warning about files that belong to no split, if the names of others define splits. */
function leftOut(names: readonly string[], assigned: Record<string, string[]>): string[] {
  const used = new Set(Object.values(assigned).flat());
  const unused = names.filter((name) => !used.has(name));
  const [split, files] = Object.entries(assigned)[0] ?? [];
  if (unused.length === 0 || files === undefined) return [];
  const all = `data_files: '**/*${posix.extname(unused[0]!)}'`;
  return [
    `${unused.length} of ${count(names.length, 'file')} left out because their names match no split, ${unused[0]} for example: ` +
      `'${files[0]}' was assigned to split '${split}' by its name (${all} reads everything as one split)`,
  ];
}

/**
 * The warning about audio files that Hugging Face's `audiofolder` skips, and that are therefore not rows
 * here.
 */
function undecoded(format: Format, listed: readonly string[]): string[] {
  const names = format === 'audiofolder' ? listed.filter(isOtherSound) : [];
  if (names.length === 0) return [];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const files = `${count(names.length, 'file')} ${names.length === 1 ? 'is' : 'are'}`;
  return [`${files} left out, in an unsupported format: ${names.slice(0, 3).join(', ')}${more}. ${CONVERT}`];
}

function nothingFound(
  shown: string,
  format?: Format,
  listed: readonly string[] = [],
  lost: readonly string[] = [],
): EtudeError {
  const archive = listed.find((name) => /\.(?:zip|tar|tar\.gz|tgz|7z|rar)$/i.test(name));
  return new NoDataError(`no data in '${shown}'`, {
    expected: format === undefined ? 'Parquet, CSV, JSON Lines or audio files' : `files for '${format}'`,
    hint:
      archive === undefined
        ? listed.some(isOtherSound)
          ? CONVERT
          : lostFiles(lost).map((text) => `${text}.`)[0]
        : `Archives are not read: unpack ${archive} first.`,
  });
}
