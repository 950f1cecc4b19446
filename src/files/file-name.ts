import { createHash } from 'node:crypto';

/** Names that Windows gives to devices, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/**
 * What every system accepts unchanged, and none confuses with another name: no upper case, no mark that a
 * path is made of, no dot at an end.
 */
const PLAIN = /^[a-z0-9_](?:[a-z0-9_.,@=+[\]-]*[a-z0-9_=+[\]-])?$/;

/**
 * Characters: ids of stages with the cells of a matrix are longer than what people write. File systems take
 * 255 bytes.
 */
const LONGEST = 160;
const LONGEST_WORD = 48;

/**
 * The name of a file or folder for any name at all: one part of a path, short enough for every file system,
 * hidden on none. Names that differ get names that differ, on file systems that ignore case or Unicode's
 * forms, too: what is not plain itself ends with `~` and a digest, which no plain name has (`My model` →
 * `My-model~3cf1…`).
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
