import { EtudeError } from '../../../util/errors.js';

/** How much of a report sounds may take, unless someone says otherwise. */
export const DEFAULT_AUDIO = '8MB';

const UNITS = { kb: 1e3, mb: 1e6, gb: 1e9 };

/**
 * `8MB`, `500kB` or `none` in characters of the page.
 *
 * @throws EtudeError for anything else
 */
export function audioRoom(audio: string): number {
  if (audio === 'none') return 0;
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(kB|MB|GB)$/i.exec(audio) ?? [];
  if (number === undefined)
    throw new EtudeError('how much audio the report may contain is not a size', {
      expected: 'a size, such as 8MB or 500kB, or none',
      got: audio,
    });
  return Number(number) * UNITS[unit!.toLowerCase() as keyof typeof UNITS];
}
