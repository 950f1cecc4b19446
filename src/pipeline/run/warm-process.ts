import type { Socket } from 'node:net';
import { listenForStop } from './listen-for-stop.js';
import type { StageListener } from './one-shot-process.js';
import type { StageCommand, StageMessage, StageOutput, StageTask } from './stage-task.js';
import { crash, type StartedProcess, startProcess, wasStopped } from './start-stage-process.js';

/** A process that does not end when asked to is killed. */
const PATIENCE_MS = 5000;

/** A process that computes one stage after another, all of one type. */
export class WarmProcess {
  /** Stages that it has computed. */
  served = 0;
  /** True once it accepts no more. */
  isOver = false;
  readonly #process: StartedProcess;
  #onMessage: (message: StageMessage) => void = () => undefined;

  /** @param bundled Whether `isBundled` holds for all of them. */
  constructor(bundled: boolean) {
    this.#process = startProcess([], { bundled });
    const { child, ended } = this.#process;
    child.on('message', (message: StageMessage) => this.#onMessage(message));
    const over = () => {
      this.isOver = true;
    };
    ended.then(over, over);
  }

  /**
   * Computes a stage; one at a time. Rejects with an EtudeError that says how the process died, if it does.
   */
  async run(task: StageTask, options: StageListener): Promise<StageOutput> {
    const { lines, ended, child } = this.#process;
    lines.last = [];
    lines.listener = (line) => options.onLog('info', line);
    let isDone = false;
    const done = new Promise<StageOutput>((resolve) => {
      this.#onMessage = (message) => {
        if (message.type === 'progress') options.onProgress(message.progress);
        else if (message.type === 'log') options.onLog(message.level, message.text);
        else if (message.type === 'done') {
          isDone = true;
          this.isOver ||= message.isLast;
          lines.until(message.said.stdout, message.said.stderr).then(() => resolve(message.output));
        }
      };
    });
    this.#send({ type: 'task', task });
    // Ends after the stage that it belongs to.
    const stop = listenForStop(options, {
      abort: () => this.#send({ type: 'abort' }),
      kill: () => child.kill('SIGKILL'),
    });
    try {
      const first = await Promise.race([done, ended.then((ending) => ({ ending }))]);
      if (!('ending' in first)) return first;
      if (isDone) return await done;
      if (wasStopped(first.ending, options)) return { type: 'aborted' };
      throw crash(task.stage, first.ending, lines.last);
    } finally {
      stop.dispose();
      this.#onMessage = () => undefined;
      lines.listener = () => undefined;
      this.served += 1;
    }
  }

  /** Whether it keeps this process alive. */
  hold(isHeld: boolean): void {
    const { child } = this.#process;
    const { channel, stdout, stderr } = child;
    // Pipes, although they are typed as any stream.
    for (const each of [child, channel, stdout as Socket | null, stderr as Socket | null]) {
      if (isHeld) each?.ref();
      else each?.unref();
    }
  }

  /** Lets it write what it learnt, and forget its cache folder. */
  async rest(): Promise<void> {
    const rested = new Promise<void>((resolve) => {
      this.#onMessage = ({ type }) => type === 'rested' && resolve();
    });
    this.#send({ type: 'rest' });
    await this.#patiently(rested);
    this.#onMessage = () => undefined;
  }

  /** Lets it write what it learnt, and end. */
  async end(): Promise<void> {
    this.isOver = true;
    this.#send({ type: 'end' });
    await this.#patiently(new Promise(() => undefined));
  }

  /** Waits for what it was asked to do, or its end. */
  async #patiently(done: Promise<void>): Promise<void> {
    const { child, ended } = this.#process;
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await Promise.race([done, ended.catch(() => undefined)]);
    clearTimeout(timer);
  }

  #send(command: StageCommand): void {
    const { child } = this.#process;
    // A process that has died shows that by ending.
    if (child.connected) child.send(command, () => undefined);
  }
}
