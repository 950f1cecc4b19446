import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { readShort } from '../../../files/regular-file.js';
import type { Features } from '../../../stage/artifact.js';
import { EtudeError } from '../../../util/errors.js';
import { parseJson } from '../../../util/parse-json.js';
import { type ArrowStream, type BatchPlace, readAt, scanStream } from '../arrow-stream/messages.js';
import { readBatch } from '../arrow-stream/read-batch.js';
import { isRecord } from '../features.js';
import { arrowFeatures } from './arrow-features.js';
import type { DataFile, FeaturedTable, SourceRow } from './table.js';

/** Next to the shards of a split that `save_to_disk` wrote. */
export const DATASET_INFO = 'dataset_info.json';

/**
 * Opens a shard of a `save_to_disk` folder: a file in Arrow's IPC stream format. Its features are those of
 * the `dataset_info.json` next to it, otherwise of the file's own `huggingface` metadata, otherwise derived
 * from its types. Only one record batch is in memory at a time. Damage is an EtudeError naming the file. Only
 * `columns`, if given, are read.
 */
export async function openArrow(file: DataFile, columns?: readonly string[]): Promise<FeaturedTable> {
  const { schema, batches } = await withFile(file, undefined, scanStream);
  const declared = (await infoFeatures(file)) ?? metadataFeatures(schema.metadata.get('huggingface'), file);
  const features = arrowFeatures(schema.fields, declared, file.shown, columns);
  return {
    features,
    available: schema.fields.map((field) => field.name),
    num_rows: batches.reduce((sum, batch) => sum + batch.rows, 0),
    async *rows(start, end) {
      let first = 0;
      for (const batch of batches) {
        const [from, to] = [Math.max(start, first), Math.min(end, first + batch.rows)];
        if (from < to) yield* rowsOf(file, schema, batch, features, { first, from, to });
        first += batch.rows;
      }
    },
  };
}

async function* rowsOf(
  file: DataFile,
  schema: ArrowStream['schema'],
  batch: BatchPlace,
  features: Features,
  { first, from, to }: { first: number; from: number; to: number },
): AsyncGenerator<SourceRow, void, undefined> {
  const names = Object.keys(features);
  const columns = await withFile(file, from, (handle, size) =>
    readBatch(batch, schema.fields, new Set(names), (i) => {
      const [offset, length] = batch.buffers[i]!;
      return readAt(handle, batch.start + offset, length, size);
    }),
  );
  for (let row = from; row < to; row++) {
    const values = Object.fromEntries(names.map((name) => [name, columns.get(name)!.get(row - first)]));
    yield { values, where: { file: file.shown, row } };
  }
}

/** `features` of the `dataset_info.json` in a shard's folder. */
async function infoFeatures(file: DataFile): Promise<unknown> {
  const info = await readJson({
    name: DATASET_INFO,
    path: join(dirname(file.path), DATASET_INFO),
    shown: posix.join(posix.dirname(file.shown), DATASET_INFO),
  });
  return info.features ?? undefined;
}

function metadataFeatures(text: string | undefined, file: DataFile): unknown {
  if (text === undefined) return undefined;
  const json = parse(text, file);
  return isRecord(json.info) ? (json.info.features ?? undefined) : undefined;
}

/** A file that must contain a JSON object. */
export async function readJson(file: DataFile): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = (await readShort(file.path)).toString('utf8');
  } catch (cause) {
    throw new EtudeError('the file cannot be read', {
      expected: 'a folder written by save_to_disk',
      got: (cause as Error).message,
      where: { file: file.shown },
      cause,
    });
  }
  return parse(text, file);
}

function parse(text: string, file: DataFile): Record<string, unknown> {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new EtudeError('invalid JSON', {
      got: (cause as Error).message,
      where: { file: file.shown },
      cause,
    });
  }
  if (isRecord(json)) return json;
  throw new EtudeError('no JSON object', { where: { file: file.shown } });
}

async function withFile<T>(
  file: DataFile,
  row: number | undefined,
  read: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path, 'r');
    return await read(handle, (await handle.stat()).size);
  } catch (cause) {
    throw new EtudeError('not a complete Arrow file as written by save_to_disk', {
      got: (cause as Error).message,
      where: { file: file.shown, row },
      cause,
    });
  } finally {
    await handle?.close();
  }
}
