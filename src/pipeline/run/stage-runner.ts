import { fileName } from '../../files/file-name.js';
import type { Artifact } from '../../stage/artifact.js';
import { EtudeError, messageOf } from '../../util/errors.js';
import { artifactDigest } from '../cache/artifact-digest.js';
import type { Cache, Entry, Lookup } from '../cache/types.js';
import { CodeView } from '../plan/code/code-view.js';
import { keepFor } from '../plan/continuation.js';
import { modulesIn } from '../plan/module-parts.js';
import { type StagePlanner, stagePlanner } from '../plan/plan-stages.js';
import type { Plan, PlannedStage } from '../plan/types.js';
import { withoutInspections } from '../recipe/forget-inspections.js';
import type { Pipeline, PipelineStage } from '../recipe/pipeline.js';
import { changedMeanwhile, namesOf } from './changed-meanwhile.js';
import type { EventStream } from './events/event-stream.js';
import type { StageOutcome } from './events/run-events.js';
import type { Executor, Placement, StageWork, WorkListener } from './executor.js';
import { isAbort } from './is-abort.js';
import { QueueTime } from './queue-time.js';
import type { StageOutput, StageTask } from './stage-task.js';
import { nearestAudio } from './upstream-audio.js';

export interface StageRunnerOptions {
  pipeline: Pipeline;
  /** The run's plan, just made. */
  plan: Plan;
  cache: Cache;
  engine: { name: string; id: string; device?: string };
  force: ReadonlySet<string>;
  verify: boolean;
  signal: AbortSignal;
  kill: AbortSignal;
  run: string;
  /** Computes the stages that are computed here. */
  local: Executor;
  placement?: Placement;
  events: EventStream;
  /** Entries of the finished stages, by id; the runner adds to it. */
  entries: Map<string, Entry>;
  /** What `cores: 'all'` means here. */
  coresInAll: number;
}

/** Data that keep changing are not waited for any longer. */
const ATTEMPTS = 3;

/**
 * How long the code of stage types, and hits of the run's plan, are assumed unchanged: a computation checks
 * again, and fails there if code was edited meanwhile.
 */
const BELIEVED_MS = 1000;

type Outcome = Omit<StageOutcome, 'id' | 'uses' | 'seconds'>;
/** It had no result. */
type Changed = { status: 'changed'; output: Extract<StageOutput, { type: 'changed' }> };
type Success = Extract<StageOutput, { type: 'success' }>;
type Runnable = Extract<PlannedStage, { type: 'run' }> & { fingerprint: string };

/**
 * Takes one stage whose inputs are done from its plan to its outcome: hit, computed here, computed by another
 * run, or failed.
 */
export class StageRunner {
  readonly #o: StageRunnerOptions;
  readonly #planner: StagePlanner;
  readonly #hits: ReadonlyMap<string, PlannedStage & { type: 'hit' }>;
  readonly #began = performance.now();

