import { digestOfJson } from '../../util/canonical-json.js';
import { lookUp } from '../../util/look-up.js';
import type { Drift } from './drift.js';
import { thisPlatform } from './platform.js';
import { judgeStages } from './stage-verdicts.js';
import type { LockFile, Platform } from './types.js';

/** Version of the receipt's format. */
const RECEIPT_FORMAT = 1;

export type Verdict = 'byte-equal' | 'within-tolerance' | 'different' | 'failed';

/** Why a stage produced something else. */
export interface Cause {
  type: Drift['cause'] | 'input' | 'machine' | 'unknown';
  text: string;
}

export interface StageReceipt {
  stage: string;
  uses: string;
  /** `not-run`: something before it, or in it, differs too much for its result to mean anything. */
  verdict: Verdict | 'not-run';
  /** Digests of the locked result and of this machine's. */
  locked?: string;
  now?: string;
  /** The metric that deviates most, in units of its tolerance. */
  furthest?: { metric: string; locked: number; now: number; off: number; tolerance: number };
  /** For a model, if the locked one is available. */
  max_abs_weight_difference?: number;
  differs: string[];
  /** The nearest causes, most likely first. For a byte-equal stage: what changed without any effect. */
  because: Cause[];
  seconds?: number;
}

/** The result of `etude reproduce`, for machines. */
export interface Receipt {
  format: typeof RECEIPT_FORMAT;
  recipe: string;
  /** SHA-256 of the lock's canonical JSON. */
  lock: string;
  /** The worst of the stages' verdicts. */
  verdict: Verdict;
  /** The first stage that is not byte-equal. */
  first?: { stage: string; verdict: StageReceipt['verdict']; because: Cause[] };
  stages: StageReceipt[];
  etude: { locked: string; now: string };
  engine: { locked: string; now: string };
  platform: { locked: Platform; now: Platform };
  /** ISO 8601. */
  date: string;
}

export interface ReceiptOptions {
  lock: LockFile;
  /** The same for what was computed now; stages that were not computed are left out. */
  now: Pick<LockFile, 'stages' | 'engine' | 'etude'>;
  drift: readonly Drift[];
  /** Errors of stages that failed. */
  errors?: ReadonlyMap<string, string>;
  seconds?: ReadonlyMap<string, number>;
  weights?: ReadonlyMap<string, number>;
}

/** Summarizes a reproduction: a verdict and the nearest causes per stage. */
export function makeReceipt(options: ReceiptOptions): Receipt {
  const { lock, now, drift } = options;
  const stages: StageReceipt[] = [];
  const ids = [...new Set([...Object.keys(lock.stages), ...drift.map(({ stage }) => stage)])];
  const judged = new Map(judgeStages(lock, now).map((one) => [one.stage, one]));
  for (const stage of ids) stages.push(stageReceipt(stage, judged.get(stage), options, stages));
  const first = stages.find(({ verdict }) => verdict !== 'byte-equal' && verdict !== 'not-run');
  const has = (verdict: Verdict) => stages.some((stage) => stage.verdict === verdict);
  return {
    format: RECEIPT_FORMAT,
    recipe: lock.recipe,
    lock: digestOfJson(lock),
    verdict:
      (['failed', 'different', 'within-tolerance'] as const).find(has) ??
      (stages.every(({ verdict }) => verdict === 'byte-equal') ? 'byte-equal' : 'different'),
    ...(first && { first: { stage: first.stage, verdict: first.verdict, because: first.because } }),
    stages,
    etude: { locked: lock.etude, now: now.etude },
    engine: { locked: lock.engine, now: now.engine },
    platform: { locked: lock.platform, now: thisPlatform() },
    date: new Date().toISOString(),
  };
}

function stageReceipt(
  stage: string,
  judged: ReturnType<typeof judgeStages>[number] | undefined,
  { lock, now, drift, errors, seconds, weights }: ReceiptOptions,
  before: readonly StageReceipt[],
): StageReceipt {
  const [locked, reached] = [lookUp(lock.stages, stage), lookUp(now.stages, stage)];
  const own = drift
    .filter((each) => each.stage === stage)
    .map(({ cause, text }): Cause => ({ type: cause, text }));
  const error = errors?.get(stage);
  const receipt: StageReceipt = {
    stage,
    uses: locked?.uses ?? reached?.uses ?? '',
    verdict: 'not-run',
    ...(locked && { locked: locked.output.digest }),
    ...(reached && { now: reached.output.digest }),
    differs: [],
    because: own,
    ...(seconds?.has(stage) && { seconds: seconds.get(stage) }),
  };
  if (error !== undefined) return { ...receipt, verdict: 'failed', differs: [error] };
  if (judged === undefined) {
    // Not computed because the result could only differ.
    const moved = drift.some((each) => each.stage === stage && isDecisive(each));
    return moved ? { ...receipt, verdict: 'different' } : receipt;
  }
  const { verdict, furthest, differs } = judged;
  const weight = weights?.get(stage);
  return {
    ...receipt,
    verdict,
    ...(furthest && { furthest }),
    ...(weight !== undefined && { max_abs_weight_difference: weight }),
    differs,
    because: verdict === 'byte-equal' ? own : causes(own, locked!.from ?? {}, before, lock),
  };
}

/** What can only lead to another result: then there is nothing to compare. */
export function isDecisive({ cause }: Drift): boolean {
  return cause === 'recipe' || cause === 'data';
}

function causes(
  own: readonly Cause[],
  from: Readonly<Record<string, string>>,
  before: readonly StageReceipt[],
  lock: LockFile,
): Cause[] {
  const inputs = [...new Set(Object.values(from))].flatMap((id): Cause[] => {
    const input = before.find(({ stage }) => stage === id);
    return input === undefined || input.verdict === 'byte-equal'
      ? []
      : [{ type: 'input', text: `its input ${id} is not byte-equal` }];
  });
  const found = [...inputs, ...own];
  if (found.length > 0) return found;
  const machine = diffPlatform(lock.platform, thisPlatform());
  if (machine.length > 0) return [{ type: 'machine', text: machine.join(', ') }];
  return [
    {
      type: 'unknown',
      text: 'nothing that the lock file records differs: run etude verify to see whether the stage is deterministic',
    },
  ];
}

/** `cpu AMD EPYC → Apple M3`. */
function diffPlatform(locked: Platform, now: Platform): string[] {
  return (Object.keys(locked) as (keyof Platform)[]).flatMap((key) =>
    locked[key] === now[key] ? [] : [`${key} ${locked[key]} → ${now[key]}`],
  );
}
