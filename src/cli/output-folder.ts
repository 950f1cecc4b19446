import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EtudeError } from '../errors.js';

/** Lists the files of an export, so that a later one knows that it may replace them. */
const MARKER = '.etude-export.json';

/**
 * Fills a folder as a whole: `fill` writes into a temporary one beside it, which takes its place in the end. A folder that holds
 * anything else than an earlier export is left alone (an EtudeError), unless `force`.
 *
 * @param fill gets the temporary folder and resolves to the names of its files
 */
export async function fillFolder(
  output: string,
  { force = false }: { force?: boolean },
  fill: (folder: string) => Promise<string[]>,
): Promise<void> {
  const folder = resolve(output);
  if (!force) await checkReplaceable(folder, output);
  const beside = (word: string) => join(dirname(folder), `.${basename(folder)}.${process.pid}.${word}`);
  const [part, old] = [beside('part'), beside('old')];
  await mkdir(dirname(folder), { recursive: true });
  await rm(part, { recursive: true, force: true });
  try {
    await mkdir(part);
    const files = await fill(part);
    await writeFile(join(part, MARKER), `${JSON.stringify({ files }, null, 2)}\n`);
    await rename(folder, old).catch(ignoreMissing);
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  await rm(old, { recursive: true, force: true });
}

async function checkReplaceable(folder: string, shown: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true }).catch(ignoreMissing)) ?? [];
  if (names.length === 0) return;
  const marker = await readFile(join(folder, MARKER), 'utf8').catch(() => '{}');
  const files = filesOf(marker);
  const known = new Set([MARKER, ...files]);
  let other: string | undefined;
  for (const name of names) {
    if (known.has(name.replaceAll('\\', '/')) || (await lstat(join(folder, name))).isDirectory()) continue;
    other = name;
    break;
  }
  if (other === undefined) return;
  throw new EtudeError(`'${shown}' is not empty`, {
    expected: 'a new folder, an empty one, or one of an earlier export with nothing added',
    got: `a folder with ${other}`,
    hint: 'Give another folder, or --force to replace all that is in it.',
  });
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
