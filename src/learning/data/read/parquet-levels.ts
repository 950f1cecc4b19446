import type { PageHeader } from 'hyparquet/src/types.js';

/** Nesting of a column: the maximum of its definition and repetition levels. */
export interface MaxLevels {
  definition: number;
  repetition: number;
}

/** How many more values than a page has its last run may stand for: writers pad runs. */
const slack = 1024;

/**
 * Checks the runs of a page (its levels, and its values if they are dictionary indices): a run is a few bytes
 * that say how often a value is repeated, which may be any number. Throws an Error if that exceeds the number
 * of values in the page.
 *
 * @param bytes the page as the file has it
 * @param decompress gives the decompressed form of what is compressed
 */
export function checkRuns(
  header: PageHeader,
  bytes: Uint8Array,
  max: MaxLevels,
  isBoolean: boolean,
  decompress: (bytes: Uint8Array, size: number) => Uint8Array,
): void {
  const { data_page_header: v1, data_page_header_v2: v2 } = header;
  if (v1 !== undefined) {
    const page = decompress(bytes, header.uncompressed_page_size);
    let at = 0;
    for (const level of [max.repetition, max.definition]) {
      if (level === 0) continue;
      const length = new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(at, true);
      checkHybrid(page, at + 4, bitWidth(level), v1.num_values);
      at += 4 + length;
    }
    checkValues(page, at, v1.encoding, isBoolean, v1.num_values);
  } else if (v2 !== undefined) {
    const { repetition_levels_byte_length: first, definition_levels_byte_length: second } = v2;
    if (max.repetition > 0) checkHybrid(bytes, 0, bitWidth(max.repetition), v2.num_values);
    if (max.definition > 0) checkHybrid(bytes, first, bitWidth(max.definition), v2.num_values);
    const rest = bytes.subarray(first + (max.definition > 0 ? second : 0));
    const size = header.uncompressed_page_size - first - second;
    const values = v2.is_compressed === false ? rest : decompress(rest, size);
    checkValues(values, 0, v2.encoding, isBoolean, v2.num_values);
  }
}

function checkValues(
  page: Uint8Array,
  at: number,
  encoding: string,
  isBoolean: boolean,
  count: number,
): void {
  if (encoding === 'RLE' && isBoolean) {
    // Some readers expect a length first, others do not: neither way may a run be absurd.
    checkHybrid(page, at, 1, count);
    checkHybrid(page, at + 4, 1, count);
  } else if (encoding === 'RLE' || encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    checkHybrid(page, at + 1, page[at] ?? 0, count);
  }
}

/**
 * Walks the runs of Parquet's hybrid of run lengths and bit packing, until there are `count` values or no
 * more bytes.
 */
function checkHybrid(page: Uint8Array, start: number, width: number, count: number): void {
  let at = start;
  for (let seen = 0; seen < count && at < page.length; ) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = page[at++] ?? 0;
      head |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) break;
    }
    const length = head >>> 1;
    const isPacked = (head & 1) === 1;
    const values = isPacked ? length * 8 : length;
    if (values > count - seen + slack) throw new Error(`a run of ${values} values in a page of ${count}`);
    at += isPacked ? length * width : Math.ceil(width / 8);
    seen += values;
  }
}

function bitWidth(level: number): number {
  return 32 - Math.clz32(level);
}
