import { type FileHandle, open } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Feature, Features } from '../../../stage/artifact.js';
import type { Row } from '../dataset.js';
import { featuresToJson } from '../features.js';
import { parquetElements, parquetValue } from './parquet-column.js';

/**
 * Writes rows of saved features into a Parquet file as Hugging Face datasets does: audio uncompressed, as it
 * is compressed already or hardly gets smaller; everything else with Snappy, in dictionaries where these are
 * smaller; with indexes of pages, so that a reader can fetch single clips; with the features in the footer.
 */
export class ParquetFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly features: Features,
    private readonly sink: Sink,
    private readonly writer: ParquetWriter,
  ) {}

  static async create(path: string, features: Features): Promise<ParquetFile> {
    const columns = Object.entries(features);
    const schema = [
      { name: 'schema', num_children: columns.length },
      ...columns.flatMap(([name, feature]) => parquetElements(name, feature)),
    ];
    const info = JSON.stringify({ info: { features: featuresToJson(features) } });
    const handle = await open(path, 'wx');
    const sink = new Sink(handle);
    const kvMetadata = [{ key: 'huggingface', value: info }];
    const writer = new ParquetWriter({ writer: sink, schema, kvMetadata, createdBy: 'etude' });
    return new ParquetFile(handle, features, sink, writer);
  }

  /** Appends these rows as one row group. */
  async write(rows: readonly Row[]): Promise<void> {
    const columnData = Object.entries(this.features).map(([name, feature]) => ({
      name,
      data: rows.map((row) => parquetValue(feature, row[name])),
      ...(isBinary(feature)
        ? ({ encoding: 'PLAIN', codec: 'UNCOMPRESSED' } as const)
        : { columnIndex: true }),
    }));
    await this.writer.write({ columnData, rowGroupSize: rows.length });
  }

  /** Ends the file; resolves to its size in bytes once they are on disk. */
  async end(): Promise<number> {
    await this.writer.finish();
    await this.handle.sync();
    await this.handle.close();
    return this.sink.offset;
  }

  /** Abandons the file, closing it if it is still open. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}

/** Whether a column has whole files, which no dictionary and no compression makes smaller. */
function isBinary(feature: Feature): boolean {
  return feature._type === 'Audio' || (feature._type === 'Value' && feature.dtype === 'binary');
}

/** Bytes on their way into a file, row group by row group. */
class Sink extends ByteWriter {
  constructor(private readonly handle: FileHandle) {
    super();
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes();
    for (let done = 0; done < bytes.length; ) {
      done += (await this.handle.write(bytes, done, bytes.length - done)).bytesWritten;
    }
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}
