import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/**
 * The bytes of an answer. To stop reading ends the connection at once, even a hanging one: it would hold the
 * process.
 *
 * @param problem the error of a reader after a failure
 */
export function piecesOf(
  body: NonNullable<GetObjectCommandOutput['Body']>,
  signal: AbortSignal,
  problem: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  const stream = body as unknown as AsyncIterable<Uint8Array> & { destroy(): void };
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const iterator = stream[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          return await iterator.next();
        } catch (error) {
          signal.throwIfAborted();
          throw problem(error);
        }
      },
      // Not the stream's own, which waits for the piece that was asked for last.
      async return() {
        signal.removeEventListener('abort', stop);
        stop();
        return { done: true, value: undefined };
      },
    }),
  };
}
