import { createHash } from 'node:crypto';

/** Names that Windows gives to devices, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/**
 * What every system accepts unchanged and takes for no other name: no upper case, no path separators or
 * wildcards, no dot at either end.
 */
const PLAIN = /^[a-z0-9_](?:[a-z0-9_.,@=+[\]-]*[a-z0-9_=+[\]-])?$/;

/**
 * Characters. Ids of stages with their matrix cells are longer than what people write; file systems allow 255
 * bytes.
 */
const LONGEST = 160;
const LONGEST_WORD = 48;

/**
 * The name of a file or folder for any name at all: a single path segment, short enough for every file
 * system, never hidden. Different names get different file names, even on file systems that ignore case or
 * Unicode normalization: a name that is not plain ends with `~` and a digest, which no plain name does (`My
 * model` → `My-model~3cf1…`).
 */
export function fileName(name: string): string {
  if (PLAIN.test(name) && name.length <= LONGEST && !isDevice(name)) return name;
  const word = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}_]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  const short = [...word].slice(0, LONGEST_WORD).join('');
  return `${short || 'name'}~${createHash('sha256').update(JSON.stringify(name)).digest('hex').slice(0, 16)}`;
}

/** Whether Windows takes a file's name for a device. */
export function isDevice(name: string): boolean {
  return DEVICE.test(name);
}
