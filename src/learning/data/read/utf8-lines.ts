import { openRegular } from '../../../files/regular-file.js';
import { EtudeError } from '../../../util/errors.js';
import type { DataFile } from './table.js';

/** The text of a UTF-8 file in pieces, without a byte order mark; other encodings are an EtudeError. */
export async function* readText(file: DataFile): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new EtudeError('the file is not UTF-8 text', {
        expected: 'UTF-8',
        where: { file: file.shown },
        cause,
      });
    }
  };
  try {
    for await (const bytes of (await openRegular(file.path)).createReadStream()) {
      const text = decode(bytes as Uint8Array);
      if (text !== '') yield text;
    }
  } catch (cause) {
    if (cause instanceof EtudeError) throw cause;
    throw new EtudeError('the file cannot be read', {
      where: { file: file.shown },
      got: (cause as Error).message,
      cause,
    });
  }
  const rest = decode();
  if (rest !== '') yield rest;
}

/** Lines of a UTF-8 file with their numbers, from 1. */
export async function* readLines(
  file: DataFile,
): AsyncGenerator<{ line: number; text: string }, void, undefined> {
  let rest = '';
  let line = 0;
  for await (const text of readText(file)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const complete of lines) yield { line: ++line, text: complete };
  }
  if (rest !== '') yield { line: ++line, text: rest };
}
