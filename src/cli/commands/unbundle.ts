import { resolve } from 'node:path';
import { admit } from '../../pipeline/bundle/quarantine.js';
import { type Unbundled, unbundle as unpack } from '../../pipeline/bundle/unbundle.js';
import { cacheDir } from '../../pipeline/cache/cache-dir.js';
import { openCache } from '../../pipeline/cache/open-cache.js';
import { type Line, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { printLines } from '../print.js';
import { warnOnStderr } from '../warn.js';

export interface UnbundleCommandOptions {
  cacheDir?: string;
  trust?: boolean;
}

/**
 * `etude unbundle FILE [DIR]`: unpacks a bundle; what it brings of results is put in quarantine, or used with
 * `--trust`.
 */
export async function unbundle(
  file: string,
  dir: string | undefined,
  options: UnbundleCommandOptions,
): Promise<void> {
  const folder = dir ?? '.';
  const cache = cacheDir({ projectDir: resolve(folder), flag: options.cacheDir });
  const progress = byteProgress('unpacking');
  const done = await interruptible('nothing was unpacked', (signal) =>
    unpack(file, { dir: folder, cacheDir: cache, signal, progress: progress.tell }),
  ).finally(progress.end);
  if (done === undefined) return;
  printLines(filesLines(done));
  if (done.quarantine === undefined) return;
  if (options.trust) {
    const target = await openCache(cache, { warn: warnOnStderr });
    const entries = await admit(target, await openCache(done.quarantine));
    printLines([
      [span(`${count(entries.length, 'result')} of it are used from now on: trusted, not checked`)],
    ]);
    return;
  }
  printLines([
    [span(`${count(done.results, 'result')} in quarantine: nothing uses them before a check`)],
    [
      span(`  etude admit ${done.recipe}`, 'bold'),
      span('  computes them again, some in part, and compares', 'dim'),
    ],
  ]);
}

function filesLines({ manifest, written, recipe }: Unbundled): Line[] {
  const lines: Line[] = [[span(recipe, 'bold'), span(`  ${count(written.length, 'new file')}`)]];
  if (manifest.modules.length > 0) {
    lines.push([
      span(`it brings code that a run executes; read it first: ${manifest.modules.join(', ')}`, 'yellow'),
    ]);
  }
  if (manifest.packages.length > 0)
    lines.push([span(`its code imports ${manifest.packages.join(', ')}`, 'dim')]);
  return lines;
}
