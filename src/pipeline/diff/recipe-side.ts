import { EtudeError } from '../../util/errors.js';
import type { Json } from '../../util/json.js';
import type { Cache, Entry } from '../cache/types.js';
import { lockedOutput } from '../lock/locked-output.js';
import { ownParts } from '../plan/fingerprint.js';
import { planPipeline } from '../plan/plan-stages.js';
import { repositoriesOf } from '../plan/read-sources.js';
import type { Pipeline } from '../recipe/pipeline.js';
import { ownSide, type Side, type SideStage } from './side.js';

/** A recipe in its current state, with its stages' results if the cache has them. Nothing is run. */
export async function recipeSide(
  shown: string,
  { pipeline, cache, engineId }: { pipeline: Pipeline; cache: Cache; engineId: string },
): Promise<Side> {
  const plan = await planPipeline({ pipeline, cache, engineId });
  const entries = new Map<string, Entry>();
  for (const planned of plan.stages) if (planned.type === 'hit') entries.set(planned.stage.id, planned.entry);
  const stages = new Map<string, SideStage>();
  for (const stage of pipeline.stages) {
    const side: SideStage = { uses: stage.uses, from: stage.from, with: stage.with as Record<string, Json> };
    stages.set(stage.id, side);
    try {
      const { parts, sources, closure } = await ownParts(stage, { place: pipeline.place, cache, engineId });
      const { digest, listing } = await closure();
      await cache.code.add(digest, listing);
      side.parts = ownSide(parts);
      side.repositories = repositoriesOf(sources);
    } catch (error) {
      // A missing source is not a difference; a run reports it.
      if (!(error instanceof EtudeError)) throw error;
    }
    const entry = entries.get(stage.id);
    const inputs = Object.values(stage.from).flatMap((id) => entries.get(id)?.artifact ?? []);
    if (entry === undefined) continue;
    side.output = lockedOutput(entry.artifact, inputs, entry.artifactDigest);
    side.artifact = entry.artifact;
  }
  const usesEngine = pipeline.stages.some(({ type }) => type.usesEngine);
  return { kind: 'recipe', shown, stages, ...(usesEngine && { engine: engineId }) };
}
