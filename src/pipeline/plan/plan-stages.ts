import { EtudeError } from '../../util/errors.js';
import type { Entry, FingerprintParts } from '../cache/types.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import { rowsIn, workOf } from './amount-of-work.js';
import { CodeView } from './code/code-view.js';
import { continuationFor } from './continuation.js';
import { type Fingerprint, fingerprintOf, ownParts } from './fingerprint.js';
import { predictTime } from './predict-time.js';
import { repositoriesOf } from './read-sources.js';
import { nameCodeChanges } from './rerun-reasons/code-changes.js';
import { diffFingerprints, diffOwnParts } from './rerun-reasons/diff-fingerprints.js';
import { type Near, nearestEntry } from './rerun-reasons/nearest-result.js';
import type { Continued, PlannedStage, PlanOptions, PlanPipeline, PlanStage, Reason } from './types.js';

/** What is shared by all stages that are planned together, and examined once. */
interface Planning extends PlanOptions {
  code: CodeView;
  /** See `CheckOptions`. */
  whole?: Set<string>;
  /** Past entries of a stage type, newest first. */
  past(uses: string): Promise<readonly Entry[]>;
  /** Records the contents of code. */
  note(code: string, closure: Fingerprint['closure']): Promise<void>;
}

function planningOf(options: PlanOptions): Planning {
  const { cache, code = new CodeView(cache) } = options;
  const past = new Map<string, Promise<readonly Entry[]>>();
  const noted = new Set<string>();
  return {
    ...options,
    code,
    past(uses) {
      const known = past.get(uses) ?? cache.entriesOf(uses);
      past.set(uses, known);
      return known;
    },
    async note(code, closure) {
      if (noted.has(code)) return;
      noted.add(code);
      const { digest, listing } = await closure();
      await cache.code.add(digest, listing);
    },
  };
}

/**
 * Plans one stage whose inputs are known: a hit, or a run with the reasons against the nearest past entry.
 * Changes nothing except what is remembered about files.
 */
export const planStage: PlanStage = async (stage, entries, options) =>
  (await decide(stage, entries, planningOf(options), new Set())).plan;

export type StagePlanner = (
  stage: PipelineStage,
  entries: ReadonlyMap<string, Entry>,
  pipeline: PlanOptions['pipeline'],
) => Promise<PlannedStage>;

/**
 * The same for many stages, one after another: the past results that explain and predict a stage are the
 * current ones.
 */
export function stagePlanner(options: PlanOptions): StagePlanner {
  const planning = planningOf(options);
  return async (stage, entries, pipeline) =>
    (await decide(stage, entries, { ...planning, pipeline }, new Set())).plan;
}

/**
 * Plans all stages before anything runs. A stage after one that runs is planned to run, though it may turn
 * out to be a hit; after one that only repeats what it did before (damaged, forced), the same result is
 * expected.
 */
export const planPipeline: PlanPipeline = async (options) => {
  const planning = { ...planningOf(options), whole: new Set<string>() };
  const planned = new Map<string, PlannedStage>();
  const expected = new Map<string, Entry>();
  const repaired = new Set<string>();
  for (const stage of options.pipeline.stages) {
    const inputs = [...new Set(Object.values(stage.from))];
    const blocker = inputs.find((id) => planned.get(id)?.type === 'blocked');
    const unknown = inputs.filter((id) => !expected.has(id));
    if (blocker !== undefined) {
      planned.set(stage.id, blockedBy(stage, blocker));
    } else if (unknown.length > 0) {
      planned.set(stage.id, await planBelow(stage, unknown, planning, { expected, planned }));
    } else {
      const { plan, past } = await decide(stage, expected, planning, repaired);
      planned.set(stage.id, plan);
      if (past !== undefined) expected.set(stage.id, past);
    }
  }
  return { stages: [...planned.values()] };
};

/**
 * `past` is the entry of the same fingerprint, intact or not. Damaged objects in `repaired` are written again
 * before this stage's turn; those that this stage will write are added.
 */
