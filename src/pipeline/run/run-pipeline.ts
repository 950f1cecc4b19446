import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { messageOf } from '../../util/errors.js';
import { cacheDir } from '../cache/cache-dir.js';
import { showPresence } from '../cache/presence.js';
import type { Cache, Entry, PinnedRepository } from '../cache/types.js';
import { planPipeline } from '../plan/plan-stages.js';
import type { Plan } from '../plan/types.js';
import type { Pipeline } from '../recipe/pipeline.js';
import { resolveRecipe } from '../recipe/resolve-recipe.js';
import { EventStream } from './events/event-stream.js';
import {
  EVENT_FORMAT,
  type FolderChange,
  type PlannedLine,
  type Renderer,
  type RunEvent,
  type StageOutcome,
} from './events/run-events.js';
import type { Placement } from './executor.js';
import { LocalExecutor } from './local-executor.js';
import { bestMetrics, matrixMetricNames, matrixResult } from './matrix-result.js';
import { layOutModel } from './model-folder.js';
import { metricsOf } from './run-metrics.js';
import { newRunId, RunFolder } from './run-records.js';
import { type StageEnd, schedule } from './schedule-stages.js';
import { type StagePool, withPool } from './stage-pool.js';
import { StageRunner } from './stage-runner.js';

export interface RunOptions {
  pipeline: Pipeline;
  cache: Cache;
  /** Called with every event. */
  renderer: Pick<Renderer, 'event'>;
  /** The resolved engine: its name, its name with version and device as in fingerprints, and the device. */
  engine: { name: string; id: string; device?: string };
  /** Number of concurrent stages on this machine. */
  jobs: number;
  /** Processes for them that are kept. Default: others, which end with the run. */
  pool?: StagePool;
  /** Where stages are computed. Default: all of them here. */
  placement?: Placement;
  /** Called with the fingerprints of what is computed on this machine. Resolves to warnings. */
  onPlanned?(here: readonly string[]): Promise<readonly string[]>;
  keepGoing: boolean;
  /** Stage ids to compute even if they are cached. */
  force: ReadonlySet<string>;
  /** Hash every cached object, however recently it was verified. */
  verify: boolean;
  /** First Ctrl-C: start nothing more, let running stages save their state. */
  signal: AbortSignal;
  /** Second Ctrl-C: kill running stages. */
  kill: AbortSignal;
  /** `false` to write no model folders. */
  models?: boolean;
  /** What was set from outside, `learning_rate=1e-4`: the models of such a run have their own folders. */
  variant?: string;
  /** Filled with the stages' results, for callers who need more than the events. */
  results?: RunResults;
}

export interface RunResults {
  /** Of the finished stages, by id. */
  entries: Map<string, Entry>;
  /** Hub repositories that stages read, by stage, at the commits that the plan found. */
  repositories: Map<string, readonly PinnedRepository[]>;
}

export type RunFinished = Extract<RunEvent, { type: 'run-finished' }>;

/**
 * Executes a pipeline: plans, runs what must run, records, and reports everything as events. Resolves with
 * the last one.
 */
