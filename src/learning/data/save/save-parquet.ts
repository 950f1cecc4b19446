import { join } from 'node:path';
import { makeFolder } from '../../../files/make-folder.js';
import type { DatasetArtifact, Features } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stage-type.js';
import { arrowBytes } from './parquet-column.js';
import { ParquetFile } from './parquet-writer.js';
import { savedFeatures } from './saved-column.js';
import { type SaveOptions, type Shard, shardsOf } from './shards.js';
import { checkSplitNames } from './split-files.js';

/** What was written, as the `dataset_info` of a dataset card has it. */
export interface SavedParquet {
  /** Names relative to the folder. */
  files: string[];
  /** Audio is a file's bytes there. */
  features: Features;
  splits: { name: string; num_bytes: number; num_examples: number }[];
  /** Bytes of all files. */
  download_size: number;
}

/**
 * The maximum number of rows per row group: a reader needs a whole one for each of its rows, and clips are
 * large. 100 is what Hugging Face datasets has for audio up to version 4.2; later ones go by size.
 */
const AUDIO_ROWS = 100;
const OTHER_ROWS = 1000;
const GROUP_BYTES = 32 * 1024 * 1024;

/**
 * Writes a dataset in the layout that `push_to_hub` of Hugging Face datasets has on the Hub, without its
 * card: `data/<split>-00000-of-00005.parquet`. Audio is what files contain, as far as the dataset still has
 * it, and otherwise WAV files of 32-bit floats, which have the same samples. Memory does not depend on the
 * number of rows.
 *
 * @throws EtudeError if Hugging Face datasets would refuse the name of a split, naming all of them.
 */
export async function saveParquet(
  artifact: DatasetArtifact,
  objects: Objects,
  folder: string,
  options: SaveOptions,
): Promise<SavedParquet> {
  const names = options.split === undefined ? Object.keys(artifact.splits) : [options.split];
  checkSplitNames(names);
  const features = savedFeatures(artifact.features);
  const saved: SavedParquet = { files: [], features, splits: [], download_size: 0 };
  await makeFolder(join(folder, 'data'));
  for (const split of names) {
    let num_bytes = 0;
    for (const shard of await shardsOf(artifact, objects, split, options)) {
      const name = `data/${split}-${shard.number}.parquet`;
      const { values, size } = await saveShard(join(folder, name), features, shard);
      saved.files.push(name);
      num_bytes += values;
      saved.download_size += size;
    }
    saved.splits.push({ name: split, num_bytes, num_examples: artifact.splits[split]!.num_rows });
  }
  return saved;
}

async function saveShard(
  path: string,
  features: Features,
  shard: Shard,
): Promise<{ values: number; size: number }> {
  const hasFiles = Object.values(features).some(({ _type }) => _type === 'Audio');
  const limits = { rows: hasFiles ? AUDIO_ROWS : OTHER_ROWS, bytes: GROUP_BYTES };
  const file = await ParquetFile.create(path, features);
  try {
    let values = 0;
    for await (const rows of shard.batches(limits)) {
      await file.write(rows);
      for (const row of rows)
        for (const [name, feature] of Object.entries(features)) values += arrowBytes(feature, row[name]);
    }
    return { values: Math.ceil(values), size: await file.end() };
  } finally {
    await file.close();
  }
}
