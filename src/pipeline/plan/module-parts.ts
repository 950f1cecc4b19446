import { realpathSync } from 'node:fs';
import type { Place } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { FingerprintParts } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { CodeView } from './code/code-view.js';

/**
 * The user's modules behind a built-in stage type's parameters, as a fingerprint contains them: by parameter,
 * their names in the recipe and the digests of their code, which comments and formatting do not affect.
 *
 * @throws EtudeError for one that is not there.
 */
export async function moduleParts(
  { type, with: params }: PipelineStage,
  place: Place,
  view: CodeView,
): Promise<Record<string, Record<string, string>>> {
  const parts: Record<string, Record<string, string>> = {};
  for (const { param, module } of type.modules?.(params) ?? [])
    parts[param] = { ...parts[param], [module]: await view.digest(modulePath(module, place)) };
  return parts;
}

/** The same, read back from a fingerprint: name in the recipe -> digest. */
export function modulesIn(
  { type, with: params }: PipelineStage,
  { sources }: Pick<FingerprintParts, 'sources'>,
): Record<string, string> | undefined {
  const named = type.modules?.(params) ?? [];
  if (named.length === 0) return undefined;
  return Object.fromEntries(
    named.map(({ param, module }) => [module, (sources[param] as Record<string, string>)[module]!]),
  );
}

/** Where a module is, links followed, as Node.js names it. */
export function modulePath(module: string, place: Place): string {
  const path = place.resolve(module);
  try {
    return realpathSync(path);
  } catch {
    throw new EtudeError('no such module', { where: { file: path } });
  }
}
