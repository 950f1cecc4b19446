import type { Artifact, ReportArtifact } from '../../stage/artifact.js';
import { EtudeError, messageOf } from '../../util/errors.js';
import { artifactDigest } from '../cache/artifact-digest.js';
import type { DiskCache } from '../cache/open-cache.js';
import type { Entry } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import { changedMeanwhile } from '../run/changed-meanwhile.js';
import type { StageOutput } from '../run/stage-task.js';
import { type AgainOptions, type Beside, computeAgain, openBeside } from './compute-again.js';
import { chunkDifferences, differences, featureDifferences } from './differences.js';
import { drawSample, passesOn, type Sample } from './sample.js';

/**
 * A stage that differs is computed a third time, to distinguish randomness from a result that was made
 * elsewhere, unless that takes longer. Seconds.
 */
const WORTH_A_THIRD = 120;

export interface Verification {
  stage: string;
  uses: string;
  /**
   * `equal`: the same bytes. `nondeterministic`: two computations here differ. `different`: they agree with
   * each other, not with the cache (or were too long to repeat). `damaged`: the cached bytes are not what
   * they were. `failed`: it could not be computed. `not-cached`: there is nothing to verify.
   */
  verdict: 'equal' | 'nondeterministic' | 'different' | 'damaged' | 'failed' | 'not-cached';
  /** Where the results differ, or why there is no verdict. */
  details: string[];
  /** The number of computed chunks and their total, if not all were computed. */
  sampled?: { chunks: number; of: number };
  seconds: number;
}

type Computed = Extract<StageOutput, { type: 'success' }>;

export interface VerifyStageOptions extends AgainOptions {
  /** Computes this many chunks of a stage that works chunk by chunk; all of any other. */
  sample?: number;
  /** Receives what was computed before it is deleted; `whole` is the full result, unless it was a sample. */
  onComputed?(beside: DiskCache, whole: Computed | undefined): Promise<void>;
}

/**
 * Computes one cached stage again outside the cache and compares the results: all of it, or `sample` chunks
 * if it is made chunk by chunk.
 */
export async function verifyStage(
  stage: PipelineStage,
  entry: Entry,
  options: VerifyStageOptions,
): Promise<Verification> {
  const began = performance.now();
  const verification = await attempt(stage, entry, options);
  return { stage: stage.id, uses: stage.uses, ...verification, seconds: (performance.now() - began) / 1000 };
}

/**
 * Verifies a model by a stage that measures it: `compare` says where the report is not as expected.
 *
 * @param evaluator a stage with a report as its output, which reads the model
 */
export async function verifyModel(
  evaluator: PipelineStage,
  options: AgainOptions,
  compare: (report: ReportArtifact) => string[],
): Promise<Verification> {
  const began = performance.now();
  const row = { stage: evaluator.id, uses: evaluator.uses };
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const { artifact } = await once(evaluator, inputsOf(evaluator, options), options);
    const details = artifact.kind === 'report' ? compare(artifact) : ['no report'];
    return { ...row, verdict: details.length === 0 ? 'equal' : 'different', details, seconds: seconds() };
  } catch (error) {
    options.signal.throwIfAborted();
    return { ...row, verdict: 'failed', details: [messageOf(error)], seconds: seconds() };
  }
}

function inputsOf({ from }: PipelineStage, { entries }: AgainOptions): Record<string, Artifact> {
  return Object.fromEntries(Object.entries(from).map(([name, id]) => [name, entries.get(id)!.artifact]));
}

type Outcome = Omit<Verification, 'stage' | 'uses' | 'seconds'>;

async function attempt(stage: PipelineStage, entry: Entry, options: VerifyStageOptions): Promise<Outcome> {
  const { cache, sample: count, onComputed } = options;
  const inputs = inputsOf(stage, options);
  try {
    const sample =
      count === undefined ? undefined : await drawSample(stage, inputs, entry.artifact, count, cache.objects);
    const given = sample === undefined ? inputs : { ...inputs, [sample.input]: sample.dataset };
    const first = await once(stage, given, options, (beside, output) =>
      onComputed?.(beside, sample === undefined ? output : undefined),
    );
    const details = compare(entry.artifact, first.artifact, sample);
    if (sample !== undefined && details.length === 0 && !passesOn(sample, first.artifact))
      return attempt(stage, entry, { ...options, sample: undefined });
    const sampled = sample && { sampled: { chunks: sample.numbers.length, of: sample.of } };
    if (details.length === 0) return { verdict: 'equal', details, ...sampled };
    if (first.seconds > WORTH_A_THIRD) return { verdict: 'different', details, ...sampled };
    // In a process of its own: what the first one's process has in common with it would not count as chance.
    const second = await once(stage, given, { ...options, pool: undefined });
    const chance = compareAll(first.artifact, second.artifact);
    if (chance.length > 0) return { verdict: 'nondeterministic', details: chance, ...sampled };
    return { verdict: 'different', details, ...sampled };
  } catch (error) {
    options.signal.throwIfAborted();
    return { verdict: 'failed', details: [messageOf(error)] };
  }
}

async function once(
  stage: PipelineStage,
  inputs: Record<string, Artifact>,
  options: AgainOptions,
  use?: (beside: DiskCache, output: Computed) => Promise<void> | undefined,
): Promise<{ artifact: Artifact; seconds: number }> {
  const beside: Beside = await openBeside(options.cache);
  const began = performance.now();
  try {
    const output = await computeAgain(stage, inputs, beside, options);
    options.signal.throwIfAborted();
    if (output.type === 'failed') throw new EtudeError(output.message, output.options);
    if (output.type === 'aborted') throw new EtudeError('it was cancelled');
    if (output.type === 'changed') throw changedMeanwhile(output);
    await use?.(beside.cache, output);
    return { artifact: output.artifact, seconds: (performance.now() - began) / 1000 };
  } finally {
    await beside.remove();
  }
}

function compare(cached: Artifact, now: Artifact, sample: Sample | undefined): string[] {
  if (sample === undefined) return compareAll(cached, now);
  if (now.kind !== 'dataset' || cached.kind !== 'dataset') return ['not a dataset'];
  return [
    ...featureDifferences(cached.features, now.features),
    ...chunkDifferences(sample.expected, now.chunks, sample.numbers),
  ].slice(0, 3);
}

function compareAll(before: Artifact, now: Artifact): string[] {
  if (artifactDigest(before) === artifactDigest(now)) return [];
  const found = differences(before, now);
  return found.length > 0 ? found : ['its manifest'];
}
