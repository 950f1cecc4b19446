import { readShort } from '../../files/regular-file.js';
import {
  type FileOfSource,
  openSourceFolder,
  type SourceFolder,
  sourceFiles,
} from '../../stage/source-folder.js';
import type { OutlineProblem, Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { problemOf } from '../data/parameter-error.js';
import { isAdapter, locateAdapter, mergedAround } from './locate-adapter.js';
import { isIndex, shardNames, WEIGHT_FILES } from './weight-files.js';

/** The file that every checkpoint folder in the Hugging Face layout has. */
const CONFIG = 'config.json';
const PREPROCESSOR = 'preprocessor_config.json';

const EXPECTED = `a checkpoint folder with ${CONFIG} and ${WEIGHT_FILES[0]} or pytorch_model.bin`;

/** A folder, and the files in it that a model is loaded from. */
export interface CheckpointPart {
  folder: SourceFolder;
  names: string[];
}

export interface CheckpointOptions {
  /** The parameter at which problems are reported. */
  param: string;
  /** Whether the weights are needed. */
  weights: boolean;
  /** A branch, tag or commit of a Hub repository. */
  revision?: string;
}

/**
 * The files of a checkpoint (a folder, or a repository of the Hub) that a model is loaded from:
 * `config.json`, the weights (one file, or an index and its shards) if requested, and
 * `preprocessor_config.json` if it exists. Or the problem with it. Large files on the Hub are not downloaded
 * here. An adapter's files are followed by those of its base model.
 */
export async function checkpointFiles(
  path: string,
  place: Place,
  { param, weights, revision }: CheckpointOptions,
): Promise<{ files: FileOfSource[]; parts: CheckpointPart[] } | { problem: OutlineProblem }> {
  try {
    const folder = await openSourceFolder(path, place, { type: 'model', revision });
    if (folder === undefined) throw new EtudeError(`no such folder: '${path}'`, { expected: EXPECTED });
    const parts = await partsOf(folder, place, weights);
    const files = await Promise.all(parts.map((part) => sourceFiles(part.folder, part.names)));
    return { files: files.flat(), parts };
  } catch (error) {
    if (!(error instanceof EtudeError)) throw error;
    const found = problemOf(error, param);
    const file = error.where?.file === undefined ? '' : `${error.where.file} of '${path}': `;
    return { problem: { ...found, message: `${file}${found.message}` } };
  }
}

async function partsOf(folder: SourceFolder, place: Place, weights: boolean): Promise<CheckpointPart[]> {
  if (!(await isAdapter(folder))) return [{ folder, names: await namesIn(folder, weights) }];
  const merged = await mergedAround(folder);
  if (merged !== undefined) return [{ folder: merged, names: await namesIn(merged, weights) }];
  const { names, base } = await locateAdapter(folder, place);
  const own = await presentIn(folder, [CONFIG, PREPROCESSOR]);
  await folder.fetch(own);
  const others = await namesIn(base, weights);
  return [
    { folder, names: weights ? [...own, ...names] : own },
    { folder: base, names: others.filter((name) => !own.includes(name)) },
  ];
}

/** Names of a model's files in a folder; the small ones are here. */
async function namesIn(folder: SourceFolder, weights: boolean): Promise<string[]> {
  const fail = (file: string): never => {
    throw new EtudeError(`no ${file} in '${folder.shown}'`, { expected: EXPECTED });
  };
  const names = await presentIn(folder, [CONFIG, PREPROCESSOR]);
  if (!names.includes(CONFIG)) fail(CONFIG);
  // Read when a recipe is checked, however the Hub stores it.
  await folder.fetch(names);
  if (!weights) return names;
  const [file] = await presentIn(folder, WEIGHT_FILES);
  if (file === undefined) return fail(WEIGHT_FILES[0]);
  names.push(file);
  if (!isIndex(file)) return names;
  await folder.fetch([file]);
  return [...names, ...shardNames((await readShort(folder.file(file).path)).toString('utf8'), file)];
}

async function presentIn(folder: SourceFolder, names: readonly string[]): Promise<string[]> {
  const there = await Promise.all(names.map((name) => folder.isFile(name)));
  return names.filter((_, index) => there[index]);
}
