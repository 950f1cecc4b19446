import { FileInPieces } from '../../files/file-in-pieces.js';
import type { Feature } from '../../stage/artifact.js';
import { AsyncByteQueue, RecordBatchFileWriter } from './arrow.js';
import { batchOf, type EncodedAudio, encodeColumn } from './column.js';

/** Audio in a file that is not in memory, as `load` finds it. */
export interface LargeAudio {
  bytes: FileInPieces;
  path: string | null;
}

/** The first bytes of audio, at least; null if there are none. */
export function headOf({ bytes }: EncodedAudio | LargeAudio): Uint8Array | null {
  return bytes instanceof FileInPieces ? bytes.head : bytes;
}

/**
 * The bytes of `encodeColumn`, of which those of a single large file are read as they are needed. Among other
 * rows, a large file is read into memory.
 */
export function encodeLarge(
  feature: Feature,
  values: readonly unknown[],
): Uint8Array | AsyncIterable<Uint8Array> {
  if (!values.some(isLarge)) return encodeColumn(feature, values);
  const [only] = values;
  if (values.length > 1 || !isLarge(only))
    return encodeColumn(
      feature,
      values.map((value) => (isLarge(value) ? { ...value, bytes: value.bytes.whole() } : value)),
    );
  // Stands for the file's bytes: memory that is never touched takes no space.
  const hole = new Uint8Array(only.bytes.byteLength);
  const writer = new RecordBatchFileWriter();
  const parts = new Parts();
  writer.reset(parts);
  writer.write(batchOf(feature, [{ ...only, bytes: hole }]));
  writer.finish();
  if (parts.written.filter(({ buffer }) => buffer === hole.buffer).length !== 1)
    throw new Error("a column's bytes were copied");
  return filled(parts.written, hole, only.bytes);
}

async function* filled(parts: readonly Uint8Array[], hole: Uint8Array, file: FileInPieces) {
  for (const part of parts)
    if (part.buffer === hole.buffer) yield* file.pieces();
    else yield part;
}

/** Receives what a writer writes, without copying it. */
class Parts extends AsyncByteQueue {
  readonly written: Uint8Array[] = [];

  override write(part: Uint8Array): void {
    this.written.push(part);
  }
}

function isLarge(value: unknown): value is LargeAudio {
  return (value as Partial<LargeAudio> | null | undefined)?.bytes instanceof FileInPieces;
}
