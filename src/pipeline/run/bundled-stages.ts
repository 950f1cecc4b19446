import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isBuiltIn } from '../../stage/find-stage-type.js';
import type { StageType } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import type { StageTask } from './stage-task.js';

/**
 * Names of the built-in stage types in the bundle -> the digests of their code. Only the bundle has it, from
 * `scripts/bundle.mjs`, which also writes it next to the bundle.
 */
declare const BUNDLED_CODES: Readonly<Record<string, string>> | undefined;

const DIST = new URL('../../../', import.meta.url);

let codes: Readonly<Record<string, string>> | undefined;

/**
 * Whether a task can be computed by a process that loads the bundle, which starts in half the time that the
 * modules take: one of a built-in stage type if the bundle has the very code that its fingerprint names, and
 * any user's one, whose module is not in the bundle, nor what that imports of Etude. With `ETUDE_DEBUG=1`,
 * the modules are used.
 */
export function isBundled({
  module,
  code,
  modules,
}: Pick<StageTask, 'module' | 'code' | 'modules'>): boolean {
  if (process.env.ETUDE_DEBUG === '1' || modules !== undefined) return false;
  codes ??= bundledCodes(DIST);
  return isBuiltIn(module) ? codes[basename(module, '.js')] === code : Object.keys(codes).length > 0;
}

/**
 * Loads a task's stage type: in the bundle from there if it is a built-in one.
 *
 * @param url Where its own module is.
 * @throws EtudeError if the bundle has other code than the task's fingerprint.
 */
export async function importStageType(task: StageTask, url: string): Promise<{ default: StageType }> {
  if (typeof BUNDLED_CODES === 'undefined' || !isBuiltIn(task.module)) return import(url);
  const name = basename(task.module, '.js');
  if (BUNDLED_CODES[name] !== task.code)
    throw new EtudeError('Etude was built again while the stage started', { hint: 'Run again.' });
  return import(`../../../stages/${name}.js`);
}

/**
 * The digests of the code in the bundle, by stage type. None where Etude runs from its sources, or if the
 * bundle is not the one that was built: fingerprints do not know what was edited in it.
 *
 * @param dist the folder of the bundle
 */
export function bundledCodes(dist: URL): Record<string, string> {
  try {
    const { bundle, codes } = JSON.parse(readFileSync(new URL('bundled-codes.json', dist), 'utf8')) as {
      bundle: string;
      codes: Record<string, string>;
    };
    return bundle === sha256(readFileSync(new URL('etude.cjs', dist))) ? codes : {};
  } catch {
    return {};
  }
}
