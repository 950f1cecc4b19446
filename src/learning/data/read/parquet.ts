import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { openRegular } from '../../../files/regular-file.js';
import type { Repository } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import { parquetFeatures } from './parquet-features.js';
import { remoteBuffer } from './remote-buffer.js';
import type { DataFile, FeaturedTable } from './table.js';

/** How much of a file's end is read first: more than enough for most footers. */
const FOOTER_BYTES = 1 << 16;

/**
 * Opens a Parquet file by its footer alone, of any compression that Parquet has. Only one row group is in
 * memory at a time. A file that is truncated or corrupt, or that claims absurd sizes, is an EtudeError naming
 * it. Only `columns`, if given, are read.
 */
export async function openParquet(file: DataFile, columns?: readonly string[]): Promise<FeaturedTable> {
  const metadata = await metadataOf(file);
  const { features, available } = readSchema(metadata, file.shown, columns);
  const num_rows = Number(metadata.num_rows);
  return {
    features,
    available,
    num_rows,
    withoutBytes: Object.keys(features).filter(
      (name) => features[name]!._type === 'Audio' && isEmpty(metadata, [name, 'bytes']),
    ),
    async *rows(start, end) {
      let first = 0;
      for (const group of metadata.row_groups) {
        const last = first + Number(group.num_rows);
        const rowStart = Math.max(first, start);
        const rowEnd = Math.min(last, end);
        if (rowStart < rowEnd) {
          const rows = await readRows(file, metadata, group, Object.keys(features), rowStart, rowEnd);
          for (const [i, values] of rows.entries())
            yield { values, where: { file: file.shown, row: rowStart + i } };
        }
        first = last;
      }
    },
  };
}

/** Whether a column has nothing but nulls, according to the statistics of all row groups. */
function isEmpty(metadata: FileMetaData, path: readonly string[]): boolean {
  return metadata.row_groups.every(({ columns, num_rows }) => {
    const found = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('\0') === path.join('\0'));
    return found?.meta_data?.statistics?.null_count === num_rows;
  });
}

/** A schema whose parts do not fit together breaks any code that walks it. */
function readSchema(metadata: FileMetaData, file: string, columns: readonly string[] | undefined) {
  try {
    const available = parquetSchema(metadata).children.map(({ element }) => element.name);
    return { features: parquetFeatures(metadata, file, columns), available };
  } catch (cause) {
    if (cause instanceof EtudeError) throw cause;
    throw corrupt(file, cause);
  }
}

/** Footers of remote files: a plan needs each of them more than once. */
const remote = new WeakMap<Repository, Map<string, FileMetaData>>();

async function metadataOf(file: DataFile): Promise<FileMetaData> {
  const { repository } = file;
  const known =
    repository === undefined ? undefined : (remote.get(repository) ?? new Map<string, FileMetaData>());
  const found =
    known?.get(file.path) ??
    (await withFile(file, (buffer, local) => readMetadata(buffer, file.shown, local)));
  if (repository !== undefined) remote.set(repository, known!.set(file.path, found));
  return found;
}

/** `local`: whether reading the file's beginning is cheap; on the Hub, its end has to do. */
async function readMetadata(buffer: AsyncBuffer, file: string, local: boolean): Promise<FileMetaData> {
  const cut = (got: string) =>
    new EtudeError('not a complete Parquet file', {
      expected: "a file that begins and ends with 'PAR1'",
      got,
      where: { file },
      hint: 'It may be truncated: copy or download it again.',
    });
  if (buffer.byteLength < 12) throw cut(count(buffer.byteLength, 'byte'));
  const magic = async (at: number) => Buffer.from(await buffer.slice(at, at + 4)).toString('latin1');
  const [head, tail] = [local ? await magic(0) : 'PAR1', await magic(buffer.byteLength - 4)];
  if (head !== 'PAR1' || tail !== 'PAR1') {
    throw cut(
      head === 'PAR1' ? 'a file without its footer' : `a file that begins with ${JSON.stringify(head)}`,
    );
  }
  try {
    const metadata = await parquetMetadataAsync(buffer, {
      geoparquet: false,
      initialFetchSize: FOOTER_BYTES,
    });
    const rows = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
    if (rows !== metadata.num_rows || metadata.row_groups.some((group) => group.num_rows < 0n))
      throw new Error(`${count(metadata.num_rows, 'row')} declared, ${rows} in row groups`);
    return metadata;
  } catch (cause) {
    throw corrupt(file, cause);
  }
}

async function readRows(
  file: DataFile,
  metadata: FileMetaData,
  group: FileMetaData['row_groups'][number],
  columns: string[],
  rowStart: number,
  rowEnd: number,
) {
  try {
    // Imports decompressors, which takes a while: a plan reads no rows.
    const { checkPages } = await import('./parquet-pages.js');
    const rows = await withFile(file, async (buffer) => {
      const compressors = await checkPages(buffer, metadata, group, columns);
      return parquetReadObjects({
        file: buffer,
        metadata,
        columns,
        rowStart,
        rowEnd,
        compressors,
        utf8: false,
        geoparquet: false,
      });
    });
    if (rows.length !== rowEnd - rowStart)
      throw new Error(`${count(rowEnd - rowStart, 'row')} declared, ${rows.length} found`);
    return rows;
  } catch (cause) {
    if (cause instanceof EtudeError) throw cause;
    throw corrupt(file.shown, cause, rowStart);
  }
}

async function withFile<T>(
  file: DataFile,
  read: (buffer: AsyncBuffer, local: boolean) => Promise<T>,
): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await openRegular(file.path);
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (absent && file.repository !== undefined) return read(remoteBuffer(file, FOOTER_BYTES), false);
    if (cause instanceof EtudeError) throw cause;
    throw new EtudeError('the file cannot be opened', {
      where: { file: file.shown },
      cause,
      got: (cause as Error).message,
    });
  }
  try {
    const { size } = await handle.stat();
    const buffer: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        if (start < 0 || end > size)
          throw new Error(`data at ${start} to ${end}, but the file has ${count(size, 'byte')}`);
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, start);
        if (bytesRead < bytes.byteLength) throw new Error('the file ends before its data does');
        return bytes.buffer;
      },
    };
    return await read(buffer, true);
  } finally {
    await handle.close();
  }
}

function corrupt(file: string, cause: unknown, row?: number): EtudeError {
  return new EtudeError('a Parquet file is corrupt', {
    got: cause instanceof Error ? cause.message : String(cause),
    where: { file, row },
    cause,
  });
}
