import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDevice } from '../../../files/file-name.js';
import { makeFolder } from '../../../files/make-folder.js';
import type { DatasetArtifact, Features } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { featuresToJson } from '../features.js';
import { isSplitName } from '../read/locate-saved.js';
import { ArrowWriter } from './arrow-writer.js';
import { savedFeatures } from './saved-column.js';
import { type SaveOptions, type Shard, shardsOf } from './shards.js';

/** For the name of a split's folder. */
const LONGEST_NAME = 200;

/**
 * The maximum number of rows per record batch, as in Hugging Face datasets, and its approximate size, which
 * bounds memory.
 */
const BATCH = { rows: 1000, bytes: 32 * 1024 * 1024 };

/**
 * Writes a dataset in the layout of Hugging Face datasets' `save_to_disk` into an empty folder:
 * `load_from_disk` in Python, and `load` here, give the same rows. Decoded audio becomes WAV files of 32-bit
 * floats. Resolves to the names of the files.
 */
export async function saveToDisk(
  artifact: DatasetArtifact,
  objects: Objects,
  folder: string,
  options: SaveOptions,
): Promise<string[]> {
  const names = options.split === undefined ? Object.keys(artifact.splits) : [options.split];
  // A single split is in the folder itself.
  if (options.split === undefined) checkFolderNames(names);
  const files: string[] = [];
  for (const split of names) {
    const parts = options.split === undefined ? [split] : [];
    const saved = await saveSplit(artifact, objects, join(folder, ...parts), split, options);
    files.push(...saved.map((file) => [...parts, file].join('/')));
  }
  if (options.split !== undefined) return files;
  await writeFile(join(folder, 'dataset_dict.json'), JSON.stringify({ splits: names }));
  return ['dataset_dict.json', ...files];
}

/**
 * Splits have folders of their own names, where `load_from_disk` looks for them: every system has to accept
 * the names, and tell them apart.
 */
function checkFolderNames(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const same = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (!isSplitName(name) || name.endsWith('.') || name.length > LONGEST_NAME || isDevice(name))
      throw new EtudeError(`split '${name}' cannot be used as a folder name`, {
        hint: 'Export it on its own, with --split.',
      });
    if (same !== undefined)
      throw new EtudeError(
        `splits '${same}' and '${name}' would be the same folder on a case-insensitive file system`,
        {
          hint: 'Export them one at a time, with --split.',
        },
      );
  }
}

async function saveSplit(
  artifact: DatasetArtifact,
  objects: Objects,
  folder: string,
  split: string,
  options: SaveOptions,
): Promise<string[]> {
  const features = savedFeatures(artifact.features);
  await makeFolder(folder);
  const fingerprint = createHash('sha256').update(JSON.stringify(features));
  const names: string[] = [];
  for (const shard of await shardsOf(artifact, objects, split, options)) {
    const name = `data-${shard.number}.arrow`;
    fingerprint.update(await saveShard(join(folder, name), features, shard));
    names.push(name);
  }
  const state = {
    _data_files: names.map((filename) => ({ filename })),
    _fingerprint: fingerprint.digest('hex').slice(0, 16),
    _format_columns: null,
    _format_kwargs: {},
    _format_type: null,
    _output_all_columns: false,
    // Python refuses to open a split with any other name.
    _split: /^\w+(\.\w+)*$/.test(split) ? split : null,
  };
  const info = {
    citation: '',
    description: '',
    features: featuresToJson(features),
    homepage: '',
    license: '',
  };
  await writeFile(join(folder, 'state.json'), JSON.stringify(state, null, 2));
  await writeFile(join(folder, 'dataset_info.json'), JSON.stringify(info, null, 2));
  return [...names, 'state.json', 'dataset_info.json'];
}

async function saveShard(path: string, features: Features, shard: Shard): Promise<string> {
  const writer = await ArrowWriter.create(path, features);
  try {
    for await (const rows of shard.batches(BATCH)) await writer.write(rows);
    return await writer.end();
  } finally {
    await writer.close();
  }
}
