import { stripVTControlCharacters } from 'node:util';

/** Text that may come from a file or a library, without what could steer a terminal; line breaks stay. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, '');
}
