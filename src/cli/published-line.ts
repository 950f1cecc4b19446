import type { Published } from '../index.js';
import { formatBytes } from '../terminal/format.js';
import { type Line, span } from '../terminal/line.js';
import { count } from '../util/words.js';

/** What a push to the Hub did. */
export function publishedLine({ url, revision, commit, changed, removed, bytes }: Published): Line {
  const at = `${url}${revision === 'main' ? '' : `  branch ${revision}`}  commit ${commit.slice(0, 12)}`;
  // Also after a commit that the Hub made, but whose answer was lost.
  if (changed + removed === 0) return [span('the Hub has all of these files', 'bold'), span(` · ${at}`)];
  const gone = removed === 0 ? '' : `, ${removed} removed`;
  return [span(`${count(changed, 'file')} pushed`, 'bold'), span(`, ${formatBytes(bytes)}${gone} · ${at}`)];
}
