import type { Upload } from '../types.js';

/** What is stored, as a Blob: read piece by piece on demand, so that no object has to fit into memory. */
export class UploadBlob extends Blob {
  readonly #upload: Upload;
  readonly #start: number;
  readonly #onRead: (bytes: number) => void;
  override readonly size: number;

  /**
   * @param onRead called with the size of each piece that `stream` has returned
   */
  constructor(
    upload: Upload,
    [start, end]: readonly [number, number] = [0, upload.size],
    onRead: (bytes: number) => void = () => undefined,
  ) {
    super([]);
    this.#upload = upload;
    this.#start = start;
    this.size = end - start;
    this.#onRead = onRead;
  }

  /** The same bytes, reporting what has been read. */
  reportingTo(onRead: (bytes: number) => void): UploadBlob {
    return new UploadBlob(this.#upload, [this.#start, this.#start + this.size], onRead);
  }

  override slice(start = 0, end = this.size): UploadBlob {
    const at = (offset: number) => this.#start + Math.min(Math.max(offset, 0), this.size);
    return new UploadBlob(this.#upload, [at(start), Math.max(at(start), at(end))], this.#onRead);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for await (const piece of this.#upload.pieces(this.#start, this.#start + this.size)) {
      bytes.set(piece, at);
      at += piece.byteLength;
    }
    return bytes.buffer;
  }

  override async text(): Promise<string> {
    return Buffer.from(await this.arrayBuffer()).toString('utf8');
  }

  override stream() {
    const pieces = this.#upload.pieces(this.#start, this.#start + this.size)[Symbol.asyncIterator]();
    const onRead = this.#onRead;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await pieces.next();
          if (done) return controller.close();
          controller.enqueue(value);
          onRead(value.byteLength);
        },
        async cancel() {
          await pieces.return?.();
        },
      },
      // Read only on demand.
      { highWaterMark: 0 },
    );
  }
}