  constructor(options: StageRunnerOptions) {
    this.#o = options;
    const { pipeline, cache, engine, force, verify } = options;
    const code = new CodeView(cache, BELIEVED_MS);
    this.#planner = stagePlanner({ pipeline, cache, engineId: engine.id, force, verify, code });
    this.#hits = new Map(
      options.plan.stages.flatMap((planned) => (planned.type === 'hit' ? [[planned.stage.id, planned]] : [])),
    );
  }

  async run(stage: PipelineStage): Promise<StageOutcome> {
    const began = performance.now();
    for (const text of stage.warnings ?? []) this.#log(stage, 'warning', text);
    const outcome = await this.#attempt(stage);
    const seconds = (performance.now() - began) / 1000 - (outcome.queuedSeconds ?? 0);
    return { id: stage.id, uses: stage.uses, ...outcome, seconds };
  }

  async #attempt(stage: PipelineStage): Promise<Outcome> {
    let because: string[] = [];
    try {
      for (let attempt = 1; ; attempt++) {
        const planned = this.#plannedHit(stage) ?? (await this.#plan(stage, attempt > 1));
        because = planned.type === 'hit' ? [] : planned.because.map((reason) => reason.text);
        if (planned.type === 'blocked') return { status: 'failed', because, error: planned.error };
        if (planned.type === 'hit') return this.#hit(stage, planned.entry, []);
        const outcome = await this.#compute(planned as Runnable, because);
        if (outcome.status !== 'changed') return outcome;
        // Planned with the loaded code: its replacement needs a new run.
        if (outcome.output.what === 'code' || attempt === ATTEMPTS) throw changedMeanwhile(outcome.output);
        this.#o.events.emit({
          type: 'warning',
          text: `${namesOf(outcome.output)} changed while '${stage.id}' read it: the result is discarded, and recomputed from what is there now`,
        });
      }
    } catch (error) {
      if (this.#o.signal.aborted && isAbort(error)) return { status: 'skipped', because: ['cancelled'] };
      return { status: 'failed', because, error: messageOf(error) };
    }
  }

  /** A hit of the run's plan, while that is recent and the stage's inputs were hits, too. */
  #plannedHit(stage: PipelineStage): (PlannedStage & { type: 'hit' }) | undefined {
    if (performance.now() - this.#began > BELIEVED_MS) return undefined;
    const isHit = (id: string) => this.#hits.has(id) && this.#hits.get(id)?.entry === this.#o.entries.get(id);
    return Object.values(stage.from).every(isHit) ? this.#hits.get(stage.id) : undefined;
  }

  /**
   * @param again Whether to look for its sources again, because what the run's plan found is out of date.
   */
  #plan(stage: PipelineStage, again: boolean): Promise<PlannedStage> {
    const { pipeline, entries } = this.#o;
    return this.#planner(stage, entries, again ? withoutInspections(pipeline) : pipeline);
  }

  #hit(stage: PipelineStage, entry: Entry, because: string[]): Outcome {
    this.#o.entries.set(stage.id, entry);
    for (const text of entry.warnings ?? []) this.#log(stage, 'warning', text);
    return { status: 'hit', because, summary: entry.summary };
  }

  #log(stage: PipelineStage, level: 'info' | 'warning', text: string): void {
    this.#o.events.emit({ type: 'stage-log', id: stage.id, level, text });
  }

  async #compute(planned: Runnable, because: string[]): Promise<Outcome | Changed> {
    const { cache, events, run, signal, force } = this.#o;
    const { stage, fingerprint } = planned;
    let holder: string | undefined;
    const lock = await cache.lock(fingerprint, {
      runId: run,
      signal,
      onWait: ({ pid, host }) => {
        holder = `${pid} on ${host}`;
        events.emit({ type: 'stage-waiting', id: stage.id, holder: { pid, host } });
      },
    });
    try {
      // Another run may have finished it between the plan and the lock.
      const now = await cache.lookup(fingerprint);
      const finishedElsewhere = now.type === 'hit' && (holder !== undefined || !force.has(stage.id));
      if (finishedElsewhere)
        return this.#hit(stage, now.entry, [`being computed by process ${holder ?? 'of another run'}`]);
      this.#warnOfDamage(stage, now);
      events.emit({
        type: 'stage-started',
        id: stage.id,
        uses: stage.uses,
        because,
        details: planned.because,
        predictedSeconds: planned.predictedSeconds,
        predictedRange: planned.predictedRange,
      });
      return await this.#execute(planned, because);
    } finally {
      await lock.release();
    }
  }

  async #execute(planned: Runnable, because: string[]): Promise<Outcome | Changed> {
    const { cache, local, placement } = this.#o;
    const { stage, fingerprint } = planned;
    const began = performance.now();
    // The stage's process looks at the same files again.
    await cache.flush();
    const work: StageWork = { stage, fingerprint, task: await this.#task(planned) };
    const executor = placement?.executorOf(stage) ?? local;
    const queue = new QueueTime();
    const queued = () => (queue.seconds > 0 ? { queuedSeconds: queue.seconds } : {});
    let output: StageOutput;
    try {
      output = await executor.run(work, this.#listener(stage, queue), local);
    } catch (error) {
      if (this.#o.signal.aborted && isAbort(error)) throw error;
      return { status: 'failed', because, error: messageOf(error), ...queued() };
    }
    switch (output.type) {
      case 'aborted':
        return { status: 'skipped', because: [output.because ?? 'cancelled; what was finished is kept'] };
      case 'failed':
        await executor.settled?.(work);
        return { status: 'failed', because, error: messageOf(failureOf(stage, output)), ...queued() };
      case 'changed':
        // What was saved on the way may have been made from the same files.
        await cache.removeScratch(fingerprint);
        await executor.settled?.(work);
        return { status: 'changed', output };
      case 'success': {
        const seconds = output.seconds ?? (performance.now() - began) / 1000;
        await this.#store(planned, output, seconds);
        await executor.settled?.(work);
        const { rowsComputed, summary } = output;
        return { status: 'run', because, rowsComputed, summary, ...queued() };
      }
    }
  }

  async #task(planned: Runnable): Promise<StageTask> {
    const { cache, pipeline, engine, coresInAll, entries } = this.#o;
    const { stage, fingerprint, parts, sources } = planned;
    return {
      stage: stage.id,
      module: stage.module,
      params: stage.with,
      inputs: this.#inputs(stage),
      ...(stage.type.usesEngine && {
        clips: nearestAudio(stage, pipeline.stages, (id) => entries.get(id)?.artifact),
      }),
      sources: sources ?? {},
      recipe: pipeline.file,
      cacheDir: cache.dir,
      scratch: await cache.scratch(fingerprint),
      runName: `${fileName(stage.id)}-${fingerprint.slice(0, 8)}`,
      kept: planned.continues?.kept,
      code: parts!.code,
      modules: modulesIn(stage, parts!),
      engine: engine.name,
      device: engine.device,
      cores: stage.type.cores === 'all' ? coresInAll : 1,
    };
  }

  #listener(stage: PipelineStage, queue: QueueTime): WorkListener {
    const { events, signal, kill } = this.#o;
    return {
      signal,
      kill,
      onProgress: (progress) => events.emit({ type: 'stage-progress', id: stage.id, ...progress }),
      onLog: (level, text) => {
        if (!stage.warnings?.includes(text)) this.#log(stage, level, text);
      },
      onJob: (note) => {
        queue.note(note.state);
        events.emit({ type: 'stage-job', id: stage.id, ...note });
      },
    };
  }

  async #store(planned: Runnable, output: Success, seconds: number): Promise<void> {
    const { cache, pipeline, entries } = this.#o;
    const { stage, fingerprint, parts } = planned;
    const entry: Entry = {
      fingerprint,
      parts: parts!,
      artifact: output.artifact,
      artifactDigest: artifactDigest(output.artifact),
      pipeline: pipeline.name,
      stage: stage.id,
      seconds,
      rowsComputed: output.rowsComputed,
      summary: output.summary,
      // Warnings that each plan repeats may not apply when the result is a hit.
      warnings: output.warnings?.filter((text) => !stage.warnings?.includes(text)),
      cost: (stage.type.cost?.(stage.with) ?? 1) * (1 - (planned.continues?.done ?? 0)),
      work: planned.work,
      created: new Date().toISOString(),
      repositories: planned.repositories,
    };
    await cache.commit(entry);
    if (output.kept !== undefined) await keepFor(fingerprint, output.kept, cache);
    await cache.removeScratch(fingerprint);
    entries.set(stage.id, entry);
  }

  #inputs(stage: PipelineStage): Record<string, Artifact> {
    const inputs = Object.entries(stage.from).map(([name, id]) => [name, this.#o.entries.get(id)!.artifact]);
    return Object.fromEntries(inputs) as Record<string, Artifact>;
  }

  #warnOfDamage(stage: PipelineStage, lookup: Lookup): void {
    if (lookup.type !== 'damaged') return;
    const [first] = lookup.objects;
    const more = lookup.objects.length > 1 ? ` and ${lookup.objects.length - 1} more` : '';
    this.#o.events.emit({
      type: 'warning',
      text: `the cached result of '${stage.id}' is damaged (object ${first?.ref.digest.slice(0, 12)} ${first?.problem}${more}): recomputing it`,
    });
  }
}

/** The stage's error as thrown in its process; for a bug, with the first line of its stack. */
function failureOf(stage: PipelineStage, output: Extract<StageOutput, { type: 'failed' }>): EtudeError {
  if (output.stack === undefined) return new EtudeError(output.message, output.options);
  const at = output.stack.split('\n').find((line) => line.trim().startsWith('at '));
  return new EtudeError(`stage '${stage.id}' (${stage.uses}) crashed: ${output.message}`, {
    got: at?.trim(),
    hint: 'This is a bug in the stage type, not in the recipe.',
  });
}
