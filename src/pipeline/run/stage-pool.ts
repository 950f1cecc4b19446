import { availableParallelism } from 'node:os';
import { isBuiltIn } from '../../stage/find-stage-type.js';
import { isBundled } from './bundled-stages.js';
import type { StageListener } from './one-shot-process.js';
import type { StageOutput, StageTask } from './stage-task.js';
import { WarmProcess } from './warm-process.js';

/** An idle process is ended after this long, to free its memory: starting another one takes less. */
const IDLE_MS = 2000;

export interface StagePoolOptions {
  /** Number of concurrent stages. Default: one per core. */
  jobs?: number;
  /** How long a process may be idle. Milliseconds. Default 2000. */
  idleMs?: number;
}

interface Idle {
  key: string;
  process: WarmProcess;
  timer: NodeJS.Timeout;
}

/**
 * Processes that are kept for the next stage, because starting one takes longer than many stages do. A
 * process computes one stage at a time: of the built-in types, or of one user's module with the same code,
 * and then none of them sees anything of another (`ProcessSnapshot`, and separate modules); if that is
 * impossible, it computes only one. Idle processes do not keep the program alive.
 *
 * A run has a pool of its own, unless its project was opened with one: that is worth it for programs with
 * many short runs.
 *
 * @example
 * const pool = new StagePool();
 * const project = openProject({ pool });
 * for (const seed of [1, 2, 3]) await (await (await project.open(recipe, { set: [`params.seed=${seed}`] })).run()).result;
 * await pool.close();
 */
export class StagePool {
  readonly #idleMs: number;
  readonly #mostIdle: number;
  /** The longest idle first. */
  readonly #idle: Idle[] = [];
  readonly #ending = new Set<Promise<void>>();

  constructor({ jobs = availableParallelism(), idleMs = IDLE_MS }: StagePoolOptions = {}) {
    this.#idleMs = idleMs;
    this.#mostIdle = Math.max(jobs, 4);
  }

  /**
   * Computes a stage. Rejects with an EtudeError if its process dies, but only after retrying in a new
   * process, because earlier stages may have left the first one in a bad state.
   */
  async run(task: StageTask, options: StageListener): Promise<StageOutput> {
    const bundled = isBundled(task);
    const key = keyOf(task, bundled);
    const process = this.#take(key) ?? new WarmProcess(bundled);
    const isUsed = process.served > 0;
    try {
      return await process.run(task, options);
    } catch (error) {
      if (!isUsed || options.signal.aborted || options.kill.aborted) throw error;
    } finally {
      this.#giveBack(key, process);
    }
    const fresh = new WarmProcess(bundled);
    try {
      return await fresh.run(task, options);
    } finally {
      this.#giveBack(key, fresh);
    }
  }

  /**
   * Lets idle processes write what they learnt, and forget their cache folders, which may then be removed.
   */
  async rest(): Promise<void> {
    const rest = async ({ key, process, timer }: Idle) => {
      clearTimeout(timer);
      process.hold(true);
      await process.rest();
      this.#giveBack(key, process);
    };
    await Promise.all(this.#idle.splice(0).map(rest));
  }

  /** Ends all processes; none may be working. */
  async close(): Promise<void> {
    for (const each of this.#idle.splice(0)) this.#end(each);
    await Promise.all(this.#ending);
  }

  #take(key: string): WarmProcess | undefined {
    const at = this.#idle.findLastIndex((each) => each.key === key && !each.process.isOver);
    if (at === -1) return undefined;
    const [found] = this.#idle.splice(at, 1);
    clearTimeout(found!.timer);
    found!.process.hold(true);
    return found!.process;
  }

  #giveBack(key: string, process: WarmProcess): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      this.#end(idle);
    }, this.#idleMs);
    timer.unref();
    process.hold(false);
    const idle = { key, process, timer };
    if (process.isOver) this.#end(idle);
    else if (this.#idle.push(idle) > this.#mostIdle) this.#end(this.#idle.shift()!);
  }

  #end({ process, timer }: Idle): void {
    clearTimeout(timer);
    process.hold(true);
    const end = process.end();
    this.#ending.add(end);
    void end.finally(() => this.#ending.delete(end));
  }
}

/** What processes that can compute a task have in common; they were started with this environment. */
function keyOf({ module, code }: StageTask, bundled: boolean): string {
  return JSON.stringify([isBuiltIn(module) || [module, code], bundled, process.cwd(), process.env]);
}

/** Works with the given processes, which rest afterwards, or else with others that end then. */
export async function withPool<T>(
  given: StagePool | undefined,
  jobs: number,
  work: (pool: StagePool) => Promise<T>,
): Promise<T> {
  const pool = given ?? new StagePool({ jobs });
  try {
    return await work(pool);
  } finally {
    await (given === undefined ? pool.close() : pool.rest());
  }
}
