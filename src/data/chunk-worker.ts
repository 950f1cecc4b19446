import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker } from './chunk-pool.js';
import { type ChunkTask, type ChunkTransform, runChunkTask, toPlainError } from './chunk-transform.js';

/** Body of a worker thread of the chunk pool: transforms the chunks that it is sent, one at a time. */
const port = parentPort!;
const { transform } = (await import((workerData as { module: string }).module)) as {
  transform: ChunkTransform<unknown>;
};

port.on('message', async (task: ChunkTask) => {
  try {
    const output = await runChunkTask(transform, task, async () => send({ type: 'row' }));
    const buffers = new Set(Object.values(output).map((bytes) => bytes.buffer as ArrayBuffer));
    send({ type: 'done', output }, [...buffers]);
  } catch (error) {
    send({ type: 'failed', error: toPlainError(error) });
  }
});
send({ type: 'ready' });

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
