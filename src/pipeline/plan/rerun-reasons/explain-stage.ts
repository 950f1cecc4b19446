import { EtudeError } from '../../../util/errors.js';
import type { Entry, FingerprintParts } from '../../cache/types.js';
import type { PipelineStage } from '../../recipe/pipeline.js';
import { type CodeClosure, codeClosure } from '../code/code-closure.js';
import { ownParts } from '../fingerprint.js';
import { planPipeline } from '../plan-stages.js';
import type { PlannedStage, PlanOptions } from '../types.js';
import { nameCodeChanges } from './code-changes.js';
import { diffFingerprints, diffOwnParts } from './diff-fingerprints.js';
import { type Near, nearestEntries } from './nearest-result.js';

/** Everything known about why a stage is a hit, or would run. */
export interface Explanation {
  planned: PlannedStage;
  /** The parts of the fingerprint. `inputs` lacks those that have not been computed yet. */
  parts?: FingerprintParts;
  /** Absent while an input has not been computed yet. */
  fingerprint?: string;
  /** The code that counts: the stage type's own files, and packages by version. */
  code: CodeClosure;
  /** Past results of this stage type, nearest first, each with everything that differs. */
  nearest: Near[];
}

/** Explains one stage of a pipeline. Throws an EtudeError if there is no such stage. */
export async function explainStage(id: string, options: PlanOptions, limit = 5): Promise<Explanation> {
  const planned = (await planPipeline(options)).stages.find(({ stage }) => stage.id === id);
  if (planned === undefined) {
    throw new EtudeError(`no stage '${id}'`, {
      expected: `one of ${options.pipeline.stages.map((stage) => stage.id).join(', ')}`,
      where: { file: options.pipeline.file },
    });
  }
  const { stage } = planned;
  const code = await codeClosure(stage.module, options.cache.modules);
  if (planned.type === 'blocked') return { planned, code, nearest: [] };

  const entry = planned.type === 'hit' ? planned.entry : undefined;
  const fingerprint = planned.type === 'hit' ? planned.entry.fingerprint : planned.fingerprint;
  const known = entry?.parts ?? (planned.type === 'run' ? planned.parts : undefined);
  const parts = known ?? (await partsSoFar(stage, options));
  const past = (await options.cache.entriesOf(parts.uses)).filter(
    (one: Entry) => one.fingerprint !== fingerprint,
  );
  const nearest = nearestEntries(past, parts, { pipeline: options.pipeline.name, id }, (before) =>
    known === undefined ? diffOwnParts(before, parts) : diffFingerprints(before, parts, stage.from),
  );
  const shown = nearest.slice(0, limit).map(async ({ entry, because }) => {
    const digests = { before: entry.parts.code, after: parts.code };
    return { entry, because: await nameCodeChanges(because, digests, options.cache.code) };
  });
  return { planned, parts, fingerprint, code, nearest: await Promise.all(shown) };
}

async function partsSoFar(stage: PipelineStage, options: PlanOptions): Promise<FingerprintParts> {
  const { cache, engineId, pipeline } = options;
  return (await ownParts(stage, { place: pipeline.place, cache, engineId })).parts;
}
