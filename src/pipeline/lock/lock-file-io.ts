import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readShort } from '../../files/regular-file.js';
import { compileSchema } from '../../schema/validator.js';
import { schemasFolder } from '../../stage/find-stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { partFileFor, sweepPartFiles } from '../cache/part-files.js';
import { plainYaml } from '../recipe/parse-simple-yaml.js';
import { yamlText } from '../recipe/yaml-text.js';
import type { LockFile } from './types.js';

const HEAD =
  '# The results of this recipe, written by `etude run`. Check them with `etude reproduce`; see docs/sharing.md.\n';

/** No recipe's lock is larger: 200 file digests per stage, some hundred stages. */
const MAX_BYTES = 16 * 1024 * 1024;

/** `pipelines/quickstart.lock` for `pipelines/quickstart.yaml`. */
export function lockPath(recipe: string): string {
  return `${recipe.replace(/\.ya?ml$/i, '')}.lock`;
}

/** The lock as text: always the same for equal locks, with one value per line. */
export function formatLock(lock: LockFile): string {
  return HEAD + yamlText(lock);
}

/** Reads a lock's text. Throws an EtudeError if it is not a lock, or of another format. */
export async function parseLock(text: string, file: string): Promise<LockFile> {
  if (text.length > MAX_BYTES) throw notALock(file, count(text.length, 'byte'));
  let value: unknown;
  try {
    value = plainYaml(text) ?? parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw notALock(file, error instanceof Error ? error.message.split('\n')[0]! : String(error));
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== 1) {
    throw new EtudeError('the lock file was made by a different version of Etude', {
      where: { file },
      expected: 'lock format 1',
      got: `lock format ${format}`,
      hint: 'Use that version of Etude, or delete the lock file: the next run writes a new one.',
    });
  }
  const validate = await compileSchema(await lockSchema());
  const [error] = validate(value);
  if (error !== undefined) {
    const at = error.instancePath.slice(1).replaceAll('/', '.');
    throw notALock(file, `${at === '' ? 'it' : at} ${error.message ?? 'is invalid'}`);
  }
  return value as LockFile;
}

/**
 * The lock file next to a recipe; `undefined` if there is none. Throws an EtudeError for one that cannot be
 * read.
 */
export function readLock(recipe: string): Promise<LockFile | undefined> {
  const file = lockPath(recipe);
  return readIfThere(file, file);
}

/**
 * A lock file named by the user, `shown` as they spelled it. Throws an EtudeError if there is none, or it
 * cannot be read.
 */
export async function openLock(file: string, shown = file): Promise<LockFile> {
  const lock = await readIfThere(file, shown);
  if (lock === undefined) throw new EtudeError('no such lock file', { where: { file: shown } });
  return lock;
}

async function readIfThere(file: string, shown: string): Promise<LockFile | undefined> {
  const bytes = await readShort(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return bytes === undefined ? undefined : parseLock(bytes.toString('utf8'), shown);
}

/** Writes the lock file next to its recipe, completely or not at all. */
export async function writeLock(recipe: string, lock: LockFile): Promise<void> {
  const file = lockPath(recipe);
  await sweepPartFiles(file);
  const part = partFileFor(file);
  try {
    await writeFile(part, formatLock(lock));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

let schema: Promise<Record<string, unknown>> | undefined;

/** The schema that locks are checked with. */
export function lockSchema(): Promise<Record<string, unknown>> {
  schema ??= readFile(join(schemasFolder(), 'lock.schema.json'), 'utf8').then(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );
  return schema;
}

function notALock(file: string, got: string): EtudeError {
  return new EtudeError('not a lock file', {
    where: { file },
    expected: 'a file written by `etude run`',
    got,
    hint: 'Restore it from version control, or delete it: the next run writes a new one.',
  });
}
