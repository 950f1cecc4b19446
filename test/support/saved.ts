import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders that `save_to_disk` of Hugging Face datasets wrote (test/fixtures/saved/make.py). */
export const savedFixture = fileURLToPath(new URL('../fixtures/saved', import.meta.url));

/** The rows of `dict` by split, as Etude has them. */
export function savedRows(): Record<string, Record<string, unknown>[]> {
  const json = JSON.parse(readFileSync(join(savedFixture, 'rows.json'), 'utf8'), (_key, value) =>
    value !== null && typeof value === 'object' && 'base64' in value
      ? Uint8Array.from(Buffer.from(value.base64, 'base64'))
      : value,
  ) as Record<string, Record<string, unknown>[]>;
  for (const row of Object.values(json).flat()) {
    if (row.input_values !== null) row.input_values = Float32Array.from(row.input_values as number[]);
  }
  return json;
}
