import type { Published } from '../index.js';
import { formatBytes } from '../terminal/format.js';
import { type Line, span } from '../terminal/line.js';
import { count } from '../util/words.js';

/** What a push to the Hub did. */
export function publishedLine({ url, revision, commit, changed, removed, bytes }: Published): Line {
  const at = `${url}${revision === 'main' ? '' : `  branch ${revision}`}  commit ${commit.slice(0, 12)}`;
  if (changed + removed === 0) return [span('nothing to push', 'bold'), span(`: all is there · ${at}`)];
  const gone = removed === 0 ? '' : `, ${removed} removed`;
  return [span(`${count(changed, 'file')} pushed`, 'bold'), span(`, ${formatBytes(bytes)}${gone} · ${at}`)];
}
