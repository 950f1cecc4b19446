import { posix } from 'node:path';
import { EtudeError } from '../../../util/errors.js';
import { pointsOutside } from '../../../util/points-outside.js';
import type { KubernetesProfile, Volume } from './types.js';

type Volumes = Pick<KubernetesProfile, 'volumes'>;

/**
 * Pods see the cache folder only if one of their volumes has it, under the same path.
 *
 * @throws EtudeError if none has
 */
export function checkVolumes(profile: Volumes, cacheDir: string): void {
  const volumes = (profile.volumes ?? []).filter(({ read_only }) => !read_only);
  if (isSeen(volumes, cacheDir)) return;
  throw new EtudeError('the pods do not see the cache folder', {
    expected: `a folder in a volume that they can write to: ${pathsOf(volumes)}`,
    got: cacheDir,
    hint: 'Set cache_dir in the profile, or mount the claim under the path that it has on this machine.',
  });
}

/**
 * The same for a file that they read.
 *
 * @throws EtudeError if no volume has it
 */
export function checkFileInVolumes({ volumes = [] }: Volumes, file: string): void {
  if (isSeen(volumes, file)) return;
  throw new EtudeError('the pods do not see a file', {
    expected: `one in a volume: ${pathsOf(volumes)}`,
    got: file,
    hint: 'Mount the claim under the path that it has on this machine.',
  });
}

function isSeen(volumes: readonly Volume[], path: string): boolean {
  return volumes.some((volume) => !pointsOutside(posix.relative(volume.path, path)));
}

function pathsOf(volumes: readonly Volume[]): string {
  return volumes.map(({ path }) => path).join(', ') || 'there is none';
}
