import { isBuiltIn } from '../../stage/find-stage-type.js';
import { isBundled } from './bundled-stages.js';
import type { StageListener } from './one-shot-process.js';
import type { StageOutput, StageTask } from './stage-task.js';
import { WarmProcess } from './warm-process.js';

/** An idle process is ended after this long, to free its memory: starting another one takes less. */
const IDLE_MS = 2000;

interface Idle {
  key: string;
  process: WarmProcess;
  timer: NodeJS.Timeout;
}

/**
 * Processes that are kept for the next stage, because starting one takes longer than many stages do. A process
 * computes one stage at a time: of the built-in types, or of one user's module with the same code, and then
 * none of them sees anything of another (`ProcessSnapshot`, and separate modules); if that is impossible, it
 * computes only one.
 */
export class StagePool {
  readonly #idleMs: number;
  readonly #mostIdle: number;
  /** The longest idle first. */
  readonly #idle: Idle[] = [];
  readonly #ending = new Set<Promise<void>>();

  /**
   * @param jobs Number of concurrent stages.
   * @param idleMs How long a process may be idle.
   */
  constructor(jobs: number, idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
    this.#mostIdle = Math.max(jobs, 4);
  }

  /**
   * Computes a stage. Rejects with an EtudeError if its process dies, but only after retrying in a new
   * process, because earlier stages may have left the first one in a bad state.
   */
  async run(task: StageTask, options: StageListener): Promise<StageOutput> {
    const bundled = isBundled(task);
    const own = isBuiltIn(task.module) ? 'built-in' : JSON.stringify([task.module, task.code]);
    const key = `${bundled ? 'bundled ' : ''}${own}`;
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

  /** Lets idle processes write what they learnt, and forget their cache folders, which may then be removed. */
  async rest(): Promise<void> {
    const rest = async ({ key, process, timer }: Idle) => {
      clearTimeout(timer);
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
    return found!.process;
  }

  #giveBack(key: string, process: WarmProcess): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      this.#end(idle);
    }, this.#idleMs);
    const idle = { key, process, timer };
    if (process.isOver) this.#end(idle);
    else if (this.#idle.push(idle) > this.#mostIdle) this.#end(this.#idle.shift()!);
  }

  #end({ process, timer }: Idle): void {
    clearTimeout(timer);
    const end = process.end();
    this.#ending.add(end);
    void end.finally(() => this.#ending.delete(end));
  }
}
