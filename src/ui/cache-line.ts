import type { RunEvent } from '../pipeline/run/events/run-events.js';
import { formatBytes } from '../terminal/format.js';
import { clean } from '../terminal/line.js';
import { shownFrom } from '../util/points-outside.js';

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** Bytes. A smaller cache is not worth a word. */
const LARGE = 1e9;

/**
 * The size of the cache, and the command that shrinks it to about half: where it is large, and the run has
 * added to it.
 */
export function cacheText(
  { cache, stages }: Finished,
  recipe: string,
  cwd: string,
): { size: string; command: string } | undefined {
  if (cache === undefined || cache.bytes < LARGE || !stages.some(({ status }) => status === 'run'))
    return undefined;
  const folder = clean(shownFrom(cwd, cache.dir));
  const chosen = cache.isChosen ? ` --cache-dir ${quoted(folder)}` : '';
  const of = recipe === '' ? '' : ` ${quoted(clean(shownFrom(cwd, recipe)))}`;
  return {
    size: `the cache ${folder} holds ${formatBytes(cache.bytes)}; to shrink it:`,
    command: `etude gc${of}${chosen} --max-size ${half(cache.bytes)}`,
  };
}

/** At most half of it, as people write sizes: 1GB, 2GB, 5GB, 10GB. */
function half(bytes: number): string {
  const target = bytes / 2;
  const power = 10 ** Math.floor(Math.log10(target));
  const size = [5, 2, 1].map((one) => one * power).find((one) => one <= target)!;
  return size >= 1e9 ? `${size / 1e9}GB` : `${size / 1e6}MB`;
}

/** A path as a shell takes it for one word, and a command for no option. */
function quoted(path: string): string {
  const word = path.startsWith('-') ? `./${path}` : path;
  if (/^[\w./:-]+$/.test(word)) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
