import type { AsyncBuffer, CompressionCodec, Compressors, FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';
import { compressors as codecs } from 'hyparquet-compressors';
import { count } from '../../../util/words.js';
import { checkRuns } from './parquet-levels.js';

type RowGroup = FileMetaData['row_groups'][number];

/**
 * Values that a column of a row group may have regardless of its bytes; beyond, each needs at least one bit
 * of them.
 */
const freeValues = 2 ** 24;

/**
 * How much a compressed byte can expand to in each format; larger claims are refused before memory is
 * allocated.
 */
const ratios: Partial<Record<CompressionCodec, number>> = {
  UNCOMPRESSED: 1,
  SNAPPY: 64,
  GZIP: 1100,
  BROTLI: 2 ** 20,
  ZSTD: 2 ** 16,
  LZ4: 256,
  LZ4_RAW: 256,
};
const freeBytes = 2 ** 16;

/**
 * Decompressors that refuse absurd sizes, and remember their results: checking a row group decompresses its
 * pages, and reading then uses each result once, identified by the compressed bytes.
 */
class Decompressors {
  private readonly kept = new Map<string, { input: Uint8Array; output: Uint8Array }[]>();

  /** For checking. */
  keep(codec: CompressionCodec, input: Uint8Array, length: number): Uint8Array {
    const output = decompressPage(input, length, codec, codecs);
    if (codec === 'UNCOMPRESSED') return output;
    const key = `${codec} ${input.length} ${length}`;
    this.kept.set(key, [...(this.kept.get(key) ?? []), { input, output }]);
    return output;
  }

  /** For reading. */
  readonly compressors: Compressors = Object.fromEntries(
    Object.entries(codecs).map(([codec, decompress]) => [
      codec,
      (input: Uint8Array, length: number) => {
        checkExpansion(codec as CompressionCodec, input.length, length);
        const pages = this.kept.get(`${codec} ${input.length} ${length}`) ?? [];
        const found = pages.findIndex((page) => Buffer.compare(page.input, input) === 0);
        return found < 0 ? decompress!(input, length) : pages.splice(found, 1)[0]!.output;
      },
    ]),
  );
}

function checkExpansion(codec: CompressionCodec, from: number, to: number): void {
  const ratio = ratios[codec] ?? 1;
  const free = codec === 'UNCOMPRESSED' ? 0 : freeBytes;
  if (to >= 0 && to <= from * ratio + free) return;
  throw new Error(`a page of ${count(from, 'byte')} that claims to hold ${to} (${codec})`);
}

/**
 * Checks the sizes that a row group and the pages of these columns claim against each other and against the
 * file, so that reading them allocates no more memory than they can contain. Throws an Error that says which
 * size is implausible; resolves to the decompressors for reading them.
 */
export async function checkPages(
  file: AsyncBuffer,
  { schema }: FileMetaData,
  group: RowGroup,
  columns: readonly string[],
): Promise<Compressors> {
  const decompressors = new Decompressors();
  for (const { meta_data: meta } of group.columns) {
    if (meta === undefined || !columns.includes(meta.path_in_schema[0]!)) continue;
    const name = meta.path_in_schema.join('.');
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const end = start + Number(meta.total_compressed_size);
    if (!(start >= 0 && end >= start && end <= file.byteLength))
      throw new Error(`data at ${start} to ${end}, but the file has ${count(file.byteLength, 'byte')}`);
    const path = getSchemaPath(schema, meta.path_in_schema);
    const max = { definition: getMaxDefinitionLevel(path), repetition: getMaxRepetitionLevel(path) };
    const isBoolean = meta.type === 'BOOLEAN';
    const decompress = (page: Uint8Array, size: number) => decompressors.keep(meta.codec, page, size);
    let bytes = 0;
    let values = 0;
    for (let at = start; at < end - 1; ) {
      const { header, data, compressed } = await readHeader(file, at, end);
      at = data + compressed;
      checkExpansion(meta.codec, compressed, header.uncompressed_page_size);
      bytes += header.uncompressed_page_size;
      const found =
        (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)
          ?.num_values ?? 0;
      values += header.dictionary_page_header === undefined ? found : 0;
      const most = Math.max(freeValues, 8 * bytes);
      if (found < 0 || Math.max(found, values) > most || values > Number(meta.num_values))
        throw new Error(
          `a page of ${count(found, 'value')}, ${count(header.uncompressed_page_size, 'byte')}, in a column of ${meta.num_values}`,
        );
      checkRuns(header, new Uint8Array(await file.slice(data, at)), max, isBoolean, decompress);
    }
    if (values < Number(group.num_rows))
      throw new Error(`${count(group.num_rows, 'row')}, but ${count(values, 'value')} of '${name}'`);
  }
  return decompressors.compressors;
}

/** Headers are small, except for statistics of long values. */
const firstWindow = 4096;

async function readHeader(file: AsyncBuffer, at: number, end: number) {
  for (let window = firstWindow; ; window *= 4) {
    const bytes = await file.slice(at, Math.min(at + window, end));
    const reader = { view: new DataView(bytes), offset: 0 };
    let header: ReturnType<typeof parquetHeader>;
    try {
      header = parquetHeader(reader);
    } catch (error) {
      if (at + window < end) continue;
      throw error;
    }
    const {
      compressed_page_size: compressed,
      uncompressed_page_size: uncompressed,
      data_page_header_v2: v2,
    } = header;
    const data = at + reader.offset;
    if (!(compressed >= 0 && uncompressed >= 0 && data + compressed <= end))
      throw new Error(`a page of ${count(compressed, 'byte')}, but ${end - data} follow`);
    if (v2 !== undefined) {
      const levels = [v2.definition_levels_byte_length, v2.repetition_levels_byte_length];
      if (
        levels.some((length) => length < 0 || length > compressed) ||
        v2.num_nulls < 0 ||
        v2.num_nulls > v2.num_values
      )
        throw new Error('a page with levels or nulls beyond its size');
    }
    return { header, data, compressed };
  }
}
