import { mkdir, opendir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../files/make-folder.js';
import { readShort } from '../files/regular-file.js';
import { partFileFor, sweepPartFiles } from '../pipeline/cache/part-files.js';
import { toJson } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';

/** Lists the files of an export, so that a later export knows that it may replace them. */
const MARKER = '.etude-export.json';

/**
 * Fills a folder completely or not at all: `fill` writes into a temporary one next to it, which finally
 * replaces it. A folder with anything but an earlier export is left alone (an EtudeError), unless `force`.
 *
 * @param fill receives the temporary folder and resolves to the names of its files
 */
export async function fillFolder(
  output: string,
  { force }: { force?: boolean },
  fill: (folder: string) => Promise<string[]>,
): Promise<void> {
  await checkOutput(output, { force });
  const folder = resolve(output);
  const [part, old] = [partFileFor(folder), partFileFor(folder)];
  await makeFolder(dirname(folder));
  await sweepPartFiles(folder);
  try {
    await mkdir(part);
    const files = await fill(part);
    await writeFile(join(part, MARKER), `${toJson({ files }, 2)}\n`);
    await rename(folder, old).catch(ignoreMissing);
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  await rm(old, { recursive: true, force: true });
}

/** @throws EtudeError if `fillFolder` would leave the folder alone. */
export async function checkOutput(shown: string, { force = false }: { force?: boolean }): Promise<void> {
  if (force) return;
  const folder = resolve(shown);
  const marker = await readShort(join(folder, MARKER)).catch(() => '{}');
  const other = await firstOther(folder, new Set([MARKER, ...filesOf(marker.toString())]));
  if (other === undefined) return;
  throw new EtudeError(`'${shown}' is not empty`, {
    expected: 'a new folder, an empty one, or an earlier export with nothing added',
    got: `a folder with ${other}`,
    hint: 'Give another folder, or --force to replace everything in it.',
  });
}

/** The first unknown file in a folder; the folder may be any folder, and huge. */
async function firstOther(folder: string, known: ReadonlySet<string>): Promise<string | undefined> {
  const folders = [''];
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    const entries = await opendir(join(folder, inside)).catch(ignoreMissing);
    for await (const entry of entries ?? []) {
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else if (!known.has(name)) return name;
    }
  }
  return undefined;
}

function filesOf(marker: string): string[] {
  try {
    const { files } = JSON.parse(marker) as { files?: unknown };
    return Array.isArray(files) ? files.map(String) : [];
  } catch {
    return [];
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
