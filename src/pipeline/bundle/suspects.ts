import type { DiskCache } from '../cache/open-cache.js';
import type { Cache, Entry } from '../cache/types.js';
import { planPipeline } from '../plan/plan-stages.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import { withQuarantine } from './overlay.js';
import { quarantines } from './quarantine.js';

/** A stage whose result is in quarantine. */
export interface Suspect {
  stage: PipelineStage;
  entry: Entry;
  from: DiskCache;
}

export interface Suspects {
  suspects: Suspect[];
  /** Of all stages that are hits, by id. */
  entries: Map<string, Entry>;
  /** Includes what is in quarantine. */
  cache: Cache;
}

/** The stages of a pipeline that would be hits if they were not in quarantine. */
export async function findSuspects(
  pipeline: Pipeline,
  cache: DiskCache,
  engineId: string,
): Promise<Suspects> {
  const found = new Map<string, { entry: Entry; from: DiskCache }>();
  const overlay = withQuarantine(cache, await quarantines(cache.dir), found);
  const { stages } = await planPipeline({ pipeline, cache: overlay, engineId });
  const hits = stages.flatMap((planned) => (planned.type === 'hit' ? [planned] : []));
  return {
    suspects: hits.flatMap(({ stage, entry }) => {
      const held = found.get(entry.fingerprint);
      return held === undefined ? [] : [{ stage, ...held }];
    }),
    entries: new Map(hits.map(({ stage, entry }) => [stage.id, entry])),
    cache: overlay,
  };
}
