import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './clean-up.js';

/** A folder that goes when the test, or the test file, that made it is done. */
export function tempFolder(name = 'test'): string {
  const { dir, remove } = removable(name);
  after(remove);
  return dir;
}

/** A folder that goes when the process ends, for what several tests share. */
export function sharedTempFolder(name: string): string {
  return removable(name).dir;
}

/** A folder that goes when told, or when the process ends. */
export function removable(name: string): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), `etude-${name}-`));
  const clean = () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  const callOff = atEnd(clean);
  return {
    dir,
    remove() {
      callOff();
      clean();
    },
  };
}
