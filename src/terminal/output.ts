import { joinPainted, type Painted, paintText, terminalText } from './terminal-text.js';

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
/** How painted text is written to streams that otherwise accept only plain text. */
const painters = new WeakMap<OutputStream, (text: string) => boolean>();

/**
 * Prevents a reader that closes early (`etude run … | head -1`) from ending the process: what is written
 * after that is dropped, and the work continues. Any other error of the stream is thrown as before.
 */
export function guardOutput(stream: OutputStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on?.('error', (error) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    closed.add(stream);
  });
}

/**
 * From now on everything that anyone writes to the stream (console.log, commander, a library, a stack trace)
 * is text: none of its escape sequences reach the terminal. Colours and cursors go through `writePainted`.
 */
export function onlyText(stream: NodeJS.WriteStream): void {
  if (painters.has(stream)) return;
  const write = stream.write.bind(stream) as (chunk: string, ...rest: unknown[]) => boolean;
  painters.set(stream, write);
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) =>
    write(
      terminalText(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()),
      ...rest,
    )) as typeof stream.write;
}

/** Writes a line of text unless the reader has gone. */
export function writeLine(stream: OutputStream, line: string): void {
  if (!closed.has(stream)) stream.write(`${terminalText(line)}\n`);
}

/**
 * Writes a file's bytes, unless the reader goes; resolves once they are written. Never to a terminal,
 * whatever they are.
 */
export async function writeBytes(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  if (stream.isTTY) throw new Error('bytes are not written to a terminal');
  if (closed.has(stream)) return;
  const write = (painters.get(stream) ?? stream.write.bind(stream)) as (
    bytes: Uint8Array,
    done: () => void,
  ) => boolean;
  await new Promise<void>((resolve) => write(bytes, resolve));
}

/**
 * The stream for a line editor (readline), which draws what is being typed with its own escape codes. What it
 * is given to show must be clean.
 */
export function editable(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return Object.create(stream, { write: { value: painters.get(stream) ?? stream.write } });
}

/** Writes a painted line unless the reader has gone. */
export function writePaintedLine(stream: OutputStream, line: Painted): void {
  writePainted(stream, joinPainted([line, paintText('\n')]));
}

/** Writes text with escape codes of our own unless the reader has gone. */
export function writePainted(stream: OutputStream, text: Painted): boolean {
  if (closed.has(stream)) return true;
  const write = painters.get(stream);
  return write === undefined ? stream.write(text) : write(text);
}
