/** The part of a stream that renderers need. */
export interface OutputStream {
  write(text: string): boolean;
  on?(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const guarded = new WeakSet<OutputStream>();
const closed = new WeakSet<OutputStream>();

/**
 * Keeps a reader that closes early (`etude run … | head -1`) from ending the process: what is written after that is dropped, the
 * work goes on. Any other error of the stream is thrown as before.
 */
export function guardOutput(stream: OutputStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on?.('error', (error) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    closed.add(stream);
  });
}

/** True once the reader has gone. */
export function isClosed(stream: OutputStream): boolean {
  return closed.has(stream);
}

/** Writes a line unless the reader has gone. */
export function writeLine(stream: OutputStream, line: string): void {
  if (!closed.has(stream)) stream.write(`${line}\n`);
}
