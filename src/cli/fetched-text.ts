import type { Fetched } from '../index.js';
import { formatBytes } from '../terminal/format.js';
import { count } from '../util/words.js';

/** What came from a remote cache, in words. */
export function fetchedText({ results, objects, bytes }: Fetched): string {
  return `${count(results, 'result')} from the remote cache: ${count(objects, 'object')}, ${formatBytes(bytes)}`;
}
