/** What can keep a training from learning. */
export type CheckName =
  | 'baseline'
  | 'overfit'
  | 'classes'
  | 'conflicts'
  | 'label-noise'
  | 'truncation'
  | 'padding'
  | 'schedule';

/** What one check found. */
export interface Finding {
  check: CheckName;
  /** `unchecked`: `found` says why. */
  verdict: 'fine' | 'problem' | 'unchecked';
  /** One or two sentences, without the full stop at the end. May contain names from the data. */
  found: string;
  /** What to do about it, in sentences. */
  advice?: string;
}

export function fine(check: CheckName, found: string): Finding {
  return { check, verdict: 'fine', found };
}

export function problem(check: CheckName, found: string, advice: string): Finding {
  return { check, verdict: 'problem', found, advice };
}

export function unchecked(check: CheckName, why: string, advice?: string): Finding {
  return { check, verdict: 'unchecked', found: why, ...(advice !== undefined && { advice }) };
}
