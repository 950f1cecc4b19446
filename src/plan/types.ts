import type { Entry, FingerprintParts } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** Why a stage runs: one sentence each, the field and both values where there are any ("learning_rate 3e-5 → 1e-4"). */
export interface Because {
  type: 'never-run' | 'param' | 'source' | 'input' | 'code' | 'library' | 'damaged' | 'upstream' | 'forced';
  /** The parameter, file, input or library that differs. */
  field?: string;
  before?: string;
  after?: string;
  text: string;
}

export type PlannedStage =
  | { type: 'hit'; stage: PipelineStage; entry: Entry }
  /** `fingerprint` is known when all inputs are; else `because` says which input will change. */
  | { type: 'run'; stage: PipelineStage; fingerprint?: string; parts?: FingerprintParts; because: Because[]; predictedSeconds?: number }
  /** Cannot run, because a source is missing or an input is blocked. */
  | { type: 'blocked'; stage: PipelineStage; because: Because[]; error: string };

export interface Plan {
  stages: PlannedStage[];
}
