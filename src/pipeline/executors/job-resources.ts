import type { PipelineStage } from '../recipe/pipeline.js';
import { bytesOf, type Resources, secondsOf } from '../recipe/resources.js';
import type { Profile, ProfileResources } from './profiles/profile.js';
import type { JobResources } from './scheduler.js';

type Named = Pick<PipelineStage, 'id' | 'uses' | 'variantOf'>;

/** The names by which a profile can mean a stage, the most general first. */
export function namesOf({ id, uses, variantOf }: Named): string[] {
  return [uses, ...(variantOf === undefined ? [] : [variantOf]), id];
}

/** Whether a profile has its executor compute a stage. */
export function isChosen(
  stage: PipelineStage,
  { stages = [{ cores: 'all' }] }: Pick<Profile, 'stages'>,
): boolean {
  if (stages === 'all') return true;
  const names = namesOf(stage);
  return stages.some((each) =>
    typeof each === 'string' ? names.includes(each) : stage.type.cores === each.cores,
  );
}

/**
 * What a stage's job needs: what the profile gives to all, to the stage's type, what the recipe says, and
 * what the profile gives to the stage, each over the ones before.
 */
export function resourcesFor(
  stage: Named & Pick<PipelineStage, 'resources'>,
  { resources = {}, stage_resources = {} }: Pick<Profile, 'resources' | 'stage_resources'>,
): JobResources {
  const [type, ...ids] = namesOf(stage).map((name) =>
    Object.hasOwn(stage_resources, name) ? stage_resources[name] : undefined,
  );
  const all: ProfileResources = Object.assign({}, resources, type, stage.resources, ...ids);
  const { cpus, memory, gpus, time, shards, ...more } = all as Resources & Record<string, unknown>;
  return {
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory: bytesOf(memory) }),
    ...(gpus !== undefined && { gpus }),
    ...(time !== undefined && { time: secondsOf(time) }),
    ...(shards !== undefined && { shards }),
    more,
  };
}
