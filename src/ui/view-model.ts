import type { PlannedLine, RunEvent, StageOutcome } from '../pipeline/run/events/run-events.js';
import type { JobNote } from '../pipeline/run/executor.js';
import type { Progress } from '../stage/stage-type.js';
import { emptyHistory, type History, remember } from './loss-curve.js';
import { observe, type Rate, startRate } from './rate.js';

/** A stage as a person sees it during a run. */
export interface StageView {
  id: string;
  uses: string;
  planned: PlannedLine['status'];
  /** Stages whose results it needs, if the run reported them. */
  from: readonly string[];
  /** No other stage like it runs at the same time. */
  alone?: boolean;
  state: 'waiting' | 'locked' | 'running' | 'finished';
  because: readonly string[];
  /** Milliseconds since the run began. */
  startedAt?: number;
  predictedSeconds?: number;
  predictedRange?: readonly [low: number, high: number];
  /** Another run that is computing the same. */
  holder?: { pid: number; host: string };
  /** The job that computes it, and since when it has been in its state: milliseconds since the run began. */
  job?: JobNote & { since: number };
  progress?: Progress;
  /** Speed of the stage's current part. */
  rate?: Rate;
  /** Speed of the training in steps, evaluations included. */
  steps?: Rate;
  /** Whether its first step is done. */
  warm?: boolean;
  /** Training losses so far. */
  losses: History;
  lossStep?: number;
  outcome?: StageOutcome;
}

/** A run as a person sees it: what all renderers show, each in its own way. */
export interface RunView {
  run: string;
  pipeline: string;
  recipe: string;
  engine: string;
  /** In the order of the plan. */
  stages: readonly StageView[];
  /** The index of each stage in `stages`; the same map while the stages are the same. */
  places: ReadonlyMap<string, number>;
  cancelling: boolean;
  /** What becomes of its jobs, if it has any and was cancelled. */
  jobsDecision?: 'ask' | 'leave' | 'cancel';
  finished?: Extract<RunEvent, { type: 'run-finished' }>;
}

export const initialView: RunView = {
  run: '',
  pipeline: '',
  recipe: '',
  engine: '',
  stages: [],
  places: new Map(),
  cancelling: false,
};

/** The view after an event. Pure: neither argument is changed, and time comes from the events alone. */
export function reduce(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case 'run-started': {
      const { run, pipeline, recipe, engine } = event;
      const places = new Map(event.stages.map(({ id }, place) => [id, place]));
      return { ...view, run, pipeline, recipe, engine, stages: event.stages.map(planned), places };
    }
    case 'stage-waiting':
      return change(view, event.id, (stage) => ({ ...stage, state: 'locked', holder: event.holder }));
    case 'stage-started':
      return change(view, event.id, (stage) => ({
        ...stage,
        uses: event.uses,
        state: 'running',
        because: event.because,
        startedAt: event.at,
        // Its inputs are known now: what was predicted before is superseded.
        ...(event.predictedSeconds !== undefined && predictionOf(event)),
      }));
    case 'stage-job': {
      const { at, type: _, id, ...note } = event;
      return change(view, id, (stage) => withJob(stage, note, at));
    }
    case 'stage-progress': {
      const { at, type: _, id, ...progress } = event;
      return change(view, id, (stage) => advance(stage, progress, at));
    }
    case 'stage-finished': {
      const { at: _at, type: _type, ...outcome } = event;
      return change(view, event.id, (stage) => ({
        ...stage,
        uses: outcome.uses,
        because: outcome.because,
        state: 'finished',
        outcome,
      }));
    }
    case 'cancelling':
      return { ...view, cancelling: true };
    case 'jobs-decision':
      return { ...view, jobsDecision: event.decision };
    case 'run-finished':
      return { ...view, finished: event };
    default:
      return view;
  }
}

type Predicted = Pick<StageView, 'predictedSeconds' | 'predictedRange'>;

