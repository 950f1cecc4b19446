import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { PlacementOptions } from '../pipeline/executors/open-placement.js';
import type { ProfileMistake } from '../pipeline/executors/profiles/check-profile.js';
import type { OpenedProfile, Profile } from '../pipeline/executors/profiles/profile.js';
import type { JobResources } from '../pipeline/executors/scheduler.js';
import { shardsMistake } from '../pipeline/recipe/check-shards.js';
import type { Pipeline, TypedStage } from '../pipeline/recipe/pipeline.js';
import type { RunEvent } from '../pipeline/run/events/run-events.js';
import type { Placement } from '../pipeline/run/executor.js';
import { namesModule } from '../stage/own-module.js';
import { suggest } from '../util/suggest.js';
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
   * What becomes of its jobs if the run is stopped: they are cancelled, which saves their state, or left
   * running for the next run to find. Default `cancel`.
   */
  onInterrupt?: 'leave' | 'cancel' | (() => Promise<'leave' | 'cancel'>);
}

/** A recipe as far as it is known. */
type ProfiledPipeline = Pick<Pipeline, 'place'> & { stages: readonly TypedStage[] };

/** A profile for a recipe, and the cache folder that it names. Absolute. */
export type RecipeProfile = OpenedProfile & { cacheDir?: string };

/**
 * The profile that is asked for.
 *
 * @throws RecipeError with all problems of the file, also with what it says about the recipe's stages,
 * EtudeError if there is no file
 */
export async function profileOf(
  { project, pipeline }: Pick<OpenedRecipe, 'project'> & { pipeline: ProfiledPipeline },
  { profile: name = '', profiles }: Pick<ProfileOptions, 'profile' | 'profiles'>,
): Promise<RecipeProfile> {
  const { findProfiles } = await import('../pipeline/executors/profiles/find-profiles.js');
  const { readProfile } = await import('../pipeline/executors/profiles/read-profile.js');
  const file = profiles === undefined ? findProfiles(pipeline.place) : project.pathOf(profiles);
  const { namesOf } = await import('../pipeline/executors/job-resources.js');
  const opened = await readProfile(file, name, (profile) =>
    shardsMistakes(
      profile,
      pipeline.stages.map(({ type, ...stage }) => ({ type, names: namesOf(stage) })),
    ),
  );
  if ('problems' in opened) throw new RecipeError(opened.problems, []);
  const { cache_dir } = opened.profile;
  return {
    ...opened,
    ...(cache_dir !== undefined && { cacheDir: resolve(dirname(opened.file), cache_dir) }),
  };
}

/** Stages and stage types that a profile divides, and whose work cannot be divided. */
function shardsMistakes(
  { stage_resources = {} }: Profile,
  stages: readonly (Pick<TypedStage, 'type'> & { names: string[] })[],
): ProfileMistake[] {
  return Object.entries(stage_resources).flatMap(([name, { shards }]) => {
    const stage = stages.find(({ type, names }) => type.parts === undefined && names.includes(name));
    const mistake = stage && shardsMistake(stage.type.name, stage.type, shards);
    return mistake === undefined ? [] : [{ path: ['stage_resources', name, 'shards'], ...mistake }];
  });
}

/** What computes the stages of a run with a profile. */
export async function placementOf(
  profile: OpenedProfile,
  options: Pick<PlacementOptions, 'cache' | 'engineId'> & { emit(event: RunEvent): void },
  { onInterrupt = 'cancel' }: Pick<ProfileOptions, 'onInterrupt'>,
): Promise<Placement | undefined> {
  const { openPlacement } = await import('../pipeline/executors/open-placement.js');
  const { emit, ...rest } = options;
  const decided = (decision: 'ask' | 'leave' | 'cancel') => emit({ at: 0, type: 'jobs-decision', decision });
  return openPlacement(profile, {
    ...rest,
    warn: (text) => emit({ at: 0, type: 'warning', text }),
    async onInterrupt() {
      if (typeof onInterrupt === 'function') decided('ask');
      const answer = typeof onInterrupt === 'function' ? await onInterrupt() : onInterrupt;
      decided(answer);
      return answer;
    },
  });
}

/** Warnings of jobs that earlier runs have left, for stages that are computed here. */
export async function leftJobs(cacheDir: string, fingerprints: readonly string[]): Promise<string[]> {
  if (fingerprints.length === 0 || !existsSync(join(cacheDir, 'jobs'))) return [];
  const { leftJobs } = await import('../pipeline/executors/left-jobs.js');
  return leftJobs(cacheDir, fingerprints);
}

/** How a profile computes a recipe. */
export interface ProfileUse {
  executor: string;
  /** The stages that become jobs. */
  jobs: { id: string; resources: JobResources }[];
  warnings: string[];
}

/**
 * Which stages of a recipe a profile has computed elsewhere, with which resources; and names in the profile
 * that are of no stage and no stage type, as warnings: they may be stages of other recipes.
 *
 * @throws as `profileOf`
 */
export async function profileUse(
  recipe: Pick<OpenedRecipe, 'project' | 'pipeline'>,
  options: Pick<ProfileOptions, 'profile' | 'profiles'>,
): Promise<ProfileUse> {
  const { isChosen, namesOf, resourcesFor } = await import('../pipeline/executors/job-resources.js');
  const { builtInStageTypes } = await import('../stage/find-stage-type.js');
  const { name, profile } = await profileOf(recipe, options);
  const { executor, stages = [], stage_resources = {} } = profile;
  const { place, stages: all } = recipe.pipeline;
  const isModule = (each: string) => namesModule(each) && existsSync(place.resolve(each));
  const known = new Set([...all.flatMap(namesOf), ...builtInStageTypes()]);
  const named = [...(stages === 'all' ? [] : stages), ...Object.keys(stage_resources)];
  const unknown = new Set(
    named.filter((each) => typeof each === 'string').filter((each) => !known.has(each) && !isModule(each)),
  );
  return {
    executor,
    jobs:
      executor === 'local'
        ? []
        : all
            .filter((stage) => isChosen(stage, profile))
            .map((stage) => ({ id: stage.id, resources: resourcesFor(stage, profile) })),
    warnings: [...unknown].map((each) => {
      const near = suggest(each, [...known]);
      const meant = near === undefined ? '' : `; did you mean '${near}'?`;
      return `profile '${name}' names '${each}', which is no stage of the recipe and no stage type${meant}`;
    }),
  };
}
