import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../../files/fs-errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { readShort } from '../../files/regular-file.js';
import { readSealed, sealed } from '../../files/sealed.js';
import { EtudeError } from '../../util/errors.js';
import { isDigest } from './entries.js';

/** Names (of runs, say) whose results garbage collection keeps whatever their age: `pins/<name>.json`. */
export async function pin(dir: string, name: string, fingerprints: readonly string[]): Promise<void> {
  const path = pinPath(dir, name);
  await makeFolder(join(dir, 'pins'));
  await writeFile(path, sealed(JSON.stringify({ fingerprints })));
}

/** True if there was such a pin. */
export async function unpin(dir: string, name: string): Promise<boolean> {
  const path = pinPath(dir, name);
  const there = (await ifExists(readShort(path))) !== undefined;
  await rm(path, { force: true });
  return there;
}

/**
 * All pins: name -> fingerprints. A pin that cannot be read is an EtudeError, because nothing may be
 * collected by mistake.
 */
export async function pins(dir: string): Promise<Map<string, string[]>> {
  const names = ((await ifExists(readdir(join(dir, 'pins')))) ?? []).filter((name) => name.endsWith('.json'));
  const found = new Map<string, string[]>();
  for (const file of names) {
    const name = file.slice(0, -'.json'.length);
    found.set(name, await readPin(pinPath(dir, name)));
  }
  return found;
}

async function readPin(path: string): Promise<string[]> {
  // If it is listed but cannot be found, like a broken link, it counts as damaged.
  const kept = await readSealed(path);
  const { fingerprints } = (kept.type === 'whole' ? kept.json : {}) as { fingerprints?: unknown };
  if (Array.isArray(fingerprints) && fingerprints.every((one) => typeof one === 'string' && isDigest(one)))
    return fingerprints as string[];
  throw new EtudeError('a pin is damaged: nothing is removed, because it could refer to anything', {
    where: { file: path },
    hint: 'Delete it, and pin what should stay again.',
  });
}

function pinPath(dir: string, name: string): string {
  if (!/^[\w][\w.-]*$/.test(name)) {
    throw new EtudeError('not a name for a pin', { expected: 'letters, digits, . _ -', got: name });
  }
  return join(dir, 'pins', `${name}.json`);
}
