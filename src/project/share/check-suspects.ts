import { randomUUID } from 'node:crypto';
import { evaluates } from '../../learning/training/argument-checks.js';
import type { Suspect, Suspects } from '../../pipeline/bundle/suspects.js';
import { absorb } from '../../pipeline/cache/absorb.js';
import { artifactDigest } from '../../pipeline/cache/artifact-digest.js';
import type { DiskCache } from '../../pipeline/cache/open-cache.js';
import { showPresence } from '../../pipeline/cache/presence.js';
import type { Entry } from '../../pipeline/cache/types.js';
import { compareOutput } from '../../pipeline/lock/compare-output.js';
import { lockedOutput } from '../../pipeline/lock/locked-output.js';
import { byDefault } from '../../pipeline/lock/tolerances.js';
import type { Pipeline } from '../../pipeline/recipe/pipeline.js';
import { withPool } from '../../pipeline/run/stage-pool.js';
import type { AgainOptions } from '../../pipeline/verify/compute-again.js';
import { type Verification, verifyModel, verifyStage } from '../../pipeline/verify/verify-stage.js';
import type { Artifact, ModelArtifact } from '../../stage/artifact.js';
import { findStageType } from '../../stage/find-stage-type.js';
import type { TrainParams } from '../../stage/params.js';
import { EtudeError } from '../../util/errors.js';

/** The outcome of checking one result. */
export interface Checked extends Verification {
  /**
   * How a result passed: `computed` again completely, to the same bytes; `close`, if an engine's last bits
   * differ and the result that was computed here counts; by a `sample` of its chunks; as a model that was
   * only `evaluated`. Absent if it failed.
   */
  passed?: 'computed' | 'close' | 'sample' | 'evaluated';
  /** Whether an engine computed it, so that its last bits may differ between machines. */
  usesEngine: boolean;
}

export interface CheckOptions extends Omit<AgainOptions, 'entries' | 'cache'> {
  pipeline: Pipeline;
  /** The cache that receives what is computed here. */
  own: DiskCache;
  /** Chunks per stage whose result is made chunk by chunk. */
  sample: number;
  /** Whether trainings are repeated; otherwise their models are evaluated. */
  trainings: boolean;
  /** Called with each result in turn. */
  onChecked?(checked: Checked): void;
}

/** How far a metric may deviate when it is measured again with the same weights. */
const SAME = 1e-3;

/**
 * Checks every result of bundles for a pipeline, the cheap kinds first, and stops at the first that does not
 * pass. No stage is left out, so that it does not matter how many there are besides a forged one. What is
 * computed completely becomes the cache's own result, and so do finished chunks: an interrupted check
 * continues where it was.
 */
export async function checkSuspects(found: Suspects, options: CheckOptions): Promise<Checked[]> {
  const presence = await showPresence(options.own, `check-${randomUUID()}`);
  return withPool(options.pool, 1, (pool) => checkAll(found, { ...options, pool })).finally(() =>
    presence?.release(),
  );
}

async function checkAll(found: Suspects, options: CheckOptions): Promise<Checked[]> {
  const all: Checked[] = [];
  for (const suspect of found.suspects.toSorted((a, b) => rank(a) - rank(b))) {
    const at = { ...options, cache: found.cache, entries: found.entries };
    const checked =
      isTraining(suspect) && !options.trainings
        ? await checkModel(suspect, at)
        : await checkResult(suspect, at);
    options.onChecked?.(checked);
    all.push(checked);
    if (checked.passed === undefined) break;
  }
  return all;
}

function isTraining({ stage }: Suspect): boolean {
  return stage.uses === 'train';
}

/** Datasets first, then what is measured, trainings last. */
function rank({ stage: { type } }: Suspect): number {
  return ['dataset', 'report', 'model'].indexOf(type.output);
}

async function checkResult(suspect: Suspect, options: CheckOptions & AgainOptions): Promise<Checked> {
  const { stage, entry } = suspect;
  const { pipeline, own } = options;
  const began = performance.now();
  let isClose = false;
  const verification = await verifyStage(stage, entry, {
    ...options,
    async onComputed(beside, whole) {
      if (whole === undefined) return absorb(beside, own, []);
      const { artifact, rowsComputed, summary, warnings } = whole;
      const digest = artifactDigest(artifact);
      isClose = digest !== entry.artifactDigest && stage.type.usesEngine === true && near(entry, artifact);
      if (digest !== entry.artifactDigest && !isClose) return;
      const { fingerprint, parts, repositories } = entry;
      const result: Entry = {
        fingerprint,
        parts,
        artifact,
        artifactDigest: digest,
        pipeline: pipeline.name,
        stage: stage.id,
        seconds: (performance.now() - began) / 1000,
        rowsComputed,
        summary,
        warnings,
        cost: stage.type.cost?.(stage.with) ?? 1,
        created: new Date().toISOString(),
        repositories,
      };
      await absorb(beside, own, [result]);
    },
  });
  const checked = { ...verification, usesEngine: stage.type.usesEngine === true };
  if (isClose && verification.verdict === 'different') return { ...checked, passed: 'close' };
  if (verification.verdict !== 'equal') return checked;
  return { ...checked, passed: verification.sampled === undefined ? 'computed' : 'sample' };
}

/** Whether a result equals the claimed one up to the last bits, which can differ between processors. */
function near({ artifact }: Entry, now: Artifact): boolean {
  const [claimed, made] = [lockedOutput(artifact), lockedOutput(now)];
  const names = Object.values(claimed.metrics ?? {}).flatMap((metrics) => Object.keys(metrics));
  const tolerances = Object.fromEntries(names.map((name) => [name, byDefault(name)]));
  return compareOutput(claimed, made, tolerances).verdict === 'within-tolerance';
}

/** Evaluates a model that is not trained again: its claimed metrics must match its weights. */
async function checkModel(suspect: Suspect, options: CheckOptions & AgainOptions): Promise<Checked> {
  const { stage, entry } = suspect;
  const params = stage.with as unknown as TrainParams;
  const found = await findStageType('evaluate', options.pipeline.place);
  if ('problem' in found) throw new EtudeError(found.problem.message);
  const { type, module } = found;
  const { eval_split, train_split, label_column, input_column, per_device_eval_batch_size } = params;
  const measured = evaluates(params);
  const split = measured ? eval_split : train_split;
  const evaluator = {
    ...stage,
    uses: type.name,
    type,
    module,
    from: { ...stage.from, model: stage.id },
    with: { split, label_column, input_column, batch_size: per_device_eval_batch_size },
  };
  const verification = await verifyModel(evaluator, options, (report) => {
    const claimed = (entry.artifact as ModelArtifact).metrics;
    // A smoothed loss differs from that of an evaluation.
    const smooth = params.label_smoothing_factor > 0;
    const now = measured && Object.hasOwn(report.metrics, split) ? report.metrics[split]! : {};
    return Object.entries(claimed).flatMap(([name, value]) => {
      const own = Object.hasOwn(now, name) ? now[name]! : Number.NaN;
      if ((smooth && name === 'loss') || Math.abs(own - value) <= SAME) return [];
      return [`metrics.${name} ${value} → ${Number.isNaN(own) ? '(none)' : own}`];
    });
  });
  const checked = { ...verification, stage: stage.id, uses: stage.uses, usesEngine: true };
  return verification.verdict === 'equal' ? { ...checked, passed: 'evaluated' } : checked;
}
