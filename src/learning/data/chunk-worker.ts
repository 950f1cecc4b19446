import { parentPort, workerData } from 'node:worker_threads';
import { toPlainError } from '../../util/plain-error.js';
import { type ChunkTask, type ChunkTransform, runChunkTask } from './chunk-transform.js';
import type { FromWorker } from './chunk-worker-message.js';

/** Body of a worker thread of the chunk pool: transforms the chunks that it is sent, one at a time. */
const port = parentPort!;
const { transform } = (await import((workerData as { module: string }).module)) as {
  transform: ChunkTransform<unknown>;
};

/** Shortest time between two messages about rows: a message costs both threads more than many rows do. */
const ROWS_MS = 20;

port.on('message', async (task: ChunkTask) => {
  let rows = 0;
  let reportedAt = performance.now();
  const reportRows = () => {
    if (rows > 0) send({ type: 'rows', rows });
    rows = 0;
    reportedAt = performance.now();
  };
  try {
    const result = await runChunkTask(transform, task, async () => {
      rows++;
      if (performance.now() - reportedAt >= ROWS_MS) reportRows();
    });
    reportRows();
    const buffers = new Set(Object.values(result.columns).map((bytes) => bytes.buffer as ArrayBuffer));
    send({ type: 'done', result }, [...buffers]);
  } catch (error) {
    send({ type: 'failed', error: toPlainError(error) });
  }
});
send({ type: 'ready' });

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
