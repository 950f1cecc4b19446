import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ifExists } from '../../files/fs-errors.js';
import { readShort } from '../../files/regular-file.js';
import { mapLimited } from '../../util/concurrency.js';
import { messageOf } from '../../util/errors.js';
import { lockPath, parseLock } from './lock-file-io.js';

/** Folders that contain no recipes of the project itself. */
const SKIPPED = new Set(['node_modules', '.git', '.etude']);

/**
 * The lock files of a project: those next to a recipe anywhere in its folder. Links are not followed. A
 * folder that cannot be read is reported to `warn`.
 */
export async function findLocks(folder: string, warn: (text: string) => void): Promise<string[]> {
  const found: string[] = [];
  const refused = (error: unknown) => {
    warn(`${messageOf(error)}; lock files in it are not taken into account`);
    return undefined;
  };
  let level = [folder];
  while (level.length > 0) {
    const below = await mapLimited(level, 16, async (dir) => {
      const inside = (await ifExists(readdir(dir, { withFileTypes: true })).catch(refused)) ?? [];
      const files = inside.filter((each) => !each.isDirectory()).map(({ name }) => name);
      const beside = new Set(files.filter((name) => /\.ya?ml$/i.test(name)).map(lockPath));
      found.push(...files.filter((name) => beside.has(name)).map((name) => join(dir, name)));
      return inside
        .filter((each) => each.isDirectory() && !SKIPPED.has(each.name))
        .map(({ name }) => join(dir, name));
    });
    level = below.flat();
  }
  return found.sort();
}

/**
 * The fingerprints of all results in a lock file; `undefined` if there is no such file, or it is clearly the
 * lock of another program (`dvc.lock` is next to `dvc.yaml`). Throws an EtudeError for one that cannot be
 * read.
 */
export async function lockedFingerprints(file: string): Promise<string[] | undefined> {
  const text = (await ifExists(readShort(file)))?.toString('utf8');
  if (text === undefined) return undefined;
  try {
    const { stages } = await parseLock(text, file);
    return Object.values(stages).map(({ fingerprint }) => fingerprint);
  } catch (error) {
    if (isOfAnother(text)) return undefined;
    throw error;
  }
}

/** Whether a text is complete, and lacks what every lock file of Etude begins with. */
function isOfAnother(text: string): boolean {
  try {
    const value: unknown = parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
    return !['format', 'recipe', 'etude'].some((key) => Object.hasOwn(value, key));
  } catch {
    return false;
  }
}
