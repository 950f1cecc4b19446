import type { Artifact } from '../artifact.js';
import { artifactDigest } from '../cache/artifact-digest.js';
import type { Entry } from '../cache/types.js';
import { EtudeError, messageOf } from '../errors.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import { type AgainOptions, type Beside, computeAgain, openBeside } from './compute-again.js';
import { chunkDifferences, differences } from './differences.js';
import { drawSample, type Sample } from './sample.js';

/** A stage that differs is computed a third time, to tell chance from a result that was made elsewhere, unless that takes longer. Seconds. */
const WORTH_A_THIRD = 120;

export interface Verification {
  stage: string;
  uses: string;
  /**
   * `equal`: the same bytes. `nondeterministic`: two computations here differ. `different`: they agree with each other, not with the
   * cache (or were too long to repeat). `damaged`: the cached bytes are not what they were. `failed`: it could not be computed.
   * `not-cached`: there is nothing to verify.
   */
  verdict: 'equal' | 'nondeterministic' | 'different' | 'damaged' | 'failed' | 'not-cached';
  /** Where the results differ, or why there is no verdict. */
  details: string[];
  /** Chunks that were computed, of how many, where not all were. */
  sampled?: { chunks: number; of: number };
  seconds: number;
}

/** Computes one cached stage again beside the cache and compares: all of it, or `sample` chunks where it is made chunk by chunk. */
export async function verifyStage(
  stage: PipelineStage,
  entry: Entry,
  options: AgainOptions & { sample?: number },
): Promise<Verification> {
  const began = performance.now();
  const verification = await attempt(stage, entry, options);
  return { stage: stage.id, uses: stage.uses, ...verification, seconds: (performance.now() - began) / 1000 };
}

type Outcome = Omit<Verification, 'stage' | 'uses' | 'seconds'>;

async function attempt(
  stage: PipelineStage,
  entry: Entry,
  options: AgainOptions & { sample?: number },
): Promise<Outcome> {
  const { cache, entries, sample: count } = options;
  const inputs = Object.fromEntries(
    Object.entries(stage.from).map(([name, id]) => [name, entries.get(id)!.artifact]),
  );
  try {
    const sample =
      count === undefined ? undefined : await drawSample(stage, inputs, entry.artifact, count, cache.objects);
    const given = sample === undefined ? inputs : { ...inputs, [sample.input]: sample.dataset };
    const first = await once(stage, given, options);
    const details = compare(entry.artifact, first.artifact, sample);
    const sampled = sample && { sampled: { chunks: sample.numbers.length, of: sample.of } };
    if (details.length === 0) return { verdict: 'equal', details, ...sampled };
    if (first.seconds > WORTH_A_THIRD) return { verdict: 'different', details, ...sampled };
    const second = await once(stage, given, options);
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
): Promise<{ artifact: Artifact; seconds: number }> {
  const beside: Beside = await openBeside(options.cache);
  const began = performance.now();
  try {
    const output = await computeAgain(stage, inputs, beside, options);
    options.signal.throwIfAborted();
    if (output.type === 'failed') throw new EtudeError(output.message, output.options);
    if (output.type === 'aborted') throw new EtudeError('it was cancelled');
    return { artifact: output.artifact, seconds: (performance.now() - began) / 1000 };
  } finally {
    await beside.remove();
  }
}

function compare(cached: Artifact, now: Artifact, sample: Sample | undefined): string[] {
  if (sample === undefined) return compareAll(cached, now);
  if (now.kind !== 'dataset') return ['not a data set'];
  return chunkDifferences(sample.expected, now.chunks, sample.numbers).slice(0, 3);
}

function compareAll(before: Artifact, now: Artifact): string[] {
  if (artifactDigest(before) === artifactDigest(now)) return [];
  const found = differences(before, now);
  return found.length > 0 ? found : ['its manifest'];
}
