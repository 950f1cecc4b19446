import { setTimeout as delay } from 'node:timers/promises';
import { PathWatcher } from '../../files/watch/path-watcher.js';
import { createProblem } from '../../pipeline/recipe/problem.js';
import type { OnChange, WatchEvent } from '../../pipeline/run/events/watch-events.js';
import { messageOf } from '../../util/errors.js';
import type { Signals } from '../signals.js';
import type { Inbox } from './inbox.js';
import type { Opened, Planned, WatchTask } from './messages.js';
import { Session } from './session.js';

/** A stage module that never finishes importing is given up on this long after the next change. */
const PATIENCE_MS = 2000;

export interface WatchSetting extends Signals {
  task: WatchTask;
  /** Absolute path of the recipe. */
  recipe: string;
  /** The project's folder. */
  projectDir: string;
  /** Whether a path is Etude's own output. */
  ignored(path: string): boolean;
  onChange: OnChange;
  /** Milliseconds. */
  poll?: number;
}

/** Reads, watches and plans the current state of a recipe, whatever that is. */
export class Preparer {
  readonly #o: WatchSetting;
  readonly #inbox: Inbox;
  readonly #emit: (event: WatchEvent) => void;
  readonly #watcher: PathWatcher;
  #session: Session | undefined;
  /** Everything that the recipe named when it last had no mistakes. */
  #named: ReadonlySet<string> = new Set();

  constructor(setting: WatchSetting, inbox: Inbox, emit: (event: WatchEvent) => void) {
    this.#o = setting;
    this.#inbox = inbox;
    this.#emit = emit;
    this.#watcher = new PathWatcher({
      within: setting.projectDir,
      ignored: setting.ignored,
      poll: setting.poll,
      onChange: (paths) => inbox.change(paths),
      onWriting: (paths) => emit({ type: 'watch-writing', paths }),
      onLimit: (folders) => emit({ type: 'warning', at: 0, text: limitText(folders) }),
    });
  }

  /** What was prepared last runs in it. */
  get session(): Session | undefined {
    return this.#session;
  }

  reportWaiting(): void {
    const { folders, interval: poll } = this.#watcher;
    this.#emit({ type: 'watch-waiting', folders, ...(poll !== undefined && { poll }) });
  }

  async close(): Promise<void> {
    this.#watcher.close();
    await this.#session?.close();
  }

  /** From now on, changes to the recipe itself are noticed. */
  begin(): Promise<void> {
    return this.#watcher.watch([this.#o.recipe]);
  }

  /**
   * Reads and plans the recipe; `undefined` if it cannot be planned, which is reported.
   *
   * @param changed What has changed since the last time.
   * @param running The session of the current run, which must be left alone.
   */
  async prepare(changed: readonly string[], running?: Session): Promise<Planned | undefined> {
    if (this.#session?.isStale(changed)) {
      if (this.#session !== running) await this.#session.close();
      this.#session = undefined;
    }
    this.#session ??= new Session(this.#o.task, {
      event: (event) => this.#emit(event),
      warning: (text) => this.#emit({ type: 'warning', at: 0, text }),
      output: (text) => this.#emit({ type: 'watch-output', text }),
    });
    const session = this.#session;
    try {
      return await this.#orStuck(this.#openAndPlan(session), session, running);
    } catch (error) {
      if (this.#o.signal.aborted) return undefined;
      await this.#watch(session);
      this.#emit({ type: 'watch-failed', text: messageOf(error) });
      return undefined;
    }
  }

  async #openAndPlan(session: Session): Promise<Planned | undefined> {
    const since = Date.now();
    const opened = await session.open();
    if (opened.problems === undefined) this.#named = session.paths;
    await this.#watch(session, since);
    if (opened.problems !== undefined) {
      this.#emit({ type: 'watch-refused', problems: problemsOf(opened), warnings: opened.warnings });
      return undefined;
    }
    return session.plan();
  }

  /**
   * While the recipe has mistakes, this includes what it named when it had none, because it will name that
   * again.
   */
  #watch(session: Session, since?: number): Promise<void> {
    return this.#watcher.watch(new Set([this.#o.recipe, ...this.#named, ...session.paths]), since);
  }

  /** A thread that does not respond is ended if that is requested, or if something else has changed. */
  async #orStuck<T>(work: Promise<T>, session: Session, running: Session | undefined): Promise<T> {
    const { signal } = this.#o;
    let ended = false;
    const watchdog = async () => {
      while (!ended && !signal.aborted && this.#inbox.isEmpty) await this.#inbox.filled();
      if (!signal.aborted) await delay(PATIENCE_MS, undefined, { ref: false });
      if (!ended && session !== running) await session.close();
    };
    void watchdog();
    try {
      return await work;
    } finally {
      ended = true;
      this.#inbox.wake();
    }
  }
}

function problemsOf({ problems = [] }: Opened) {
  return problems.map(({ problem, source }) => createProblem(problem, problem, source));
}

function limitText(folders: number): string {
  return (
    `this system lets programs watch no more than ${folders} of these folders ` +
    '(on Linux: fs.inotify.max_user_watches): polling instead, as with --poll'
  );
}
