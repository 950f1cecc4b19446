import { count } from '../../../util/words.js';
import type { ByteSource } from '../byte-source.js';
import { damaged } from './damaged.js';

/** The position of an entry's bytes in the file, [begin, end). */
export interface ZipEntry {
  begin: number;
  end: number;
}

const END = { signature: 0x06054b50, size: 22, comment: 0xffff };
const END64_LOCATOR = { signature: 0x07064b50, size: 20 };
const END64 = { signature: 0x06064b50, size: 56 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };
/** The value of a 32-bit field whose actual value is in the zip64 fields. */
const IN_ZIP64 = 0xffffffff;
/** The central directory of any checkpoint is far smaller. */
const MAX_DIRECTORY = 2 ** 26;

/**
 * The entries of a zip archive (APPNOTE 6.3, including zip64) that stores them uncompressed, as `torch.save`
 * writes it. Names are keys, never paths. Every range is checked: it must be inside the file, before the
 * directory, without overlaps or duplicate names.
 *
 * @throws EtudeError if anything is wrong, or an entry is compressed or encrypted.
 */
export function zipEntries(source: ByteSource, file: string): Map<string, ZipEntry> {
  const directory = findDirectory(source, file);
  const bytes = source.read(directory.begin, directory.end);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  while (at < bytes.length) {
    if (at + CENTRAL.size > bytes.length || view.getUint32(at, true) !== CENTRAL.signature)
      throw damaged(file, "the zip archive's directory is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const nameEnd = at + CENTRAL.size + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged(file, "the zip archive's directory is truncated");
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL.size, nameEnd));
    const fields = [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ];
    const [size, stored, offset] = wide(fields, view, nameEnd, extraEnd, file) as [number, number, number];
    if (method !== 0 || (flags & 1) !== 0 || size !== stored) {
      const what = (flags & 1) !== 0 ? 'encrypted' : 'compressed';
      throw damaged(file, `entry '${name}' of the zip archive is ${what}`, {
        expected: 'entries as written by torch.save',
      });
    }
    if (/^[/\\]|^\w:|(^|[/\\])\.\.([/\\]|$)/.test(name))
      throw damaged(file, `entry '${name}' of the zip archive points outside it`);
    if (entries.has(name)) throw damaged(file, `the zip archive has two entries '${name}'`);
    entries.set(name, locate(source, name, offset, size, directory.begin, file));
    at = next;
  }
  refuseOverlaps(entries, file);
  return entries;
}

/** The position of the central directory, from the record at the end of the file. */
function findDirectory(source: ByteSource, file: string): ZipEntry {
  const tailAt = Math.max(0, source.size - END.size - END.comment);
  const tail = source.read(tailAt, source.size);
  const view = viewOf(tail);
  let at = tail.length - END.size;
  while (at >= 0 && view.getUint32(at, true) !== END.signature) at -= 1;
  if (at < 0) throw damaged(file, 'the zip archive has no directory: the file is truncated');
  let [size, begin] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  let limit = tailAt + at;
  const locatorAt = at - END64_LOCATOR.size;
  if (locatorAt >= 0 && view.getUint32(locatorAt, true) === END64_LOCATOR.signature) {
    const recordAt = integer(view, locatorAt + 8);
    if (recordAt + END64.size > tailAt + locatorAt)
      throw damaged(file, "the zip archive's end record is damaged");
    const record = viewOf(source.read(recordAt, recordAt + END64.size));
    if (record.getUint32(0, true) !== END64.signature)
      throw damaged(file, "the zip archive's end record is damaged");
    [size, begin, limit] = [integer(record, 40), integer(record, 48), recordAt];
  }
  if (size > MAX_DIRECTORY || begin + size > limit)
    throw damaged(file, "the zip archive's directory is outside the file", {
      got: `${count(size, 'byte')} from byte ${begin} on, in a file of ${count(source.size, 'byte')}`,
    });
  return { begin, end: begin + size };
}

/** Sizes and offset of an entry; those that do not fit 32 bits come from its zip64 field, in this order. */
function wide(fields: number[], view: DataView, from: number, to: number, file: string): number[] {
  let [at, end] = [to, to];
  for (let extra = from; extra + 4 <= to; extra += 4 + view.getUint16(extra + 2, true)) {
    if (view.getUint16(extra, true) !== 1) continue;
    at = extra + 4;
    end = Math.min(to, at + view.getUint16(extra + 2, true));
    break;
  }
  return fields.map((value) => {
    if (value !== IN_ZIP64) return value;
    if (at + 8 > end) throw damaged(file, "the zip archive's directory is damaged");
    at += 8;
    return integer(view, at - 8);
  });
}

function locate(
  source: ByteSource,
  name: string,
  offset: number,
  size: number,
  limit: number,
  file: string,
): ZipEntry {
  const outside = () =>
    damaged(file, `entry '${name}' of the zip archive is outside the file`, {
      got: `${count(size, 'byte')} from byte ${offset} on, in a file of ${count(source.size, 'byte')}`,
    });
  if (offset + LOCAL.size > limit) throw outside();
  const header = viewOf(source.read(offset, offset + LOCAL.size));
  if (header.getUint32(0, true) !== LOCAL.signature) throw outside();
  const begin = offset + LOCAL.size + header.getUint16(26, true) + header.getUint16(28, true);
  if (begin + size > limit) throw outside();
  return { begin, end: begin + size };
}

/** Entries that share bytes could make a small file seem huge. */
function refuseOverlaps(entries: ReadonlyMap<string, ZipEntry>, file: string): void {
  let end = 0;
  for (const [name, entry] of [...entries].sort(([, one], [, other]) => one.begin - other.begin)) {
    if (entry.begin < end) throw damaged(file, `entry '${name}' of the zip archive overlaps another entry`);
    end = entry.end;
  }
}

/** A 64-bit number; inexact beyond 2⁵³, but then beyond every file. */
function integer(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
