import type { Feature } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import {
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileReader,
  RecordBatchFileWriter,
  Schema,
  Struct,
  util,
} from './arrow.js';
import { arrowType } from './arrow-type.js';
import { decodeData } from './column-decode.js';
import { encodeData } from './column-encode.js';

/** The values of one chunk of one column. */
export interface Column {
  readonly length: number;
  /**
   * Value `i` in the conventions of `encodeColumn`; bytes and float32 lists are views that must not be
   * written to.
   */
  get(i: number): unknown;
}

/** Audio as the original file's bytes. */
export interface EncodedAudio {
  bytes: Uint8Array | null;
  path: string | null;
}

/** Decoded mono audio at the feature's sampling rate. */
export interface AudioSamples {
  array: Float32Array;
  path: string | null;
}

/**
 * One column chunk as an Arrow IPC file: one record batch of one field, `values`. Equal values give equal
 * bytes.
 *
 * Values: `string`; `number` for integers (int64 too) and floats; `boolean`; `Uint8Array` for binary; the
 * class number for ClassLabel; `EncodedAudio` or `AudioSamples`; arrays, or typed arrays, for lists. `null`
 * or `undefined` is null. Throws an EtudeError naming the row (within `values`) of a value that the feature
 * cannot represent, including integers beyond 2^53.
 */
export function encodeColumn(feature: Feature, values: readonly unknown[]): Uint8Array {
  return RecordBatchFileWriter.writeAll([batchOf(feature, values)]).toUint8Array(true);
}

/** The record batch of one field, `values`, that such a file has. */
export function batchOf(feature: Feature, values: readonly unknown[]): InstanceType<typeof RecordBatch> {
  const fields = [new Field('values', arrowType(feature), true)];
  const data = makeData({
    type: new Struct(fields),
    length: values.length,
    nullCount: 0,
    children: [encodeData(feature, values)],
  } as never);
  return new RecordBatch(new Schema(fields), data as never);
}

/**
 * Reads what `encodeColumn` wrote, without copying samples or bytes. int64 comes back as a number, lists of
 * float32 and float16 as `Float32Array`, other lists as arrays. Throws an EtudeError if the bytes are not
 * such a file.
 */
export function decodeColumn(feature: Feature, bytes: Uint8Array): Column {
  // Typed arrays over the buffers require alignment.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  let data: ReturnType<typeof makeData> | undefined;
  try {
    const batches = [...RecordBatchFileReader.from(aligned)];
    data = batches.length === 1 ? batches[0]!.data.children[0] : undefined;
  } catch (cause) {
    throw new EtudeError('a column chunk cannot be read', { expected: 'an Arrow IPC file', cause });
  }
  if (data === undefined || !util.compareTypes(data.type, arrowType(feature))) {
    throw new EtudeError('a column chunk does not match the manifest', {
      expected: String(arrowType(feature)),
      got: data === undefined ? 'no column' : String(data.type),
    });
  }
  return { length: data.length, get: decodeData(feature, data) };
}
