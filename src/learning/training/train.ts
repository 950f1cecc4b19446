import { Random } from '../../random/random.js';
import { type EntryPoint, frozenBelow } from '../model/entry-point.js';
import type { ModelWeights } from '../model/model.js';
import { RandomDraws } from '../model/random-draws.js';
import { bestMetric, countSteps, evaluates, type StepCounts } from './argument-checks.js';
import type { BatchSource } from './batches.js';
import { noteEvaluation, noteSave } from './best-model.js';
import { computeLogits } from './compute-logits.js';
import { learningRate, type ScheduleArguments } from './learning-rate.js';
import { LogitsGraph } from './logits-graph.js';
import type { Objective } from './losses/objective.js';
import { objectiveOf } from './losses/objective-of.js';
import { openBatches } from './open-batches.js';
import { AdamW } from './optimizer.js';
import { update } from './optimizer-step.js';
import { afterEvaluation, initialPlateau } from './reduce-on-plateau.js';
import { runningStatistics } from './running-statistics.js';
import { samplingOrder, timesBefore } from './sampling-order.js';
import { SavedTrainingStates } from './saved-training-states.js';
import { afterEpoch, afterStep } from './step-actions.js';
import { StepGraph } from './step-graph.js';
import { tracked } from './trackers/tracked.js';
import type { TrainOptions } from './train-options.js';
import { trainableNames } from './trainable-names.js';
import { initialState, type LogEntry, noteUpdate, type TrainingState } from './training-state.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

/**
 * Fine-tunes a classifier as transformers' Trainer does. The engine must be open.
 *
 * A training that was killed continues from its last saved state (written at each save and at each end of an
 * epoch), one that was aborted from its current step; either ends with the same bytes as an uninterrupted
 * one.
 *
 * @returns The final state; with `load_best_model_at_end` the model has the weights of the best evaluation.
 * @throws The signal's reason when aborted (after saving the state), EtudeError if the training diverges.
 */
export async function train(options: TrainOptions): Promise<TrainingState> {
  return new Training(options).run();
}

class Training {
  readonly #options: TrainOptions;
  readonly #counts: StepCounts;
  readonly #optimizer: AdamW;
  readonly #states: SavedTrainingStates;
  readonly #frozen: EntryPoint;
  readonly #trainable: string[];
  readonly #objective: Objective;
  /** The weights that a training changes: states hold no others. */
  readonly #trained: ModelWeights;
  #state = initialState([0, 0, 0, 0]);
  #draws: RandomDraws;
  #graph!: StepGraph;
  readonly #logits: LogitsGraph;
  #trainBatches!: BatchSource;
  #evalBatches: BatchSource | undefined;
  #order: { epoch: number; rows: Uint32Array; times: Uint32Array } | undefined;

