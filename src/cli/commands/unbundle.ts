import type { Unbundled } from '../../index.js';
import { type Line, span } from '../../terminal/line.js';
import { count } from '../../util/words.js';
import { byteProgress } from '../byte-progress.js';
import { interruptible } from '../interruptible.js';
import { projectOf } from '../open-recipe.js';
import { printLines } from '../print.js';

export interface UnbundleCommandOptions {
  cacheDir?: string;
  trust?: boolean;
}

/**
 * `etude unbundle FILE [DIR]`: unpacks a bundle; its results are put in quarantine, or used with `--trust`.
 */
export async function unbundle(
  file: string,
  dir: string | undefined,
  { trust, ...options }: UnbundleCommandOptions,
): Promise<void> {
  const progress = byteProgress('unpacking');
  const done = await interruptible('nothing was unpacked', (signal) =>
    projectOf(options).unbundle(file, { dir, trust, signal, progress: progress.update }),
  ).finally(progress.end);
  if (done !== undefined) printLines([...filesLines(done), ...resultLines(done)]);
}

function filesLines({ recipe, written, modules, packages }: Unbundled): Line[] {
  const lines: Line[] = [[span(recipe, 'bold'), span(`  ${count(written.length, 'new file')}`)]];
  if (modules.length > 0) {
    lines.push([
      span(`it contains code that a run executes; read it first: ${modules.join(', ')}`, 'yellow'),
    ]);
  }
  if (packages.length > 0) lines.push([span(`its code imports ${packages.join(', ')}`, 'dim')]);
  return lines;
}

function resultLines({ recipe, quarantined, trusted }: Unbundled): Line[] {
  if (trusted > 0)
    return [[span(`${count(trusted, 'result')} will be used from now on: trusted, not checked`)]];
  if (quarantined === 0) return [];
  return [
    [span(`${count(quarantined, 'result')} in quarantine: not used until they are checked`)],
    [span(`  etude admit ${recipe}`, 'bold'), span('  recomputes them, some in part, and compares', 'dim')],
  ];
}
