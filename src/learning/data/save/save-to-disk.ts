import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDevice } from '../../../files/file-name.js';
import { makeFolder } from '../../../files/make-folder.js';
import type { DatasetArtifact, Features } from '../../../stage/artifact.js';
import { chunkStarts } from '../../../stage/chunk-starts.js';
import type { Objects } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { openDataset, type Row, rowsOf } from '../dataset.js';
import { featuresToJson } from '../features.js';
import { isSplitName } from '../read/locate-saved.js';
import { ArrowWriter } from './arrow-writer.js';
import { savedFeature, savedValue, sizeOf } from './saved-column.js';

export interface SaveOptions {
  /** Only this split, as a Dataset; by default all, as a DatasetDict. */
  split?: string;
  /**
   * The approximate size of a shard, in bytes of audio and other values; as in Hugging Face datasets, the
   * rows of a split are spread evenly.
   */
  max_shard_size: number;
  signal?: AbortSignal;
}

/** For the name of a split's folder. */
const LONGEST_NAME = 200;

/** Hugging Face's default. */
export const MAX_SHARD_SIZE = 500e6;

/**
 * The maximum number of rows per record batch, as in Hugging Face datasets, and its approximate size, which
 * bounds memory.
 */
const batchRows = 1000;
const batchBytes = 32 * 1024 * 1024;

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
  { max_shard_size, signal }: SaveOptions,
): Promise<string[]> {
  const features = Object.fromEntries(
    Object.entries(artifact.features).map(([name, feature]) => [name, savedFeature(feature)]),
  );
  await makeFolder(folder);
  const reader = openDataset(artifact, objects);
  const n = reader.num_rows(split);
  const shards = Math.max(
    1,
    Math.min(Math.ceil((await bytesOf(artifact, objects, split)) / max_shard_size), n),
  );
  const fingerprint = createHash('sha256').update(JSON.stringify(features));
  const names: string[] = [];
  for (let i = 0; i < shards; i++) {
    const name = `data-${pad(i)}-of-${pad(shards)}.arrow`;
    const rows = reader.rows(split, { start: startOf(i, n, shards), end: startOf(i + 1, n, shards) });
    fingerprint.update(await saveShard(join(folder, name), artifact.features, features, rows, signal));
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

async function saveShard(
  path: string,
  features: Features,
  saved: Features,
  rows: AsyncIterable<Row>,
  signal?: AbortSignal,
): Promise<string> {
  const writer = await ArrowWriter.create(path, saved);
  try {
    let batch: Row[] = [];
    let bytes = 0;
    const flush = async () => {
      if (batch.length === 0) return;
      await writer.write(batch);
      batch = [];
      bytes = 0;
      signal?.throwIfAborted();
    };
    for await (const row of rows) {
      const values = Object.entries(features).map(
        ([name, feature]) => [name, savedValue(feature, row[name])] as const,
      );
      for (const [, value] of values) bytes += sizeOf(value);
      batch.push(Object.fromEntries(values));
      if (batch.length === batchRows || bytes >= batchBytes) await flush();
    }
    await flush();
    return await writer.end();
  } finally {
    await writer.close();
  }
}

/** The first row of shard `i` of `shards`: each of the first `n % shards` has one row more. */
function startOf(i: number, n: number, shards: number): number {
  return Math.floor(n / shards) * i + Math.min(n % shards, i);
}

/** The approximate size of a split's rows in bytes: a proportional part of each chunk. */
async function bytesOf(artifact: DatasetArtifact, objects: Objects, split: string): Promise<number> {
  const starts = chunkStarts(artifact.chunks);
  const perRow = artifact.chunks.map(
    ({ rows, columns }) => Object.values(columns).reduce((sum, { size }) => sum + size, 0) / rows,
  );
  const sizes = new Float64Array(starts.at(-1)!);
  perRow.forEach((size, i) => {
    sizes.fill(size, starts[i]!, starts[i + 1]!);
  });
  return (await rowsOf(artifact.splits[split]!, objects)).reduce((sum, row) => sum + sizes[row]!, 0);
}

function pad(number: number): string {
  return String(number).padStart(5, '0');
}
