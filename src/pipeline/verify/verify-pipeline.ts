import { randomUUID } from 'node:crypto';
import { showPresence } from '../cache/presence.js';
import type { Entry } from '../cache/types.js';
import { planPipeline } from '../plan/plan-stages.js';
import type { PlannedStage } from '../plan/types.js';
import { withPool } from '../run/stage-pool.js';
import type { AgainOptions } from './compute-again.js';
import { type Verification, verifyStage } from './verify-stage.js';

export interface VerifyOptions extends Omit<AgainOptions, 'entries'> {
  /** Stage ids; empty for all. */
  stages: ReadonlySet<string>;
  /** The number of chunks, for a stage whose result is made chunk by chunk. */
  sample?: number;
  /** Called with each stage in turn. */
  onStart?(stage: string): void;
  onEnd?(verification: Verification): void;
}

/**
 * Verifies what the cache has of a pipeline, stage by stage: every object is hashed, then every stage is
 * recomputed outside the cache and compared. Changes nothing in the cache.
 */
export async function verifyPipeline(options: VerifyOptions): Promise<Verification[]> {
  const presence = await showPresence(options.cache, `verify-${randomUUID()}`);
  return withPool(options.pool, 1, (pool) => verifyStages({ ...options, pool })).finally(() =>
    presence?.release(),
  );
}

async function verifyStages(options: VerifyOptions): Promise<Verification[]> {
  const { pipeline, cache, engine, stages, signal } = options;
  const plan = await planPipeline({ pipeline, cache, engineId: engine.id, verify: true });
  const entries = new Map<string, Entry>();
  for (const planned of plan.stages) if (planned.type === 'hit') entries.set(planned.stage.id, planned.entry);
  const verifications: Verification[] = [];
  for (const planned of plan.stages) {
    const { id } = planned.stage;
    if (stages.size > 0 && !stages.has(id)) continue;
    signal.throwIfAborted();
    options.onStart?.(id);
    const verification = await verify(planned, entries, options);
    options.onEnd?.(verification);
    verifications.push(verification);
  }
  await cache.flush();
  return verifications;
}

async function verify(
  planned: PlannedStage,
  entries: ReadonlyMap<string, Entry>,
  options: VerifyOptions,
): Promise<Verification> {
  const { id, uses, from } = planned.stage;
  const row = { stage: id, uses, seconds: 0 };
  if (planned.type !== 'hit') {
    const details = planned.because.map(({ text }) => text);
    const damaged = planned.because.some(({ type }) => type === 'damaged');
    return { ...row, verdict: damaged ? 'damaged' : 'not-cached', details };
  }
  const missing = Object.values(from).find((input) => !entries.has(input));
  if (missing !== undefined)
    return { ...row, verdict: 'not-cached', details: [`its input ${missing} is damaged`] };
  return verifyStage(planned.stage, planned.entry, { ...options, entries });
}
