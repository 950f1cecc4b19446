import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Compares text with `snapshots/<name>.txt`; `UPDATE_SNAPSHOTS=1` writes it instead. */
export function matchSnapshot(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../../ui/snapshots/${name}.txt`, import.meta.url));
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
    return;
  }
  assert.equal(
    `${text}\n`,
    readFileSync(file, 'utf8'),
    `differs from ${name}.txt (UPDATE_SNAPSHOTS=1 accepts it)`,
  );
}
