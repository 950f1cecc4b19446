import { dirname, resolve } from 'node:path';
import type { PlacementOptions } from '../pipeline/executors/open-placement.js';
import type { OpenedProfile } from '../pipeline/executors/profiles/profile.js';
import type { Placement } from '../pipeline/run/executor.js';
import type { OpenedRecipe } from './project-types.js';
import { RecipeError } from './recipe-error.js';

export interface ProfileOptions {
  /**
   * A profile of `etude.profiles.yaml`: which stages are computed as jobs of a scheduler, and with which
   * resources. Default: every stage on this machine.
   */
  profile?: string;
  /** The file of profiles. Default: `etude.profiles.yaml` next to the recipe or above it in the project. */
  profiles?: string;
  /**
   * What becomes of its jobs if the run is stopped: they are cancelled, which saves their state, or left running
   * for the next run to find. Default `cancel`.
   */
  onInterrupt?: 'leave' | 'cancel' | (() => Promise<'leave' | 'cancel'>);
}

/** A profile for a recipe, and the cache folder that it names. Absolute. */
export type RecipeProfile = OpenedProfile & { cacheDir?: string };

/**
 * The profile that is asked for.
 *
 * @throws RecipeError with all problems of the file, EtudeError if there is no file
 */
export async function profileOf(
  { project, pipeline }: Pick<OpenedRecipe, 'project' | 'pipeline'>,
  { profile: name = '', profiles }: Pick<ProfileOptions, 'profile' | 'profiles'>,
): Promise<RecipeProfile> {
  const { findProfiles } = await import('../pipeline/executors/profiles/find-profiles.js');
  const { readProfile } = await import('../pipeline/executors/profiles/read-profile.js');
  const file = profiles === undefined ? findProfiles(pipeline.place) : project.pathOf(profiles);
  const opened = await readProfile(file, name);
  if ('problems' in opened) throw new RecipeError(opened.problems, []);
  const { cache_dir } = opened.profile;
  return {
    ...opened,
    ...(cache_dir !== undefined && { cacheDir: resolve(dirname(opened.file), cache_dir) }),
  };
}

/** What computes the stages of a run with a profile. */
export async function placementOf(
  profile: OpenedProfile,
  options: Omit<PlacementOptions, 'onInterrupt'>,
  { onInterrupt = 'cancel' }: Pick<ProfileOptions, 'onInterrupt'>,
): Promise<Placement | undefined> {
  const { openPlacement } = await import('../pipeline/executors/open-placement.js');
  return openPlacement(profile, {
    ...options,
    onInterrupt: async () => (typeof onInterrupt === 'function' ? onInterrupt() : onInterrupt),
  });
}