async function decide(
  stage: PipelineStage,
  entries: ReadonlyMap<string, Entry>,
  options: Planning,
  repaired: Set<string>,
): Promise<{ plan: PlannedStage; past?: Entry }> {
  const { cache, engineId, pipeline, code, whole } = options;
  let key: Fingerprint;
  try {
    key = await fingerprintOf(stage, entries, { place: pipeline.place, cache, engineId, code });
  } catch (error) {
    return { plan: blocked(stage, error) };
  }
  const repositories = repositoriesOf(key.sources);
  const known = { pipeline, artifacts: (id: string) => entries.get(id)?.artifact, models: () => undefined };
  const run = async (because: Reason[], past?: Entry, continues?: Continued): Promise<PlannedStage> => {
    const { fingerprint, parts, sources } = key;
    const work = workOf(stage, sources, known, continues?.done);
    return {
      type: 'run',
      stage,
      fingerprint,
      parts,
      sources,
      because,
      ...predictTime(stage, work, past, await options.past(parts.uses)),
      work,
      ...(continues && { continues }),
      repositories,
    };
  };
  const found = await cache.lookup(key.fingerprint, { verify: options.verify, whole });
  if (found.type === 'miss' && found.refused !== undefined)
    return { plan: await run([{ type: 'refused', text: found.refused }]) };
  if (found.type === 'miss') {
    const shorter = options.force?.has(stage.id)
      ? undefined
      : await continuationFor(stage, key, cache, rowsIn(stage, known));
    if (shorter !== undefined) {
      const { entry, because, continues } = shorter;
      const differences = diffFingerprints(entry.parts, key.parts, stage.from);
      return { plan: await run([...differences, because], entry, continues) };
    }
    // Without any difference it would be a hit.
    const near = await nearest(1, stage, key, options, (before) =>
      diffFingerprints(before, key.parts, stage.from),
    );
    return { plan: await run(near?.because ?? [NEVER], near?.entry) };
  }
  const past = found.entry;
  const objects = found.type === 'hit' ? [] : found.objects.filter(({ ref }) => !repaired.has(ref.digest));
  for (const { ref } of objects) repaired.add(ref.digest);
  if (objects.length > 0) return { plan: await run([damaged(objects)], past), past };
  if (options.force?.has(stage.id))
    return { plan: await run([{ type: 'forced', text: 'forced' }], past), past };
  return { plan: { type: 'hit', stage, entry: past, repositories }, past };
}

/** A stage some of whose inputs will be computed: says which, and what else differs. */
async function planBelow(
  stage: PipelineStage,
  unknown: string[],
  options: Planning,
  above: { expected: ReadonlyMap<string, Entry>; planned: ReadonlyMap<string, PlannedStage> },
): Promise<PlannedStage> {
  let key: Omit<Fingerprint, 'fingerprint'>;
  try {
    const { cache, engineId, pipeline, code } = options;
    key = await ownParts(stage, { place: pipeline.place, cache, engineId, code });
  } catch (error) {
    return blocked(stage, error);
  }
  const near = await nearest(0, stage, key, options, (before) => diffOwnParts(before, key.parts));
  const repositories = repositoriesOf(key.sources);
  const work = workOf(stage, key.sources, {
    pipeline: options.pipeline,
    artifacts: (id) => above.expected.get(id)?.artifact,
    models: (id) => modelBytes(above.planned.get(id)),
  });
  const past = await options.past(key.parts.uses);
  const predicted = { ...predictTime(stage, work, near?.entry, past), work };
  if (near === undefined) return { type: 'run', stage, because: [NEVER], repositories, ...predicted };
  const upstream = unknown.map(
    (id): Reason => ({ type: 'upstream', field: id, text: `input ${id} will change` }),
  );
  return {
    type: 'run',
    stage,
    because: [...near.because, ...upstream],
    repositories,
    ...predicted,
  };
}

/** The nearest past entry, with what differs from it. */
async function nearest(
  least: number,
  stage: PipelineStage,
  { parts, closure }: Omit<Fingerprint, 'fingerprint'>,
  { cache, pipeline, past, note }: Planning,
  diff: (before: FingerprintParts) => Reason[],
): Promise<Near | undefined> {
  await note(parts.code, closure);
  const id = { pipeline: pipeline.name, id: stage.id };
  const near = nearestEntry(least, await past(parts.uses), parts, id, diff);
  if (near === undefined) return undefined;
  const digests = { before: near.entry.parts.code, after: parts.code };
  return { entry: near.entry, because: await nameCodeChanges(near.because, digests, cache.code) };
}

/** The size of a model that will be trained: that of the one it starts from. */
function modelBytes(planned: PlannedStage | undefined): number | undefined {
  return planned?.type === 'run' && planned.stage.type.output === 'model' ? planned.work?.bytes : undefined;
}

const NEVER: Reason = { type: 'never-run', text: 'never run' };

function damaged(objects: readonly { ref: { digest: string }; problem: string }[]): Reason {
  const [first] = objects;
  const more = objects.length > 1 ? ` and ${objects.length - 1} more` : '';
  const field = first?.ref.digest.slice(0, 12);
  return { type: 'damaged', field, text: `cached object ${field}${more} damaged (${first?.problem})` };
}

function blocked(stage: PipelineStage, error: unknown): PlannedStage {
  if (!(error instanceof EtudeError)) throw error;
  return { type: 'blocked', stage, because: [], error: error.describe() };
}

function blockedBy(stage: PipelineStage, id: string): PlannedStage {
  const text = `input ${id} is blocked`;
  return { type: 'blocked', stage, because: [{ type: 'upstream', field: id, text }], error: text };
}