function predictionOf({ predictedSeconds, predictedRange }: Predicted): Predicted {
  return { predictedSeconds, ...(predictedRange && { predictedRange }) };
}

function planned(line: PlannedLine): StageView {
  const { id, uses, status, because, from = [], alone } = line;
  return {
    id,
    uses,
    planned: status,
    from,
    ...(alone && { alone }),
    because,
    ...predictionOf(line),
    state: 'waiting',
    losses: emptyHistory,
  };
}

/** Changes one stage; one that the plan did not have is added at the end. */
function change(view: RunView, id: string, update: (stage: StageView) => StageView): RunView {
  const place = view.places.get(id);
  if (place !== undefined) {
    const stages = view.stages.slice();
    stages[place] = update(stages[place]!);
    return { ...view, stages };
  }
  const stage: StageView = {
    id,
    uses: '',
    planned: 'run',
    from: [],
    because: [],
    state: 'waiting',
    losses: emptyHistory,
  };
  const places = new Map(view.places).set(id, view.stages.length);
  return { ...view, stages: [...view.stages, update(stage)], places };
}

/** A stage by its id. */
export function stageOf(view: RunView, id: string): StageView | undefined {
  const place = view.places.get(id);
  return place === undefined ? undefined : view.stages[place];
}

function withJob(stage: StageView, note: JobNote, at: number): StageView {
  const isSame = stage.job?.state === note.state && stage.job.attempt === note.attempt;
  const job = { ...note, since: isSame ? stage.job!.since : at };
  // What is predicted is the time of the computation, not that in the queue.
  return { ...stage, state: 'running', job, startedAt: isSame ? stage.startedAt : at };
}

/** Whether a stage's job has been sent to its scheduler, and does not run yet. */
export function isQueued({ state, job }: StageView): boolean {
  return state === 'running' && job !== undefined && job.state !== 'running';
}

function advance(stage: StageView, progress: Progress, at: number): StageView {
  const samePart = stage.progress?.phase === progress.phase && stage.progress?.unit === progress.unit;
  const rate = samePart && stage.rate ? observe(stage.rate, at, progress.done) : startRate(at, progress.done);
  // A stage reports its training only while it trains; in the meantime, the last report stays visible.
  const training = progress.training ?? stage.progress?.training;
  const next: StageView = {
    ...stage,
    state: 'running',
    progress: { ...progress, training },
    rate,
  };
  if (progress.training === undefined) return next;
  const { step, loss } = progress.training;
  // The first step compiles its graph: its time says nothing about the others.
  const first = stage.steps !== undefined && !stage.warm && step > stage.steps.done;
  next.warm = stage.warm || first;
  next.steps = stage.steps && !first ? observe(stage.steps, at, step, 60) : startRate(at, step);
  if (step !== stage.lossStep && Number.isFinite(loss)) {
    next.losses = remember(stage.losses, loss);
    next.lossStep = step;
  }
  return next;
}

/**
 * How much of a running stage is done, 0 to 1; `undefined` if unknown. Training progress is measured in
 * steps, whatever else happens.
 */
export function fractionOf(stage: StageView): number | undefined {
  const { progress } = stage;
  if (progress === undefined) return undefined;
  const { training, done, total } = progress;
  if (training && training.max_steps > 0) return training.step / training.max_steps;
  return total === undefined || total <= 0 ? undefined : Math.min(1, done / total);
}

/** Why a waiting stage does not run yet: `waits for model`. */
export function waitsFor(stage: StageView, view: RunView): string {
  const pending = stage.from.filter((id) => (stageOf(view, id)?.state ?? 'finished') !== 'finished');
  return pending.length === 0 ? 'waits' : `waiting for ${pending.join(', ')}`;
}

/** True if every stage is a hit: there is nothing to show but the result. */
export function allHits(view: RunView): boolean {
  return (
    view.stages.length > 0 && view.stages.every((stage) => (stage.outcome?.status ?? stage.planned) === 'hit')
  );
}