  constructor(options: TrainOptions) {
    const { model, args, train, scratch } = options;
    this.#options = options;
    this.#counts = countSteps(train.size, args);
    this.#frozen = frozenBelow(args);
    this.#trainable = trainableNames(model.weights, model.config, this.#frozen);
    this.#objective = objectiveOf(args, model.labels, train);
    this.#optimizer = new AdamW(model.weights, args, this.#trainable);
    const changed = [...this.#trainable, ...runningStatistics(model, this.#frozen)];
    this.#trained = Object.fromEntries(changed.map((name) => [name, model.weights[name]!]));
    this.#states = new SavedTrainingStates(scratch);
    this.#logits = new LogitsGraph(model);
    this.#draws = new RandomDraws(Random.stream(args.seed, 'training'));
  }

  async run(): Promise<TrainingState> {
    const { args, signal, trackers = [] } = this.#options;
    const saved = await this.#states.restore(this.#trained, this.#optimizer);
    this.#state = saved ?? initialState(this.#draws.random.state());
    if (saved !== undefined) {
      this.#draws = new RandomDraws(Random.from(saved.random));
      this.#options.log('info', `resuming at step ${saved.global_step} of ${this.#counts.maxSteps}`);
    }
    if (!this.#over()) {
      await tracked(trackers, this.#state, signal, () => this.#goOn());
    }
    const best = this.#state.best_saved;
    if (args.load_best_model_at_end && best !== undefined)
      await this.#states.loadWeights(best.step, this.#trained);
    return this.#state;
  }

  #over(): boolean {
    return this.#state.next === 'nothing';
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#options;
    const { model, train, evaluation, args } = this.#options;
    this.#graph = new StepGraph(model, this.#trainable, this.#draws, this.#frozen, this.#objective);
    const splits = evaluation !== undefined && evaluates(args) ? [train, evaluation] : [train];
    const [batches, evalBatches] = await openBatches(splits, this.#frozen, this.#options);
    this.#trainBatches = batches!;
    this.#evalBatches = evalBatches;
    try {
      while (!this.#over()) {
        await this.#advance();
        await yieldToEventLoop(signal);
      }
    } catch (error) {
      // Other errors may have struck in the middle of an update: then the state must not be saved.
      if (signal.aborted && error === signal.reason) await this.#save();
      throw error;
    }
  }

  /** Performs the next action, and sets the one after it. */
  async #advance(): Promise<void> {
    const state = this.#state;
    const { args } = this.#options;
    const { maxSteps, updates, epochs } = this.#counts;
    switch (state.next) {
      case 'start':
        if (args.eval_on_start) await this.#evaluate();
        state.next = 'update';
        break;
      case 'update':
        await this.#update();
        state.next = 'after-update';
        noteUpdate(state);
        break;
      case 'after-update': {
        const actions = afterStep(state.global_step, maxSteps, args);
        this.#log(actions.log);
        const best = actions.evaluate && (await this.#evaluateAndJudge());
        const save = actions.save || (best && args.save_strategy === 'best');
        if (save) noteSave(state);
        const over = state.global_step >= maxSteps || state.stopped;
        state.next = over || state.update === updates ? 'after-epoch' : 'update';
        // The end of the epoch saves this step anyway.
        if (save && state.next === 'update') await this.#save();
        break;
      }
      case 'after-epoch': {
        const actions = afterEpoch(this.#epoch(), args);
        this.#log(actions.log);
        const best = actions.evaluate && (await this.#evaluateAndJudge());
        if (actions.save || (best && args.save_strategy === 'best')) noteSave(state);
        const over = state.global_step >= maxSteps || state.stopped || state.epoch + 1 >= epochs;
        if (over) this.#finish();
        state.epoch += 1;
        state.update = 0;
        state.next = over ? 'nothing' : 'update';
        await this.#save();
        break;
      }
      case 'nothing':
    }
  }

  async #update(): Promise<void> {
    const state = this.#state;
    const { model, args, progress } = this.#options;
    const { maxSteps } = this.#counts;
    const rate = this.#learningRate();
    const batches = await Promise.all(
      this.#rowsOfUpdate().map(({ rows, times }) => this.#trainBatches(rows, { epoch: state.epoch, times })),
    );
    const result = update(model, batches, this.#graph, this.#optimizer, this.#draws, {
      trainable: this.#trainable,
      learningRate: rate,
      max_grad_norm: args.max_grad_norm,
      gradient_accumulation_loss: args.gradient_accumulation_loss,
    });
    state.global_step += 1;
    state.update += 1;
    state.loss = result.loss;
    state.grad_norm = result.gradNorm;
    state.learning_rate = rate;
    state.loss_since_log += result.loss;
    progress({
      done: state.global_step,
      total: maxSteps,
      unit: 'steps',
      training: {
        epoch: this.#epoch(),
        num_train_epochs: args.max_steps > 0 ? maxSteps / this.#counts.updates : args.num_train_epochs,
        step: state.global_step,
        max_steps: maxSteps,
        loss: result.loss,
        learning_rate: rate,
        evaluation: state.evaluation,
      },
    });
  }

  /** Of the next update. */
  #learningRate(): number {
    const { args } = this.#options;
    const { global_step, plateau } = this.#state;
    if (args.lr_scheduler_type === 'reduce_lr_on_plateau')
      return plateau?.learning_rate ?? args.learning_rate;
    return learningRate(global_step, this.#counts.maxSteps, args as ScheduleArguments);
  }

  /** Rows of each batch that the next update accumulates, and how often each came before in the epoch. */
  #rowsOfUpdate(): { rows: Uint32Array; times: Uint32Array }[] {
    const { args, train } = this.#options;
    const { epoch, update } = this.#state;
    if (this.#order?.epoch !== epoch) {
      const order = samplingOrder(train, epoch, args);
      this.#order = { epoch, rows: order, times: timesBefore(order) };
    }
    const { rows, times } = this.#order;
    const size = args.per_device_train_batch_size;
    const first = update * args.gradient_accumulation_steps;
    const end = Math.min(first + args.gradient_accumulation_steps, this.#counts.batches);
    return Array.from({ length: end - first }, (_, index) => {
      const batch = [(first + index) * size, (first + index + 1) * size] as const;
      return { rows: rows.subarray(...batch), times: times.subarray(...batch) };
    });
  }

  /** Epochs done, fractional, as the Trainer logs it. */
  #epoch(): number {
    const { epoch, update } = this.#state;
    const { batches } = this.#counts;
    return epoch + Math.min(update * this.#options.args.gradient_accumulation_steps, batches) / batches;
  }

  #log(wanted: boolean): void {
    const state = this.#state;
    const steps = state.global_step - state.last_logged_step;
    if (!wanted || steps === 0) return;
    this.#report({
      loss: state.loss_since_log / steps,
      grad_norm: state.grad_norm,
      learning_rate: state.learning_rate,
      epoch: this.#epoch(),
      step: state.global_step,
    });
    state.total_loss += state.loss_since_log;
    state.loss_since_log = 0;
    state.last_logged_step = state.global_step;
  }

  /**
   * Evaluates, lowers the learning rate if that depends on it, and says whether the model is the best so far.
   */
  async #evaluateAndJudge(): Promise<boolean> {
    const { args } = this.#options;
    const state = this.#state;
    const metrics = await this.#evaluate();
    if (args.lr_scheduler_type === 'reduce_lr_on_plateau') {
      const plateau = state.plateau ?? initialPlateau(args.learning_rate);
      state.plateau = afterEvaluation(plateau, metrics[bestMetric(args)!]!, args.lr_scheduler_kwargs);
    }
    return noteEvaluation(state, metrics, args);
  }

  async #evaluate(): Promise<Record<string, number>> {
    const { evaluation, args, signal, progress } = this.#options;
    if (evaluation === undefined || this.#evalBatches === undefined)
      throw new Error('there is no split to evaluate on');
    const state = this.#state;
    const { split, size } = evaluation;
    const shared = { total: size, unit: 'clips', phase: `evaluating (${split})` };
    const batch = args.per_device_eval_batch_size;
    const logits = await computeLogits(this.#evalBatches, size, batch, this.#logits, signal, (done) =>
      progress({ done, ...shared }),
    );
    const metrics = this.#objective.measure(logits, evaluation.labels);
    const epoch = this.#epoch();
    state.evaluation = { epoch, metrics };
    const entries = Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]);
    this.#report({ ...Object.fromEntries(entries), epoch, step: state.global_step });
    return metrics;
  }

  /** Adds an entry to the log. */
  #report(entry: LogEntry): void {
    this.#state.log_history.push(entry);
    for (const tracker of this.#options.trackers ?? []) tracker.log(entry);
  }

  #finish(): void {
    const state = this.#state;
    const total = state.total_loss + state.loss_since_log;
    this.#report({
      train_loss: total / state.global_step,
      epoch: this.#epoch(),
      step: state.global_step,
    });
  }

  async #save(): Promise<void> {
    this.#state.random = this.#draws.random.state();
    await this.#states.save(this.#state, this.#trained, this.#optimizer);
  }
}
