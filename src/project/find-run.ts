import { existsSync } from 'node:fs';
import type { RunRecord } from '../pipeline/run/run-records.js';
import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';

/** Whether a name is that of a recipe, rather than the id of a run. */
export function namesRecipe(name: string, file: string): boolean {
  return /\.ya?ml$/i.test(name) || name.includes('/') || existsSync(file);
}

/** The run with an id, or with an id that begins like this. */
export function findRun(name: string, records: readonly RunRecord[]): RunRecord {
  const found = records.filter(({ run }) => run.startsWith(name));
  const exact = found.find(({ run }) => run === name) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact;
  throw new EtudeError(
    found.length === 0
      ? `no run '${name}'`
      : `'${name}' is ambiguous: it matches ${count(found.length, 'run')}`,
    {
      expected: 'a recipe, a lock file, or a run id',
      hint: 'List runs with: etude runs',
    },
  );
}
