import { EventQueue } from '../../pipeline/run/events/event-queue.js';
import type { OnChange, PlanRow, StageChange, WatchEvent } from '../../pipeline/run/events/watch-events.js';
import { messageOf } from '../../util/errors.js';
import { Inbox } from './inbox.js';
import type { Planned, StageParts } from './messages.js';
import { Preparer, type WatchSetting } from './preparer.js';
import type { Session } from './session.js';
import { stageChanges } from './stage-changes.js';

/**
 * A watched recipe: iterate it, once, for its events. It runs the recipe at the start and after each relevant
 * change, until its signal aborts. Made by `watchRecipe`.
 */
export class Watch implements AsyncIterable<WatchEvent> {
  readonly #o: WatchSetting;
  readonly #events = new EventQueue<WatchEvent>();
  readonly #inbox = new Inbox();
  readonly #preparer: Preparer;
  /** What the last run consisted of, if it succeeded. */
  #done: readonly StageParts[] | undefined;

  constructor(setting: WatchSetting) {
    this.#o = setting;
    this.#preparer = new Preparer(setting, this.#inbox, (event) => this.#emit(event));
    this.#work().then(
      () => this.#events.end(),
      (error: unknown) => this.#events.end({ error }),
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  /** Runs the recipe now, even if nothing has changed. During a run, does nothing. */
  run(): void {
    this.#inbox.ask('run');
  }

  /** Reports what would run, and runs nothing. During a run, does nothing. */
  plan(): void {
    this.#inbox.ask('plan');
  }

  /**
   * After a change during a run: stops the run, whose stages save their state, and runs the current state.
   */
  restart(): void {
    this.#inbox.ask('restart');
  }

  /** After a change during a run: lets the run finish, then runs the state at that time. */
  finish(): void {
    this.#inbox.ask('finish');
  }

  async #work(): Promise<void> {
    const { signal } = this.#o;
    const wake = () => this.#inbox.wake();
    signal.addEventListener('abort', wake);
    try {
      await this.#preparer.begin();
      let changed: string[] = [];
      /** Those for which nothing has been prepared yet. */
      let unseen: string[] = [];
      let runs = true;
      while (!signal.aborted) {
        const planned = await this.#preparer.prepare(unseen);
        if (signal.aborted) return;
        if (planned !== undefined && !(runs && this.#isDone(planned)))
          this.#emit({ type: 'watch-planned', stages: planned.stages, runs });
        unseen = [];
        if (planned !== undefined && runs) {
          changed = await this.#run(planned, changed);
          if (changed.length > 0) continue;
        }
        if (this.#inbox.isEmpty && !signal.aborted) this.#preparer.reportWaiting();
        while (this.#inbox.isEmpty && !signal.aborted) await this.#inbox.filled();
        const mail = this.#inbox.take();
        changed = mail.changed;
        unseen = changed;
        runs = changed.length > 0 || mail.command === 'run';
        if (changed.length > 0) this.#emit({ type: 'watch-changed', paths: changed, running: false });
      }
    } finally {
      signal.removeEventListener('abort', wake);
      await this.#preparer.close();
    }
  }

  #emit(event: WatchEvent): void {
    this.#events.push(event);
  }

  #isDone({ parts, stages }: Planned): boolean {
    const isSame = parts !== undefined && this.#done !== undefined;
    return isSame && stageChanges(this.#done!, parts).length === 0 && stages.every(isHit);
  }

  /**
   * Runs what was planned; resolves to the relevant changes in the meantime.
   *
   * @param changed What it runs for; empty if the user requested it.
   */
  async #run(planned: Planned, changed: readonly string[]): Promise<string[]> {
    if (changed.length > 0 && this.#isDone(planned)) {
      this.#emit({ type: 'watch-unaffected', running: false });
      return [];
    }
    const session = this.#preparer.session!;
    const restart = new AbortController();
    const { signal, kill } = this.#o;
    const stop = () => restart.abort();
    signal.addEventListener('abort', stop);
    const ending = session.run({ signal: restart.signal, kill });
    const inbox = this.#inbox;
    const run = { ended: false };
    const ended = () => {
      run.ended = true;
      inbox.wake();
    };
    ending.then(ended, ended);
    let meanwhile: string[] = [];
    let changes: StageChange[] | undefined;
    while (!run.ended) {
      await inbox.filled();
      if (run.ended) break;
      const mail = inbox.take();
      if (mail.changed.length > 0) {
        meanwhile = [...new Set([...meanwhile, ...mail.changed])].sort();
        this.#emit({ type: 'watch-changed', paths: mail.changed, running: true });
        changes = await this.#changedMeanwhile(mail.changed, planned, session);
        if (changes === undefined) meanwhile = [];
        else if (changes.length > 0 && !run.ended) this.#decide(this.#o.onChange, changes, restart);
      } else if (meanwhile.length > 0 && (mail.command === 'restart' || mail.command === 'finish'))
        this.#decide(mail.command, changes ?? [], restart);
    }
    this.#done = undefined;
    try {
      const { finished, notes } = await ending;
      if (finished.status === 'success' && meanwhile.length === 0) this.#done = planned.parts;
      if (notes.length > 0) this.#emit({ type: 'watch-notes', texts: notes });
    } catch (error) {
      if (!signal.aborted) this.#emit({ type: 'watch-failed', text: messageOf(error) });
    }
    signal.removeEventListener('abort', stop);
    if (session !== this.#preparer.session) await session.close();
    return meanwhile;
  }

  #decide(decision: OnChange, changes: StageChange[], restart: AbortController): void {
    this.#emit({ type: 'watch-decision', decision, changes });
    if (decision === 'restart') restart.abort();
  }

  /**
   * What changes during a run mean for it; `undefined` if they mean nothing, and also if the recipe cannot be
   * run in its current state: that is no reason to stop the current run, and the next save is examined again.
   */
  async #changedMeanwhile(
    changed: readonly string[],
    running: Planned,
    session: Session,
  ): Promise<StageChange[] | undefined> {
    const planned = await this.#preparer.prepare(changed, session);
    if (planned === undefined) return [];
    if (planned.parts === undefined || running.parts === undefined)
      return planned.stages.filter((stage) => !isHit(stage)).map(({ id, because }) => ({ id, because }));
    const changes = stageChanges(running.parts, planned.parts);
    if (changes.length > 0) return changes;
    this.#emit({ type: 'watch-unaffected', running: true });
    return undefined;
  }
}

function isHit({ status }: PlanRow): boolean {
  return status === 'hit';
}
