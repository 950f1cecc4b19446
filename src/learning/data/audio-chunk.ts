import { open } from 'node:fs/promises';
import type { AudioFeature } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { type BatchPlace, readAt, scanMessages } from './arrow-stream/messages.js';

/** The audio of a row in a stored chunk, none of which is read yet. */
export interface StoredAudio {
  path: string | null;
  /** Bytes: of the file for encoded audio, of float32 samples otherwise. */
  length: number;
  /** Bytes `[start, end)`. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A chunk of an audio column whose rows are read in pieces. */
export interface AudioChunk {
  /** `null` where there is no audio. */
  rows: (StoredAudio | null)[];
  close(): Promise<void>;
}

/** Arrow's file format starts with its name, padded to this. */
const MAGIC_BYTES = 8;

/**
 * Where the parts of an audio column (see `arrowType`) are among a batch's buffers and nodes: the struct's
 * own first, then those of `bytes` or `array`, then those of `path`.
 */
const LAYOUTS = {
  encoded: { content: 3, itemBytes: 1, path: { node: 2, buffer: 4 } },
  samples: { content: 4, itemBytes: 4, path: { node: 3, buffer: 5 } },
} as const;

/**
 * Opens a chunk that `encodeColumn` wrote for a column of audio. Unlike `decodeColumn`, it leaves the audio
 * in the file, so that a recording of hours takes no more memory than one of minutes.
 */
export async function openAudioChunk(file: string, { storage }: AudioFeature): Promise<AudioChunk> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { batches } = await scanMessages(handle, size, MAGIC_BYTES);
    const [batch] = batches;
    if (batch === undefined || batches.length > 1) throw new Error('not one record batch');
    const { content, itemBytes, path } = LAYOUTS[storage];
    const buffer = (i: number) => readBuffer(batch, i, (at, length) => readAt(handle, at, length, size));
    const isThere = await validityOf(batch, 0, 0, buffer);
    const hasContent = await validityOf(batch, 1, 1, buffer);
    const hasPath = await validityOf(batch, path.node, path.buffer, buffer);
    const offsets = await offsetsOf(batch, 2, buffer);
    const pathOffsets = await offsetsOf(batch, path.buffer + 1, buffer);
    const paths = Buffer.from(await buffer(path.buffer + 2));
    const start = batch.start + batch.buffers[content]![0];
    const rows = Array.from({ length: batch.rows }, (_, row): StoredAudio | null => {
      if (!isThere(row) || !hasContent(row)) return null;
      const first = start + offsets[row]! * itemBytes;
      return {
        path: hasPath(row) ? paths.toString('utf8', pathOffsets[row], pathOffsets[row + 1]) : null,
        length: (offsets[row + 1]! - offsets[row]!) * itemBytes,
        read: (from, to) => readAt(handle, first + from, to - from, size),
      };
    });
    return { rows, close: () => handle.close() };
  } catch (cause) {
    await handle.close();
    throw new EtudeError('a column chunk cannot be read', { expected: 'an Arrow IPC file', cause });
  }
}

type ReadBuffer = (i: number) => Promise<Uint8Array<ArrayBuffer>>;

async function readBuffer(
  batch: BatchPlace,
  i: number,
  read: (at: number, length: number) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const place = batch.buffers[i];
  if (place === undefined) throw new Error('too few buffers');
  return read(batch.start + place[0], place[1]);
}

async function validityOf(
  batch: BatchPlace,
  node: number,
  buffer: number,
  read: ReadBuffer,
): Promise<(row: number) => boolean> {
  if ((batch.nodes[node]?.[1] ?? 0) === 0) return () => true;
  const bits = await read(buffer);
  return (row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0;
}

async function offsetsOf({ rows }: BatchPlace, buffer: number, read: ReadBuffer): Promise<Int32Array> {
  const bytes = await read(buffer);
  if (bytes.length < 4 * (rows + 1)) throw new Error('too few offsets');
  return new Int32Array(bytes.buffer, 0, rows + 1);
}
