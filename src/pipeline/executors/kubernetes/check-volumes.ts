import { posix } from 'node:path';
import { EtudeError } from '../../../util/errors.js';
import { pointsOutside } from '../../../util/points-outside.js';
import type { KubernetesProfile } from './types.js';

/**
 * Pods see the cache folder only if one of their volumes has it, under the same path.
 *
 * @throws EtudeError if none has
 */
export function checkVolumes({ volumes = [] }: Pick<KubernetesProfile, 'volumes'>, cacheDir: string): void {
  const writable = volumes.filter(({ read_only }) => !read_only).map(({ path }) => path);
  if (writable.some((path) => !pointsOutside(posix.relative(path, cacheDir)))) return;
  throw new EtudeError('the pods do not see the cache folder', {
    expected: `a folder in a volume that they can write to: ${writable.join(', ') || 'there is none'}`,
    got: cacheDir,
    hint: 'Set cache_dir in the profile, or mount the claim under the path that it has on this machine.',
  });
}
