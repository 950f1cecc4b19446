import { Worker } from 'node:worker_threads';

/**
 * Kills this process, from whichever thread calls this, once it no longer has this parent. On systems that
 * give an orphan no new parent, ppid does not change: there, signal 0 detects it.
 */
export function killWithParent(parent: number): void {
  setInterval(() => {
    try {
      if (process.ppid === parent && process.kill(parent, 0)) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return;
    }
    process.kill(process.pid, 'SIGKILL');
  }, 1000);
}

const WATCH = `(${killWithParent})(require('node:worker_threads').workerData);`;

let started: Promise<void> | undefined;

/**
 * Ends this process when its parent has died, even while it computes without ever yielding to its event loop:
 * a thread checks once per second. (A process that is not that busy gets `disconnect` first.) Resolves once
 * the thread runs.
 */
export function endWithParent(): Promise<void> {
  started ??= new Promise((resolve) => {
    const thread = new Worker(WATCH, { eval: true, execArgv: [], workerData: process.ppid });
    thread.once('online', resolve);
    thread.unref();
  });
  return started;
}
