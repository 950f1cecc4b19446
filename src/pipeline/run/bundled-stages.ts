import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isBuiltIn } from '../../stage/find-stage-type.js';
import type { StageType } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { StageTask } from './stage-task.js';

/**
 * Names of the built-in stage types in the bundle -> the digests of their code. Only the bundle has it, from
 * `scripts/bundle.mjs`, which also writes it next to the bundle.
 */
declare const BUNDLED_CODES: Readonly<Record<string, string>> | undefined;

const CODES_FILE = new URL('../../../bundled-codes.json', import.meta.url);

let codes: Readonly<Record<string, string>> | undefined;

/**
 * Whether the bundle has the very code that a task's fingerprint names. A process that loads it starts in half
 * the time that the stage's own modules take. With `ETUDE_DEBUG=1`, those are used.
 */
export function isBundled({
  module,
  code,
  modules,
}: Pick<StageTask, 'module' | 'code' | 'modules'>): boolean {
  // What a user's module imports of Etude is not in the bundle.
  if (process.env.ETUDE_DEBUG === '1' || !isBuiltIn(module) || modules !== undefined) return false;
  codes ??= typeof BUNDLED_CODES === 'undefined' ? readCodes() : BUNDLED_CODES;
  return codes[basename(module, '.js')] === code;
}

/**
 * Loads a task's stage type: in the bundle from there, which has the built-in ones only.
 *
 * @param url Where its own module is.
 * @throws EtudeError if the bundle has other code than the task's fingerprint.
 */
export async function importStageType(task: StageTask, url: string): Promise<{ default: StageType }> {
  if (typeof BUNDLED_CODES === 'undefined') return import(url);
  const name = basename(task.module, '.js');
  if (!isBuiltIn(task.module) || BUNDLED_CODES[name] !== task.code)
    throw new EtudeError('Etude was built again while the stage started', { hint: 'Run again.' });
  return import(`../../../stages/${name}.js`);
}

function readCodes(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(CODES_FILE, 'utf8')) as Record<string, string>;
  } catch {
    // There is no bundle where Etude runs from its sources.
    return {};
  }
}
