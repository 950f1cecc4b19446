import type { FileHandle } from 'node:fs/promises';
import { count } from '../../../util/words.js';
import { FlatTable } from './flatbuffer.js';
import { type ArrowSchema, readSchema } from './schema.js';

/** A record batch in a file: where its buffers are, with none of them read yet. */
export interface BatchPlace {
  rows: number;
  /** Where the body starts in the file. */
  start: number;
  /**
   * Length and number of nulls of each column, including those inside lists and structs, in depth-first
   * order.
   */
  nodes: [length: number, nulls: number][];
  /** Offset in the body and length of each buffer. */
  buffers: [offset: number, length: number][];
  /** Bytes. */
  bodyLength: number;
}

export interface ArrowStream {
  schema: ArrowSchema;
  batches: BatchPlace[];
}

const continuation = 0xffffffff;
const schemaHeader = 1;
const dictionaryHeader = 2;
const batchHeader = 3;

/**
 * Finds the schema and the record batches of a file in Arrow's IPC stream format from the message headers
 * alone. Every length is checked against the file's; a file that is damaged, truncated or of another format
 * is an Error that says why.
 */
export async function scanStream(handle: FileHandle, size: number): Promise<ArrowStream> {
  const { schema, batches } = await scanMessages(handle, size, 0);
  if (schema === undefined) throw new Error('no schema');
  return { schema, batches };
}

/**
 * The same from some byte on, for Arrow's file format: apache-arrow writes the schema only after the batches.
 */
export async function scanMessages(
  handle: FileHandle,
  size: number,
  from: number,
): Promise<Partial<ArrowStream> & Pick<ArrowStream, 'batches'>> {
  let schema: ArrowSchema | undefined;
  const batches: BatchPlace[] = [];
  for (let at = from; ; ) {
    const head = await readAt(handle, at, 8, size);
    const view = new DataView(head.buffer);
    if (view.getUint32(0, true) !== continuation)
      throw new Error(at === from ? 'not an Arrow stream' : `no message at byte ${at}`);
    const length = view.getInt32(4, true);
    if (length === 0) break;
    if (length < 0) throw new Error(`a message of ${count(length, 'byte')}`);
    const metadata = await readAt(handle, at + 8, length, size);
    const message = FlatTable.root(metadata);
    const kind = message.uint8(1);
    const header = message.table(2);
    const bodyLength = message.count(3);
    const start = at + 8 + length;
    if (start + bodyLength > size)
      throw new Error(`a body of ${count(bodyLength, 'byte')}, but ${size - start} follow`);
    if (kind === dictionaryHeader) throw new Error('dictionary-encoded columns');
    if (header === undefined || (kind !== schemaHeader && kind !== batchHeader))
      throw new Error(`a message of kind ${kind}`);
    if (kind === schemaHeader) schema ??= readSchema(header);
    else batches.push(readBatch(header, start, bodyLength));
    at = start + bodyLength;
  }
  return { schema, batches };
}

function readBatch(header: FlatTable, start: number, bodyLength: number): BatchPlace {
  if (header.table(3) !== undefined) throw new Error('compressed record batches');
  const batch = {
    rows: header.count(0),
    start,
    nodes: header.pairs(1),
    buffers: header.pairs(2),
    bodyLength,
  };
  const outside = batch.buffers.find(([offset, length]) => offset + length > bodyLength);
  const total = batch.buffers.reduce((sum, [, length]) => sum + length, 0);
  if (total > bodyLength) throw new Error(`buffers of ${count(total, 'byte')} in a body of ${bodyLength}`);
  if (outside !== undefined)
    throw new Error(`a buffer of ${count(outside[1], 'byte')} at ${outside[0]} of a body of ${bodyLength}`);
  return batch;
}

/** Reads bytes that must be in the file. */
export async function readAt(
  handle: FileHandle,
  at: number,
  length: number,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (at + length > size) throw new Error('the file ends before its data does');
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new Error('the file ends before its data does');
    done += bytesRead;
  }
  return bytes;
}
