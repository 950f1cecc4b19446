import { setImmediate } from 'node:timers/promises';
import { fromPlainError } from '../../util/plain-error.js';
import { startThread } from '../../util/start-thread.js';
import { type ChunkResult, type ChunkTask, type ChunkTransform, runChunkTask } from './chunk-transform.js';
import type { FromWorker } from './chunk-worker-message.js';

/** Something that transforms one chunk at a time. */
export interface ChunkWorker {
  /** True if tasks leave this thread. */
  readonly isThread: boolean;
  /** Rejects with the transform's error, or with the reason of the abort. */
  run<P>(task: ChunkTask<P>, onRow: () => void): Promise<ChunkResult>;
  close(): Promise<void>;
}

/** How long a chunk may run in this thread before other events (messages, an abort) are handled. */
const SLICE_MS = 50;

/** Transforms in the calling thread: for one core, or one chunk, where starting a thread does not pay. */
export function inlineWorker<P>(transform: ChunkTransform<P>, signal: AbortSignal): ChunkWorker {
  let sliceStart = performance.now();
  return {
    isThread: false,
    run: (task, onRow) =>
      runChunkTask(transform, task as ChunkTask<never>, async () => {
        onRow();
        if (performance.now() - sliceStart < SLICE_MS) return;
        await setImmediate();
        signal.throwIfAborted();
        sliceStart = performance.now();
      }),
    close: async () => {},
  };
}

/** A thread that transforms chunks. An abort ends it at once. */
export function threadWorker<P>(transform: ChunkTransform<P>, signal: AbortSignal): ChunkWorker {
  const workerData = { module: transform.module };
  const worker = startThread(new URL('./chunk-worker.js', import.meta.url), { workerData });
  let failure: Error | undefined;
  let pending:
    | { resolve(result: ChunkResult): void; reject(error: unknown): void; onRow(): void }
    | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    pending?.reject(failure);
  };
  const onAbort = () => {
    fail(abortReason(signal));
    void worker.terminate();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a worker thread ended with code ${code}`)));
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'rows') for (let i = 0; i < message.rows; i++) pending?.onRow();
    if (message.type === 'done') pending?.resolve(message.result);
    if (message.type === 'failed') pending?.reject(fromPlainError(message.error));
  });
  return {
    isThread: true,
    run: (task, onRow) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        pending = { resolve, reject, onRow };
        worker.postMessage(task);
      }),
    async close() {
      signal.removeEventListener('abort', onAbort);
      await worker.terminate();
    },
  };
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
