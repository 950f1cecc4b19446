import { statSync } from 'node:fs';
import { kindOf, readShort } from '../../files/regular-file.js';
import { messageOf } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { createProblem, type Problem } from './problem.js';

/** Ten thousand generated stages fit; anything longer is a mistaken file. Bytes. */
const LARGEST = 4 * 1024 * 1024;

/**
 * Reads the text of a recipe, or of another file that says what to run. UTF-8, with or without a byte order
 * mark, at most 4 MiB.
 */
export async function readRecipe(
  file: string,
  holds = 'a recipe with `stages`',
): Promise<{ text: string } | { problem: Problem }> {
  const fail = (message: string, expected?: string, got?: string) => ({
    problem: createProblem({ file, line: 1, column: 1 }, { message, expected, got }),
  });
  let bytes: Buffer;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return fail('not a file', 'a recipe (YAML)', kindOf(stats));
    if (stats.size > LARGEST)
      return fail('too large for a recipe', `at most ${LARGEST} bytes`, count(stats.size, 'byte'));
    bytes = await readShort(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('no such file');
    return fail(code === 'EACCES' ? 'permission denied' : `cannot be read: ${messageOf(error)}`);
  }
  const valid = validPrefix(bytes);
  if (valid < bytes.length) return { problem: notUtf8(file, bytes, valid) };
  const text = new TextDecoder('utf-8').decode(bytes);
  if (text.trim() === '') return fail('the file is empty', holds);
  return { text };
}

/** How many bytes from the start are valid UTF-8; an incomplete character at the very end does not count. */
function validPrefix(bytes: Uint8Array): number {
  const accepts = (length: number, stream: boolean) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  if (accepts(bytes.length, false)) return bytes.length;
  let good = 0;
  let bad = bytes.length;
  if (accepts(bytes.length, true)) good = bytes.length - 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (accepts(middle, true)) good = middle;
    else bad = middle;
  }
  // A streaming decoder also accepts the lead bytes of the character that turns out to be broken.
  while (good > 0 && !accepts(good, false)) good--;
  return good;
}

function notUtf8(file: string, bytes: Uint8Array, offset: number): Problem {
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, offset));
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const byte = `byte 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')} at offset ${offset}`;
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return createProblem(
    { file, line, column },
    { message: 'the file is not UTF-8', expected: 'UTF-8 text', got: utf16 ? 'UTF-16' : byte },
    utf16 ? undefined : new TextDecoder('utf-8').decode(bytes),
  );
}
