import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Features } from '../../../stage/artifact.js';
import { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from '../arrow.js';
import type { Row } from '../dataset.js';
import { featuresToJson } from '../features.js';
import { savedData, savedType } from './saved-column.js';

/** The end mark of an Arrow stream. */
const END_BYTES = 8;

/**
 * Writes rows of saved features into a file in Arrow's IPC stream format, as `save_to_disk` of Hugging Face
 * datasets does.
 */
export class ArrowWriter {
  private readonly sha256 = createHash('sha256');

  private constructor(
    private readonly handle: FileHandle,
    private readonly features: Features,
    private readonly schema: Schema,
    private readonly head: Uint8Array,
  ) {}

  static async create(path: string, features: Features): Promise<ArrowWriter> {
    const fields = Object.entries(features).map(
      ([name, feature]) => new Field(name, savedType(feature), true),
    );
    const info = JSON.stringify({ info: { features: featuresToJson(features) } });
    const schema = new Schema(fields, new Map([['huggingface', info]]));
    const empty = new RecordBatchStreamWriter();
    empty.reset(undefined, schema);
    const bytes = empty.finish().toUint8Array(true);
    const head = bytes.subarray(0, bytes.length - END_BYTES);
    const writer = new ArrowWriter(await open(path, 'wx'), features, schema, head);
    await writer.append(head);
    return writer;
  }

  /** Appends these rows as one record batch. */
  async write(rows: readonly Row[]): Promise<void> {
    const children = Object.entries(this.features).map(([name, feature]) =>
      savedData(
        feature,
        rows.map((row) => row[name]),
      ),
    );
    const type = new Struct(this.schema.fields);
    const data = makeData({ type, length: rows.length, nullCount: 0, children } as never);
    const stream = RecordBatchStreamWriter.writeAll([new RecordBatch(this.schema, data as never)]);
    // Only the batch of this separate stream goes into the file.
    const bytes = stream.toUint8Array(true);
    await this.append(bytes.subarray(this.head.length, bytes.length - END_BYTES));
  }

  /** Ends the file; resolves to the SHA-256 of its bytes once they are on disk. */
  async end(): Promise<string> {
    await this.append(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
    await this.handle.sync();
    await this.handle.close();
    return this.sha256.digest('hex');
  }

  private async append(bytes: Uint8Array): Promise<void> {
    this.sha256.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      done += (await this.handle.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }

  /** Abandons the file, closing it if it is still open. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}
