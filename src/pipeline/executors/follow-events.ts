import { type FileHandle, open } from 'node:fs/promises';
import { ifExists } from '../../files/fs-errors.js';
import type { WorkListener } from '../run/executor.js';
import { checkProgress } from '../run/stage-result.js';
import type { TaskEvent } from './task-file.js';

const PIECE = 256 * 1024;

/** The news of a job. */
export type Events = Pick<EventFollower, 'started' | 'step' | 'read'>;

/** Reads what a job appends to its events, from where it left off. */
export class EventFollower {
  /** Whether it has begun to compute. */
  started = false;
  /** The furthest step of its training, or row of its shard. */
  step = 0;
  #offset = 0;
  #rest = '';

  constructor(
    private readonly path: string,
    private readonly listener: Pick<WorkListener, 'onProgress' | 'onLog'>,
    private readonly isShard = false,
  ) {}

  /** Passes on what is new. */
  async read(): Promise<void> {
    // Opened anew each time: a network file system then asks its server.
    const file = await ifExists(open(this.path, 'r'));
    if (file === undefined) return;
    try {
      while (await this.#readPiece(file)) {}
    } finally {
      await file.close();
    }
  }

  async #readPiece(file: FileHandle): Promise<boolean> {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE), 0, PIECE, this.#offset);
    const end = buffer.lastIndexOf(10, bytesRead - 1);
    // Only whole lines, which also are whole characters.
    const whole = end === -1 && bytesRead < PIECE ? 0 : end === -1 ? bytesRead : end + 1;
    if (whole === 0) return false;
    this.#offset += whole;
    const lines = (this.#rest + buffer.toString('utf8', 0, whole)).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#pass(line);
    return bytesRead === PIECE;
  }

  #pass(line: string): void {
    let event: TaskEvent;
    try {
      event = JSON.parse(line) as TaskEvent;
    } catch {
      // Cut off by a full disk, or by a node that died.
      return;
    }
    if (event.type === 'started') this.started = true;
    else if (event.type === 'waiting')
      this.listener.onLog('info', `process ${event.pid} on ${event.host} is computing the same`);
    else if (event.type === 'log')
      this.listener.onLog(event.level === 'warning' ? 'warning' : 'info', String(event.text));
    else if (event.type === 'progress') {
      const progress = checkProgress(event.progress);
      if (progress === undefined) return;
      const rows = this.isShard ? progress.done : 0;
      this.step = Math.max(this.step, progress.training?.step ?? rows);
      this.listener.onProgress(progress);
    }
  }
}