export async function runPipeline(options: RunOptions): Promise<RunFinished> {
  const { pipeline, cache, engine } = options;
  const now = new Date();
  const run = newRunId(now);
  const folder = new RunFolder(
    cache.dir,
    {
      run,
      pipeline: pipeline.name,
      recipe: pipeline.file,
      started: now.toISOString(),
      status: 'unfinished',
      pid: process.pid,
    },
    (text) => events.emit({ type: 'warning', text }),
  );
  const events: EventStream = new EventStream(options.renderer, (event) => folder.write(event));
  await folder.open(resolveRecipe(pipeline));
  // Anything that is not a hit will fail by itself in a read-only cache.
  const presence = await showPresence(cache, `run-${run}`);

  const plan = await planPipeline({
    pipeline,
    cache,
    engineId: engine.id,
    force: options.force,
    verify: options.verify,
  });
  const { entries, repositories }: RunResults = options.results ?? {
    entries: new Map(),
    repositories: new Map(),
  };
  for (const planned of plan.stages) {
    if (planned.type !== 'blocked' && planned.repositories !== undefined)
      repositories.set(planned.stage.id, planned.repositories);
  }
  await folder.pin(
    [...repositories].flatMap(([stage, pinned]) => pinned.map((repository) => ({ stage, ...repository }))),
  );
  events.emit({
    type: 'run-started',
    format: EVENT_FORMAT,
    run,
    pipeline: pipeline.name,
    recipe: pipeline.file,
    engine: engine.id,
    stages: plan.stages.map((planned) => plannedLine(planned, options.placement)),
  });
  const here = plan.stages.flatMap((planned) =>
    planned.type === 'run' &&
    planned.fingerprint !== undefined &&
    options.placement?.executorOf(planned.stage) === undefined
      ? [planned.fingerprint]
      : [],
  );
  for (const text of (await options.onPlanned?.(here)) ?? []) events.emit({ type: 'warning', text });
  const cancelling = () => void events.emit({ type: 'cancelling' });
  if (options.signal.aborted) cancelling();
  else options.signal.addEventListener('abort', cancelling, { once: true });

  const outcomes = new Map<string, StageOutcome>();
  const finish = (outcome: StageOutcome) => {
    outcomes.set(outcome.id, outcome);
    events.emit({ type: 'stage-finished', ...outcome });
  };
  const { placement } = options;
  await withPool(options.pool, options.jobs, async (pool) => {
    const runner = new StageRunner({
      ...options,
      plan,
      run,
      local: new LocalExecutor(pool, folder),
      events,
      entries,
      coresInAll: availableParallelism(),
    });

    await schedule(pipeline.stages, {
      jobs: options.jobs,
      elsewhere: placement && {
        most: placement.maxJobs,
        has: (stage) => placement.executorOf(stage) !== undefined,
      },
      keepGoing: options.keepGoing,
      signal: options.signal,
      run: async (stage): Promise<StageEnd> => {
        const outcome = await runner.run(stage);
        finish(outcome);
        if (outcome.status === 'failed') return 'failed';
        return outcome.status === 'skipped' ? 'skipped' : 'done';
      },
      skip: (stage, because) =>
        finish({ id: stage.id, uses: stage.uses, status: 'skipped', because: [because], seconds: 0 }),
    });
  });
  // A signal may outlive many runs.
  options.signal.removeEventListener('abort', cancelling);
  const laidOut =
    options.models === false ? { models: {} } : await layOutModels(options, run, entries, events);
  await cache.flush();

  const stages = pipeline.stages.map((stage) => outcomes.get(stage.id)!);
  const matrix = matrixResult(pipeline, entries, outcomes);
  const finished: Omit<RunFinished, 'at'> = {
    type: 'run-finished',
    status: options.signal.aborted
      ? 'cancelled'
      : stages.some((stage) => stage.status === 'failed')
        ? 'failed'
        : 'success',
    seconds: events.seconds,
    stages,
    ...(matrix === undefined
      ? metricsOf(pipeline.stages.map(({ id }) => ({ id, entry: entries.get(id) })))
      : { metrics: bestMetrics(matrix), metricNames: matrixMetricNames(pipeline, entries) }),
    ...laidOut,
    cache: {
      dir: cache.dir,
      bytes: cache.storedBytes(),
      isChosen: cache.dir !== resolve(cacheDir({ projectDir: pipeline.place.projectDir })),
    },
    ...(matrix && { matrix }),
  };
  const fingerprints = Object.fromEntries([...entries].map(([id, { fingerprint }]) => [id, fingerprint]));
  const last = await events.end(finished, (event) => folder.close(event, fingerprints));
  await presence?.release();
  // First, for its bytes may be the room that a pack needs.
  await cache.clearDerived().catch(() => undefined);
  if (!options.signal.aborted && stages.some(({ status }) => status === 'run'))
    await cache.gather().catch(() => undefined);
  return last;
}

function plannedLine(planned: Plan['stages'][number], placement?: Placement): PlannedLine {
  const { id, uses, type } = planned.stage;
  const from = Object.values(planned.stage.from);
  const isHere = placement?.executorOf(planned.stage) === undefined;
  const alone = type.cores === 'all' && isHere ? { alone: true } : {};
  if (planned.type === 'hit') return { id, uses, status: 'hit', because: [], from, ...alone };
  const because = planned.because.map((reason) => reason.text);
  if (planned.type === 'blocked') return { id, uses, status: 'blocked', because, from, ...alone };
  const { predictedSeconds, predictedRange } = planned;
  const range = predictedRange && { predictedRange };
  return { id, uses, status: 'run', because, predictedSeconds, ...range, from, ...alone };
}

async function layOutModels(
  { pipeline, cache, variant }: RunOptions,
  run: string,
  entries: ReadonlyMap<string, Entry>,
  events: EventStream,
): Promise<Pick<RunFinished, 'models' | 'changedModels'>> {
  const models: Record<string, string> = {};
  const changed: Record<string, FolderChange> = {};
  for (const [stage, { artifact, artifactDigest }] of entries) {
    if (artifact.kind !== 'model') continue;
    try {
      const name = { pipeline: pipeline.name, stage, variant, recipe: pipeline.file, run };
      const { folder, change, warnings } = await layOutModel(cache, name, artifact, artifactDigest);
      models[stage] = folder;
      if (change !== undefined) changed[stage] = change;
      for (const text of warnings) events.emit({ type: 'warning', text });
    } catch (error) {
      const text = `the folder of model '${stage}' cannot be written: ${messageOf(error)}`;
      events.emit({ type: 'warning', text });
    }
  }
  return { models, ...(Object.keys(changed).length > 0 && { changedModels: changed }) };
}
