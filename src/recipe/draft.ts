import type { FoundStageType } from '../stage-registry.js';
import type { Json } from './parse-yaml.js';

/** A stage on its way through validation. What is wrong with a part leaves that part out, so that later checks stay silent about it. */
export interface StageDraft {
  id: string;
  uses?: string;
  from?: Json;
  found?: FoundStageType;
  /** After references and defaults; absent when something is wrong with it. */
  with?: Record<string, unknown>;
  /** Input name -> stage id, as far as it is right. */
  inputs: Record<string, string>;
  /** False when something is wrong with `from`. */
  wired: boolean;
}
