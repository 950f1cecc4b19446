import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { LoadParams } from '../../../stage/params.js';
import { EtudeError } from '../../../util/errors.js';
import { isRecord } from '../features.js';
import { ParameterError } from '../parameter-error.js';
import { DATASET_INFO, readJson } from './arrow.js';
import type { Located } from './located.js';
import type { DataFile } from './table.js';

const DICT = 'dataset_dict.json';
const STATE = 'state.json';

/** Whether a split of this name can be a folder of a `save_to_disk` folder. */
export function isSplitName(name: unknown): name is string {
  return typeof name === 'string' && /^\w[\w.+-]*$/.test(name);
}

/**
 * The files of a folder that `save_to_disk` of Hugging Face datasets wrote, a DatasetDict or a single Dataset
 * (under the name of the split that it was, otherwise `train`); `undefined` for any other folder. Shards and
 * splits are named by JSON files, which must name what is in the folder.
 */
export async function locateSaved(params: LoadParams, root: string): Promise<Located | undefined> {
  const file = (...names: string[]): DataFile => ({
    name: posix.join(...names),
    path: join(root, ...names),
    shown: posix.join(params.path, ...names),
  });
  const isDict = await isFile(file(DICT));
  if (!isDict && !((await isFile(file(STATE))) && (await isFile(file(DATASET_INFO))))) return undefined;
  for (const param of ['name', 'data_dir', 'data_files'] as const) {
    if (params[param] === undefined) continue;
    throw new ParameterError(
      param,
      `'${params.path}' was written by save_to_disk, and has one configuration`,
      {
        expected: `no ${param}`,
        got: JSON.stringify(params[param]),
      },
    );
  }
  const located = { format: 'save_to_disk', param: 'path', root } as const;
  if (!isDict) {
    const { files, split } = await shardsOf([], file);
    return { ...located, splits: { [split ?? 'train']: files }, describing: describing([], file) };
  }
  const { splits } = await readJson(file(DICT));
  if (!Array.isArray(splits) || splits.length === 0 || new Set(splits).size < splits.length) {
    throw new EtudeError('the list of splits is invalid', {
      expected: '{"splits": ["train", …]}',
      got: JSON.stringify(splits),
      where: { file: file(DICT).shown },
    });
  }
  const shards: [string, DataFile[]][] = [];
  for (const split of splits) {
    checkSplit(split, file(DICT));
    shards.push([split, (await shardsOf([split], file)).files]);
  }
  return {
    ...located,
    splits: Object.fromEntries(shards),
    describing: [file(DICT), ...splits.flatMap((split: string) => describing([split], file))],
  };
}

function describing(folder: string[], file: (...names: string[]) => DataFile): DataFile[] {
  return [file(...folder, STATE), file(...folder, DATASET_INFO)];
}

async function shardsOf(folder: string[], file: (...names: string[]) => DataFile) {
  const stateFile = file(...folder, STATE);
  const state = await readJson(stateFile);
  const where = { file: stateFile.shown };
  if (Array.isArray(state._indices_data_files) && state._indices_data_files.length > 0) {
    throw new EtudeError(
      'the dataset was saved with a separate selection of rows, as versions before 2.0 did',
      {
        hint: 'Save it again with a newer version of datasets.',
        where,
      },
    );
  }
  const list = state._data_files;
  const names = Array.isArray(list)
    ? list.map((entry) => (isRecord(entry) ? entry.filename : undefined))
    : [];
  if (names.length === 0) {
    throw new EtudeError('the list of data files is invalid', {
      expected: '"_data_files": [{"filename": "data-00000-of-00001.arrow"}, …]',
      got: JSON.stringify(list),
      where,
    });
  }
  const files: DataFile[] = [];
  for (const name of names) {
    if (typeof name !== 'string' || !/^[^/\\\0:]+$/.test(name) || name === '.' || name === '..') {
      throw new EtudeError('a listed data file is outside the folder', {
        expected: 'the name of a file next to state.json',
        got: JSON.stringify(name),
        where,
      });
    }
    const shard = file(...folder, name);
    if (!(await isFile(shard))) throw new EtudeError(`no such file: '${shard.shown}'`, { where });
    files.push(shard);
  }
  const split = state._split ?? undefined;
  if (split !== undefined) checkSplit(split, stateFile);
  return { files, split: split as string | undefined };
}

function checkSplit(split: unknown, file: DataFile): void {
  if (isSplitName(split)) return;
  throw new EtudeError('not a valid split name', {
    expected: "letters, digits and '_', then also '.', '-' and '+'",
    got: JSON.stringify(split),
    where: { file: file.shown },
  });
}

async function isFile(file: DataFile): Promise<boolean> {
  return (await stat(file.path).catch(() => undefined))?.isFile() ?? false;
}
