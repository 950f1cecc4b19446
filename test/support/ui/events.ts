import type {
  FolderChange,
  PlannedLine,
  RunEvent,
  StageOutcome,
} from '../../../src/pipeline/run/events/run-events.js';
import type { Progress } from '../../../src/stage/stage-type.js';

const guide: [id: string, uses: string, from: string[]][] = [
  ['minds', 'load', []],
  ['parts', 'split', ['minds']],
  ['slim', 'remove-columns', ['parts']],
  ['speech', 'cast-audio', ['slim']],
  ['features', 'map-preprocess', ['speech']],
  ['encoded', 'rename', ['features']],
  ['model', 'train', ['encoded']],
  ['scores', 'evaluate', ['model', 'encoded']],
];

/** Makes the events of a run by hand: each call adds one, `wait` lets time pass. */
export class EventScript {
  readonly events: RunEvent[] = [];
  readonly #outcomes: StageOutcome[] = [];
  readonly #planned = new Map<string, PlannedLine>();
  #at = 0;

  add(event: RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never): this {
    this.events.push({ at: this.#at, ...event } as RunEvent);
    return this;
  }

  wait(seconds: number): this {
    this.#at += seconds * 1000;
    return this;
  }

  started(stages: PlannedLine[], pipeline = 'minds14-intent'): this {
    for (const stage of stages) this.#planned.set(stage.id, stage);
    const recipe = `/home/me/pipelines/${pipeline}.yaml`;
    return this.add({
      type: 'run-started',
      format: 1,
      run: '20261122-100000-ab12',
      pipeline,
      recipe,
      engine: 'cpu 4.22.0',
      stages,
    });
  }

  stage(id: string): this {
    const { uses, because, predictedSeconds } = this.#planned.get(id)!;
    return this.add({ type: 'stage-started', id, uses, because, details: [], predictedSeconds });
  }

  progress(id: string, progress: Progress): this {
    return this.add({ type: 'stage-progress', id, ...progress });
  }

  finished(
    id: string,
    status: StageOutcome['status'],
    seconds: number,
    rest: Partial<StageOutcome> = {},
  ): this {
    const planned = this.#planned.get(id)!;
    const outcome: StageOutcome = {
      id,
      uses: planned.uses,
      status,
      because: planned.because,
      seconds,
      ...rest,
    };
    this.#outcomes.push(outcome);
    return this.add({ type: 'stage-finished', ...outcome });
  }

  ended(
    status: 'success' | 'failed' | 'cancelled',
    metrics: Record<string, Record<string, number>> = {},
    models: Record<string, string> = {},
    changedModels?: Record<string, FolderChange>,
  ): this {
    const named = Object.entries(metrics).flatMap(([split, values]) =>
      Object.entries(values).map(([metric, value]) => ({ key: `${split}_${metric}`, split, metric, value })),
    );
    return this.add({
      type: 'run-finished',
      status,
      seconds: this.#at / 1000,
      stages: this.#outcomes,
      metrics: Object.fromEntries(named.map(({ key, value }) => [key, value])),
      metricNames: Object.fromEntries(named.map(({ key, split, metric }) => [key, { split, metric }])),
      models,
      changedModels,
    });
  }
}

/** The plan of the guide's eight stages: hits up to `hits`, the given reasons for the others. */
export function guidePlan(hits: number, because: Record<string, string[]> = {}): PlannedLine[] {
  return guide.map(([id, uses, from], index) => {
    const input = `input ${from[0]} will change`;
    const reasons = because[id] ?? [index === 0 ? 'never run before' : input];
    if (index < hits) return { id, uses, from, status: 'hit', because: [] };
    return { id, uses, from, status: 'run', because: reasons, predictedSeconds: 2 + index };
  });
}

const metrics = {
  test: { loss: 0.231, accuracy: 0.9345, f1_macro: 0.9312 },
  unseen_voices: { loss: 0.41, accuracy: 0.871, f1_macro: 0.8655 },
};

const models = { model: '/home/me/.etude/models/minds14-intent/model' };

/** Progress of a training at one of its steps; the loss falls as losses do. */
export function trainingAt(step: number, max_steps: number, num_train_epochs = 5): Progress {
  const epoch = (step / max_steps) * num_train_epochs;
  const evaluated = Math.floor(epoch);
  return {
    done: step * 8,
    total: max_steps * 8,
    unit: 'clips',
    training: {
      epoch,
      num_train_epochs,
      step,
      max_steps,
      loss: 0.4 + 2.2 * Math.exp((-3 * step) / max_steps) + 0.05 * Math.sin(step),
      learning_rate: 3e-5 * (1 - step / max_steps),
      evaluation:
        evaluated === 0
          ? undefined
          : { epoch: evaluated, metrics: { eval_loss: 1.2, eval_accuracy: 0.4 + 0.1 * evaluated } },
    },
  };
}

/** The guide's run with four hits, audio work, a training of five epochs and an evaluation. */
export function guideRun(steps = 100): EventScript {
  const script = new EventScript().started(guidePlan(3, { speech: ['sampling_rate 8000 → 16000'] }));
  for (const id of ['minds', 'parts', 'slim']) script.finished(id, 'hit', 0);
  script.wait(0.1).stage('speech');
  for (let done = 0; done <= 563; done += 37)
    script.wait(0.1).progress('speech', { done, total: 563, unit: 'clips' });
  script.finished('speech', 'run', 1.8, { rowsComputed: 563, summary: '563 clips' });
  script.stage('features');
  for (let done = 0; done <= 563; done += 80)
    script.wait(0.05).progress('features', { done, total: 563, unit: 'rows' });
  script.finished('features', 'run', 0.4, { rowsComputed: 563, summary: '563 rows' });
  script.stage('encoded').finished('encoded', 'run', 0.02);
  script
    .stage('model')
    .add({ type: 'stage-log', id: 'model', level: 'warning', text: 'weight lm_head.weight is not used' });
  for (let step = 1; step <= steps; step++) {
    script.wait(1.1).progress('model', trainingAt(step, steps));
    if (step % (steps / 5) === 0) {
      for (let done = 0; done <= 113; done += 56) {
        script.wait(0.5).progress('model', {
          ...trainingAt(step, steps),
          phase: 'evaluating',
          done,
          total: 113,
          unit: 'clips',
        });
      }
    }
  }
  script.finished('model', 'run', 1.1 * steps, { summary: 'accuracy 0.935' });
  script.stage('scores').wait(2).finished('scores', 'run', 2, { summary: 'accuracy 0.935' });
  return script.ended('success', metrics, models);
}

/** A run in which nothing had changed. */
export function hitsOnly(): EventScript {
  const script = new EventScript().started(guidePlan(8)).wait(0.3);
  for (const [id] of guide) script.finished(id, 'hit', 0.01);
  return script.ended('success', metrics, models);
}

/** A stage fails; what depends on it is skipped. */
export function failedRun(): EventScript {
  const script = new EventScript().started(guidePlan(3));
  for (const id of ['minds', 'parts', 'slim']) script.finished(id, 'hit', 0);
  const error = [
    'clips/monday/0003.wav row 17: the file ends in the middle of its samples',
    '  expected 48000 bytes of audio',
    '  got      20131',
    '  Fix or remove the file, then run again.',
  ].join('\n');
  script.stage('speech').wait(1).finished('speech', 'failed', 1, { error });
  script.finished('features', 'skipped', 0, { because: ['input speech is missing'] });
  script.finished('encoded', 'skipped', 0, { because: ['input features is missing'] });
  script.finished('model', 'skipped', 0, { because: ['input encoded is missing'] });
  script.finished('scores', 'skipped', 0, { because: ['input model is missing'] });
  return script.ended('failed');
}

/** Ctrl-C in the middle of a training, while another run's lock is waited for. */
export function cancelledRun(): EventScript {
  const script = new EventScript().started(guidePlan(6));
  for (const id of ['minds', 'parts', 'slim', 'speech', 'features', 'encoded']) script.finished(id, 'hit', 0);
  script.add({ type: 'stage-waiting', id: 'model', holder: { pid: 4242, host: 'build-7' } }).wait(2);
  script.stage('model');
  for (let step = 1; step <= 30; step++) script.wait(0.2).progress('model', trainingAt(step, 100));
  script.add({ type: 'cancelling' }).wait(1);
  script.finished('model', 'skipped', 7, { because: ['cancelled'] });
  script.finished('scores', 'skipped', 0, { because: ['input model is missing'] });
  return script.ended('cancelled');
}
